"""The pages of an act: its form, its summary, its confirmation, its receipt."""

from django.db import OperationalError
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ...services.acts import Refused
from .act import Act, Form, Receipt, Summary, Wrong, show
from .frame import missing, see
from .table import ACTS
from .visit import Visit, visited

LOCK_NOT_AVAILABLE = "55P03"


@require_http_methods(["GET", "HEAD", "POST"])
@visited
def act_page(visit: Visit, *, name: str) -> HttpResponse:
    act = ACTS.get(name)
    if act is None:
        return missing(visit.request)
    if act.way(visit) is None:
        return see(visit.address(act.name, "done") if act.receipt(visit) else visit.address())
    if act.for_known and not visit.is_known:
        return see(visit.address("you"))
    if visit.request.method != "POST":
        return _first_page(visit, act)
    said = visit.request.POST
    form = act.form(visit, said)
    try:
        summary = act.summary(visit, said)
    except Wrong as wrong:
        return _form(visit, form, error=str(wrong)) if form else see(visit.address())
    if "confirm" not in said:
        return _summary(visit, summary)
    return _carry_out(visit, act, summary)


def _first_page(visit: Visit, act: Act) -> HttpResponse:
    """The form; the summary, where there is nothing to choose or the address has chosen."""
    asked, form = visit.request.GET, act.form(visit, visit.request.POST)
    if form and not act.is_said(asked):
        return _form(visit, form)
    try:
        return _summary(visit, act.summary(visit, asked))
    except Wrong as wrong:
        return _form(visit, form, error=str(wrong)) if form else see(visit.address())


@require_safe
@visited
def receipt_page(visit: Visit, *, name: str) -> HttpResponse:
    act = ACTS.get(name)
    is_hidden = act is None or (act.for_known and not visit.is_known)
    receipt = None if is_hidden else act.receipt(visit)
    if receipt is None:
        return see(visit.address())
    return _receipt(visit, receipt)


def _carry_out(visit: Visit, act: Act, summary: Summary) -> HttpResponse:
    try:
        after = act.carry_out(visit, visit.request.POST, summary)
    except Wrong as wrong:
        return _summary(visit, summary, error=str(wrong))
    except Refused as refusal:
        return _summary(visit, summary, error=_in_words(refusal))
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != LOCK_NOT_AVAILABLE:
            raise
        busy = _("A message to you is leaving at this moment. Please send this once more.")
        return _summary(visit, summary, error=busy)
    if isinstance(after, Summary):
        return _summary(visit, after)
    if isinstance(after, Receipt):
        return _receipt(visit, after)
    return see(after or visit.address(act.name, "done"))


def _in_words(refusal: Refused) -> str:
    said = {
        "already_promised": _("A payment date is noted already."),
        "agreement_stands": _("Something else is agreed already. It has to end first."),
        "time_barred": _("This debt has become time-barred. There is nothing to agree on any more."),
        "deferral_used": _(
            "A pause for this reason was given before, and once prolonged. Please choose another way."
        ),
        "offer_over": _("This offer is over. Nothing was changed."),
    }
    return said.get(refusal.code, _("This is not possible any more. Nothing was changed."))


def _form(visit: Visit, form: Form, *, error: str = "") -> HttpResponse:
    return show(visit, "form", {"form": form, "error": error})


def _summary(visit: Visit, summary: Summary, *, error: str = "") -> HttpResponse:
    return show(visit, "summary", {"summary": summary, "error": error})


def _receipt(visit: Visit, receipt: Receipt) -> HttpResponse:
    return show(visit, "receipt", {"receipt": receipt})
