"""One customer's visit to one case: a link followed before, remembered in a signed cookie for half an hour.

The cookie names the link and holds no secret of it, so the token is in the address once only. It is looked up anew on every page:
a link that was revoked, or has ended, opens nothing more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, wraps
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts.sealed import fingerprint
from accounts.views.wording import amount, day, moment
from common import clock
from common.calendar import local_date

from ...models import DefaultCase, ResolutionLink
from ...models.case import id_of
from ...reports.answers import Answers, answers_of
from ...reports.claim import LiveClaim, live_claim
from ...services.acts import zone_for
from ...services.links import find_link
from .frame import View, chosen_language, missing, public

LASTS_SECONDS = 30 * 60
_SALT = "amends.visit"


@dataclass(frozen=True)
class Visit:
    """`is_known`: who looks has shown to be the customer, not only to have the link. What it has read it keeps."""

    request: HttpRequest
    link: ResolutionLink
    now: datetime
    known_until: int

    @property
    def case(self) -> DefaultCase:
        return self.link.case

    @property
    def is_known(self) -> bool:
        return self.known_until > self.now.timestamp()

    @cached_property
    def claim(self) -> LiveClaim:
        return live_claim(self.case)

    @cached_property
    def answers(self) -> Answers:
        return answers_of(self.case, now=self.now)

    @property
    def is_open(self) -> bool:
        """Something is still asked for; a payment told a moment ago counts before the case was looked at again."""
        return not self.case.is_closed and self.claim.open_minor > 0

    @property
    def today(self) -> date:
        return local_date(self.now, zone_for(self.case))

    @property
    def level(self) -> str:
        return "second_factor" if self.is_known else "link"

    def address(self, *names: str, **asked: str) -> str:
        """The address of a page of this case, in the language this visit has chosen."""
        if self.request.GET.get("lang"):
            asked = {"lang": translation.get_language(), **asked}
        path = "/".join(("/r/case", self.case.number, *names))
        return f"{path}/?{urlencode(asked)}" if asked else f"{path}/"

    def amount(self, minor: int) -> str:
        return amount(minor, self.case.currency)

    def last_moment(self, until: datetime) -> str:
        """An exclusive end in words: the day before, where it is midnight."""
        local = timezone.localtime(until)
        is_midnight = (local.hour, local.minute, local.second) == (0, 0, 0)
        return day(local.date() - timedelta(days=1)) if is_midnight else moment(until)

    def evidence(self, text: str) -> dict[str, str]:
        """What proves an agreement later: in which language, to which words, from where, and how surely it was them."""
        where = fingerprint(self.request.META.get("REMOTE_ADDR", ""), context="address").hex()
        language = translation.get_language() or ""
        return {"language": language, "text": text, "address": where, "level": self.level}


def visited(view: Callable[..., HttpResponse]) -> View:
    """Turns `view(visit, …)` into a public view at `/r/case/<number>/…`."""

    @public
    @wraps(view)
    def answer(request: HttpRequest, number: str, **kwargs: object) -> HttpResponse:
        visit = _recognise(request, number, now=clock.now())
        if visit is None:
            return missing(request)
        with speaking_to(visit):
            response = view(visit, **kwargs)
        if cookie_of(visit) not in response.cookies:
            remember(response, visit.link, known_until=visit.known_until)
        return response

    return answer


class speaking_to:  # noqa: N801  reads as a phrase
    """In the customer's language and on the customer's clock."""

    def __init__(self, visit: Visit) -> None:
        self._language = translation.override(language_of(visit.request, visit.case))
        self._zone = timezone.override(zone_for(visit.case))

    def __enter__(self) -> None:
        self._language.__enter__()
        self._zone.__enter__()

    def __exit__(self, *error: object) -> None:
        self._zone.__exit__(*error)
        self._language.__exit__(*error)


def language_of(request: HttpRequest, case: DefaultCase) -> str:
    preference = getattr(case.customer, "preference", None)
    return chosen_language(request, preference.language if preference else "", case.customer.locale)


def remember(response: HttpResponse, link: ResolutionLink, *, known_until: int = 0) -> None:
    """Let this browser come back to the case of the link until half an hour after its last page."""
    response.set_cookie(
        _cookie(link.case.number),
        signing.dumps([link.pk, known_until], salt=_SALT),
        max_age=LASTS_SECONDS,
        path="/r/",
        secure=settings.PRODUCTION,
        httponly=True,
        samesite="Lax",
    )


def cookie_of(visit: Visit) -> str:
    return _cookie(visit.case.number)


def _recognise(request: HttpRequest, number: str, *, now: datetime) -> Visit | None:
    case_id = id_of(number)
    try:
        link_id, known_until = signing.loads(
            request.COOKIES.get(_cookie(number), ""), salt=_SALT, max_age=LASTS_SECONDS
        )
    except signing.BadSignature:
        return None
    link = find_link(link_id=link_id, case_id=case_id, now=now) if case_id else None
    return Visit(request, link, now, known_until) if link else None


def _cookie(number: str) -> str:
    return f"amends_{number}"
