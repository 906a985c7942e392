"""The customer's page behind a signed link: what is open, and what the customer can say about it.

Opening it changes nothing (mail scanners open links), it shows no personal data, and every link that does not work
looks the same.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.utils import translation
from django.utils.decorators import decorator_from_middleware
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.views.wording import amount, day
from common import clock
from common.calendar import local_date

from ..agreements import LONGEST_PROMISE_DAYS
from ..case_states import Outcome
from ..models import DefaultCase, Dispute
from ..reports.answers import answers_of
from ..reports.claim import live_claim
from ..services.acts import Refused, zone_for
from ..services.dispute import dispute
from ..services.holds import claim_paid, stop_contact
from ..services.links import find_case_by_token
from ..services.promise import promise

LONGEST_TEXT = 500
LOCK_NOT_AVAILABLE = "55P03"
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


class _FormCheck(CsrfViewMiddleware):
    """Django's check, for a page without referrer: browsers then name the origin `null`, and the site in a header."""

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.META["HTTP_ORIGIN"] != "null":
            return super()._origin_verified(request)
        return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


@require_http_methods(["GET", "HEAD", "POST"])
def _answer(request: HttpRequest, token: str) -> HttpResponse:
    now = clock.now()
    case = find_case_by_token(token=token, now=now)
    with translation.override(_language(request, case)):
        if case is None:
            response = render(request, "defaults/resolve_missing.html", _frame(), status=404)
        elif request.method == "POST":
            response = _act(request, case, now=now)
        else:
            response = _page(request, case, now=now)
    for name, value in HEADERS.items():
        response[name] = value
    return response


resolve = csrf_exempt(decorator_from_middleware(_FormCheck)(_answer))


def _page(request: HttpRequest, case: DefaultCase, *, now: datetime, error: str = "") -> HttpResponse:
    claim, answers = live_claim(case), answers_of(case, now=now)
    first_day, last_day = _promise_days(case, now=now)
    given = {
        "paid": answers.claimed_paid,
        "not-mine": answers.dispute,
        "date": answers.promise,
        "stop": answers.stopped_at,
    }
    done = request.GET.get("done", "")
    owed = claim.owed_minor + claim.disputed_minor
    context = _frame() | {
        "case": case,
        "merchant": case.merchant,
        "is_open": not case.is_closed and owed > 0,
        "is_paid": case.outcome in (None, Outcome.CURED, Outcome.SETTLED),
        "owed": amount(owed, case.currency),
        "due_on": day(claim.oldest_due_on or case.oldest_due_on),
        "answers": answers,
        "promised_on": day(answers.promise.on) if answers.promise else "",
        "answer_by": day(answers.dispute.answer_due_on) if answers.dispute else "",
        "done": done if given.get(done) else "",
        "error": error,
        "wrong": request.POST.get("act", "") if error else "",
        "first_day": first_day.isoformat(),
        "last_day": last_day.isoformat(),
    }
    return render(request, "defaults/resolve.html", context)


def _act(request: HttpRequest, case: DefaultCase, *, now: datetime) -> HttpResponse:
    """Every answer is a call of one service; said twice it is the same answer."""
    name = request.POST.get("act", "")
    if name in ANSWERS and not case.is_closed:
        try:
            ANSWERS[name](request, case, now)
        except Refused as refusal:
            if refusal.code != "case_closed":
                return _page(request, case, now=now, error=_in_words(refusal, case, now=now))
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", "") != LOCK_NOT_AVAILABLE:
                raise
            busy = _("A message to you is leaving at this moment. Please send this once more.")
            return _page(request, case, now=now, error=busy)
    response = HttpResponseRedirect(
        f"?lang={translation.get_language()}&done={name if name in ANSWERS else ''}"
    )
    response.status_code = 303
    return response


def _in_words(refusal: Refused, case: DefaultCase, *, now: datetime) -> str:
    if refusal.code == "date_out_of_range":
        first, last = _promise_days(case, now=now)
        return _("Choose a day from %(first)s to %(last)s.") % {"first": day(first), "last": day(last)}
    if refusal.code == "already_promised":
        return _("A payment date is noted already.")
    return _("This is not possible any more. Nothing was changed.")


def _say_paid(request: HttpRequest, case: DefaultCase, now: datetime) -> None:
    claim_paid(case_id=case.pk, actor="customer", now=now)


def _say_not_mine(request: HttpRequest, case: DefaultCase, now: datetime) -> None:
    text = request.POST.get("text", "").replace("\x00", "").strip()[:LONGEST_TEXT]
    dispute(case_id=case.pk, reason=Dispute.Reason.NOT_MINE, text=text, actor="customer", now=now)


def _say_stop(request: HttpRequest, case: DefaultCase, now: datetime) -> None:
    stop_contact(customer_id=case.customer_id, actor="customer", now=now)


def _say_date(request: HttpRequest, case: DefaultCase, now: datetime) -> None:
    try:
        on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        raise Refused("date_out_of_range", "That is no date.") from None
    promise(case_id=case.pk, on=on, actor="customer", now=now)


ANSWERS: dict[str, Callable[[HttpRequest, DefaultCase, datetime], None]] = {
    "paid": _say_paid,
    "not-mine": _say_not_mine,
    "stop": _say_stop,
    "date": _say_date,
}


def _promise_days(case: DefaultCase, *, now: datetime) -> tuple[date, date]:
    """The first and the last day that can be promised, where the customer lives."""
    today = local_date(now, zone_for(case))
    return today, today + timedelta(days=LONGEST_PROMISE_DAYS)


def _language(request: HttpRequest, case: DefaultCase | None) -> str:
    """The one asked for, else the customer's, else the browser's."""
    known = dict(settings.LANGUAGES)
    wanted = [request.GET.get("lang", "")]
    if case:
        preference = getattr(case.customer, "preference", None)
        wanted += [preference.language if preference else "", case.customer.locale]
    for tag in wanted:
        if tag.split("-")[0] in known:
            return tag.split("-")[0]
    return translation.get_language() or settings.LANGUAGE_CODE


def _frame() -> dict:
    return {"language": (translation.get_language() or "en").split("-")[0], "languages": settings.LANGUAGES}
