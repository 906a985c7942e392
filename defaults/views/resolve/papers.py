"""Documents to take away, for a customer who is known."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from accounts.views.wording import day

from ..papers import certificate, has_certificate, receipt, receipts_of, statement
from .frame import missing, see
from .visit import Visit, visited


@require_safe
@visited
def paper(visit: Visit, *, name: str) -> HttpResponse:
    """`name`: statement, certificate, or receipt-<number>."""
    if not visit.is_known:
        return see(visit.address("you"))
    made = _make(visit, name)
    if made is None:
        return missing(visit.request)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}-{visit.case.number}.pdf"'
    return response


def papers_of(visit: Visit) -> list[tuple[str, str]]:
    """What there is, with its address."""
    found = [(pgettext("document", "Statement"), "statement")]
    if has_certificate(visit.case):
        found.insert(0, (_("Certificate of payment in full"), "certificate"))
    for money in receipts_of(visit.case):
        told = {"amount": visit.amount(money.minor), "day": day(money.at.date())}
        found.append((_("Receipt: %(amount)s, %(day)s") % told, f"receipt-{money.pk}"))
    return [(title, f"/r/case/{visit.case.number}/papers/{name}.pdf") for title, name in found]


def _make(visit: Visit, name: str) -> bytes | None:
    case, now = visit.case, visit.now
    if name == "statement":
        return statement(case, now=now)
    if name == "certificate":
        return certificate(case, now=now) if has_certificate(case) else None
    for money in receipts_of(case):
        if name == f"receipt-{money.pk}":
            return receipt(case, money, now=now)
    return None
