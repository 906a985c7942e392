"""A receipt for each sum that came in, whatever the way (민법 474: it is the payer's right)."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import LedgerEntry
from accounts.views.wording import amount, day, moment

from ...models import DefaultCase
from .sheet import Sheet

# Money told by our own services: one event for each payment it went to, `amends:<key>:<payment>`.
_OURS = "amends:"


@dataclass(frozen=True, slots=True)
class Money:
    """One sum that came in. `pk`: of its first entry in the ledger, by which it is asked for."""

    pk: int
    at: datetime
    entries: tuple[LedgerEntry, ...]

    @property
    def minor(self) -> int:
        return sum(entry.amount_minor for entry in self.entries)


def receipts_of(case: DefaultCase) -> list[Money]:
    """Every sum that came in for the payments of the case, the latest first."""
    entries = LedgerEntry.objects.filter(payment__in=case.items.values("payment_id"), kind="payment")
    rows = list(entries.select_related("payment", "event"))
    rows.sort(key=lambda entry: (_key(entry), entry.pk))
    sums = [_sum(tuple(group)) for _key_, group in groupby(rows, key=_key)]
    return sorted(sums, key=lambda money: (money.at, money.pk), reverse=True)


def receipt(case: DefaultCase, money: Money, *, now: datetime) -> bytes:
    sheet = Sheet(case, title=pgettext("document", "Receipt"), now=now)
    sheet.heading(_("Received"))
    sheet.facts(
        [
            (_("Amount"), amount(money.minor, case.currency)),
            (pgettext("moment", "On"), moment(money.at)),
            (_("Receipt number"), f"{case.number}-{money.pk}"),
        ]
    )
    sheet.heading(_("For"))
    sheet.rows(
        [
            (
                day(entry.payment.due_on),
                entry.payment.description or entry.payment.reference,
                amount(entry.amount_minor, entry.currency),
            )
            for entry in money.entries
        ],
        total=(_("Together"), amount(money.minor, case.currency)),
    )
    return sheet.output()


def _sum(entries: tuple[LedgerEntry, ...]) -> Money:
    return Money(entries[0].pk, timezone.localtime(min(entry.occurred_at for entry in entries)), entries)


def _key(entry: LedgerEntry) -> str:
    event_id = entry.event.event_id if entry.event else f"entry {entry.pk}"
    return event_id.rpartition(":")[0] if event_id.startswith(_OURS) else event_id
