"""The certificate that nothing is open any more (완납확인서): only of a case closed by payment, and only while that holds."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.views.wording import amount, day

from ...case_states import Outcome
from ...models import DefaultCase
from ...reports.items import items_of
from .receipt import receipts_of
from .sheet import Sheet


def has_certificate(case: DefaultCase) -> bool:
    """A payment taken back later is open again in another case, and then this one proves nothing."""
    if case.outcome not in (Outcome.CURED, Outcome.SETTLED):
        return False
    return not any(line.payment.outstanding_minor for line in items_of(case))


def certificate(case: DefaultCase, *, now: datetime) -> bytes:
    sheet = Sheet(case, title=_("Certificate of payment in full"), now=now)
    paid = sum(money.minor for money in receipts_of(case))
    closed_on = day(timezone.localtime(case.closed_at).date())
    told = {"merchant": case.merchant.name, "day": closed_on}
    sheet.heading(_("Nothing is open any more"))
    sheet.line(
        _("%(merchant)s confirms that everything listed here was paid and closed on %(day)s.") % told, size=11
    )
    if case.outcome == Outcome.SETTLED:
        agreed = _(
            "It was settled for less by agreement. The rest was given up for good and will not be asked for again."
        )
        sheet.line(agreed, size=11)
    sheet.gap()
    sheet.facts([(_("Paid in all"), amount(paid, case.currency)), (_("Closed on"), closed_on)])
    sheet.heading(_("What it was for"))
    sheet.rows(
        [
            (
                day(line.payment.due_on),
                line.payment.description or line.payment.reference,
                amount(line.payment.amount_minor, line.payment.currency),
            )
            for line in items_of(case)
        ]
    )
    return sheet.output()
