"""The statement of what is owed: item by item, every entry (채무확인서; contact-rules.md KR-PROOF)."""

from collections import defaultdict
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import Account, LedgerEntry, Payment
from accounts.views.wording import amount, day

from ...models import DefaultCase
from ...reports.items import items_of
from .sheet import Sheet

KINDS = {
    "charge": gettext_lazy("Charged"),
    "credit": gettext_lazy("Price reduced"),
    "payment": gettext_lazy("Paid"),
    "reversal": gettext_lazy("Payment taken back"),
    "refund": gettext_lazy("Given back"),
    "fee": gettext_lazy("Fee"),
    "waiver": gettext_lazy("Given up"),
    "forgiveness": gettext_lazy("Forgiven"),
    "write_off": gettext_lazy("Written off"),
    "recovery": gettext_lazy("Came after all"),
    "transfer": gettext_lazy("Over-payment moved"),
}


def statement(case: DefaultCase, *, now: datetime) -> bytes:
    sheet = Sheet(case, title=pgettext("document", "Statement"), now=now)
    payments = [line.payment for line in items_of(case)]
    entries = _entries(payments)
    for payment in payments:
        _item(sheet, payment, entries[payment.pk])
    sheet.heading(_("Together"))
    owed = sum(payment.outstanding_minor for payment in payments)
    sheet.rows([], total=(_("Open at this moment"), amount(owed, case.currency)))
    credit = sum(payment.credit_minor for payment in payments)
    if credit:
        sheet.rows([], total=(_("Paid too much, to be given back"), amount(credit, case.currency)))
    return sheet.output()


def _item(sheet: Sheet, payment: Payment, entries: list[LedgerEntry]) -> None:
    sheet.heading(payment.description or payment.reference)
    told = {"reference": payment.reference, "day": day(payment.due_on)}
    sheet.line(_("Number %(reference)s · due on %(day)s") % told, grey=True)
    sheet.rows(
        [
            (
                day(timezone.localtime(entry.occurred_at).date()),
                str(KINDS.get(entry.kind, entry.kind)),
                _signed(entry),
            )
            for entry in entries
        ],
        total=(pgettext("balance", "Open"), amount(payment.outstanding_minor, payment.currency)),
    )


def _signed(entry: LedgerEntry) -> str:
    """What it does to what is owed; an entry between other accounts does nothing to it."""
    minor = amount(entry.amount_minor, entry.currency)
    if entry.from_account == Account.RECEIVABLE:
        return f"-{minor}"
    return minor if entry.to_account == Account.RECEIVABLE else f"({minor})"


def _entries(payments: list[Payment]) -> dict[int, list[LedgerEntry]]:
    found: dict[int, list[LedgerEntry]] = defaultdict(list)
    rows = LedgerEntry.objects.filter(payment__in=payments)
    for entry in rows.order_by("occurred_at", "pk"):
        found[entry.payment_id].append(entry)
    return found
