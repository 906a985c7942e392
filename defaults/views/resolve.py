"""The customer's page behind a signed link: what is open, and what the customer can say about it.

Opening it changes nothing (mail scanners open links), it shows no personal data, and every link that does not work
looks the same.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from accounts.views.wording import amount, day
from common import clock
from common.calendar import local_date, zone_of
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.utils import translation
from django.utils.decorators import decorator_from_middleware
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from .. import services
from ..models import Dispute, ResolutionLink
from ..reports.answers import answers_of
from ..reports.claim import live_claim
from ..reports.links import find_link

LONGEST_PROMISE_DAYS = 30
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


class _FormCheck(CsrfViewMiddleware):
    """Django's check, for a page that sends no referrer: browsers then name the origin `null`, and the site in a header."""

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.META["HTTP_ORIGIN"] != "null":
            return super()._origin_verified(request)
        return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


@require_http_methods(["GET", "HEAD", "POST"])
def _answer(request: HttpRequest, token: str) -> HttpResponse:
    now = clock.now()
    link = find_link(token, now=now)
    with translation.override(_language(request, link)):
        if link is None:
            response = render(request, "defaults/resolve_missing.html", _frame(), status=404)
        elif request.method == "POST":
            response = _act(request, link, now=now)
        else:
            response = _page(request, link, now=now)
    response.headers.update(HEADERS)
    return response


resolve = csrf_exempt(decorator_from_middleware(_FormCheck)(_answer))


class _Refused(ValueError):
    """What the customer entered cannot be; the text says what can."""


def _page(request: HttpRequest, link: ResolutionLink, *, now: datetime, error: str = "") -> HttpResponse:
    case = link.case
    claim, answers, today = live_claim(case), answers_of(case, now=now), _today(link, now=now)
    given = {"paid": answers.claimed_paid, "not-mine": answers.dispute, "date": answers.promise, "stop": answers.stopped_at}
    done = request.GET.get("done", "")
    owed = claim.owed_minor + claim.disputed_minor
    context = _frame() | {
        "case": case,
        "merchant": case.merchant,
        "is_open": not case.is_closed and owed > 0,
        "owed": amount(owed, case.currency),
        "due_on": day(claim.oldest_due_on or case.oldest_due_on),
        "answers": answers,
        "promised_on": day(answers.promise.on) if answers.promise else "",
        "answer_by": day(answers.dispute.answer_due_on) if answers.dispute else "",
        "done": done if given.get(done) else "",
        "error": error,
        "wrong": request.POST.get("act", "") if error else "",
        "first_day": (today + timedelta(days=1)).isoformat(),
        "last_day": (today + timedelta(days=LONGEST_PROMISE_DAYS)).isoformat(),
        "valid_until": day(local_date(link.expires_at, _zone(link))),
    }
    return render(request, "defaults/resolve.html", context)


def _act(request: HttpRequest, link: ResolutionLink, *, now: datetime) -> HttpResponse:
    """Every answer is a call of one service; said twice it is the same answer."""
    name = request.POST.get("act", "")
    if name in ANSWERS:
        try:
            ANSWERS[name](request, link, now)
        except _Refused as refusal:
            return _page(request, link, now=now, error=str(refusal))
    response = HttpResponseRedirect(f"?lang={translation.get_language()}&done={name if name in ANSWERS else ''}")
    response.status_code = 303
    return response


def _say_paid(request: HttpRequest, link: ResolutionLink, now: datetime) -> None:
    services.claim_paid(case_id=link.case_id, text=_text(request), actor="customer", now=now)


def _say_not_mine(request: HttpRequest, link: ResolutionLink, now: datetime) -> None:
    services.dispute(
        case_id=link.case_id, reason=Dispute.Reason.NOT_MINE, text=_text(request), actor="customer", now=now
    )


def _say_stop(request: HttpRequest, link: ResolutionLink, now: datetime) -> None:
    services.stop_contact(customer_id=link.case.customer_id, actor="customer", now=now)


def _say_date(request: HttpRequest, link: ResolutionLink, now: datetime) -> None:
    today = _today(link, now=now)
    first, last = today + timedelta(days=1), today + timedelta(days=LONGEST_PROMISE_DAYS)
    on = _date(request.POST.get("on", ""))
    if on is None or not first <= on <= last:
        raise _Refused(_("Choose a day from %(first)s to %(last)s.") % {"first": day(first), "last": day(last)})
    services.promise(case_id=link.case_id, on=on, actor="customer", now=now)


ANSWERS: dict[str, Callable[[HttpRequest, ResolutionLink, datetime], None]] = {
    "paid": _say_paid,
    "not-mine": _say_not_mine,
    "stop": _say_stop,
    "date": _say_date,
}


def _text(request: HttpRequest) -> str:
    return request.POST.get("text", "").replace("\x00", "").strip()[:500]


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _zone(link: ResolutionLink):
    return zone_of(link.case.customer.time_zone) or zone_of(link.case.merchant.time_zone) or zone_of("UTC")


def _today(link: ResolutionLink, *, now: datetime) -> date:
    return local_date(now, _zone(link))


def _language(request: HttpRequest, link: ResolutionLink | None) -> str:
    """The one asked for, else the customer's, else the browser's."""
    known = dict(settings.LANGUAGES)
    wanted = [request.GET.get("lang", "")]
    if link:
        customer = link.case.customer
        preference = getattr(customer, "preference", None)
        wanted += [preference.language if preference else "", customer.locale]
    for tag in wanted:
        if tag.split("-")[0] in known:
            return tag.split("-")[0]
    return translation.get_language() or settings.LANGUAGE_CODE


def _frame() -> dict:
    return {"language": (translation.get_language() or "en").split("-")[0], "languages": settings.LANGUAGES}
