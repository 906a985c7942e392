"""What a case claims at this moment, from its payments: never from a column that may lag behind. Reads only."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, Min, OuterRef, Sum

from ..models import CaseItem, DefaultCase, Dispute


@dataclass(frozen=True, slots=True)
class LiveClaim:
    """`owed_minor`: open and undisputed. `disputed_minor`: open, and the customer says it is not owed."""

    owed_minor: int
    disputed_minor: int
    oldest_due_on: date | None

    @property
    def open_minor(self) -> int:
        return self.owed_minor + self.disputed_minor


def live_claim(case: DefaultCase) -> LiveClaim:
    disputed = Dispute.objects.filter(case=case, state=Dispute.State.RAISED, payments=OuterRef("payment_id"))
    rows = (
        CaseItem.objects.filter(case=case, released_at__isnull=True, payment__outstanding_minor__gt=0)
        .annotate(is_disputed=Exists(disputed))
        .values("is_disputed")
        .annotate(total=Sum("payment__outstanding_minor"), oldest=Min("payment__due_on"))
        .order_by()
    )
    by = {row["is_disputed"]: row for row in rows}
    owed, held = by.get(False), by.get(True)
    return LiveClaim(
        owed_minor=owed["total"] if owed else 0,
        disputed_minor=held["total"] if held else 0,
        oldest_due_on=min((row["oldest"] for row in by.values()), default=None),
    )
