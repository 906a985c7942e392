"""The payments of a case as its customer sees them. Reads only."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from accounts.models import Payment

from ..models import DefaultCase, Dispute


@dataclass(frozen=True, slots=True)
class ItemLine:
    payment: Payment
    is_disputed: bool


def items_of(case: DefaultCase) -> list[ItemLine]:
    """Every payment of the case, the oldest due first; of a live case only those still in it."""
    disputed = Dispute.objects.filter(case=case, state=Dispute.State.RAISED, payments=OuterRef("pk"))
    of_case = case.items.all() if case.is_closed else case.items.filter(released_at=None)
    rows = Payment.objects.filter(pk__in=of_case.values("payment_id")).annotate(is_disputed=Exists(disputed))
    return [ItemLine(row, row.is_disputed) for row in rows.order_by("due_on", "pk")]


def open_items(case: DefaultCase) -> list[ItemLine]:
    return [line for line in items_of(case) if line.payment.outstanding_minor]
