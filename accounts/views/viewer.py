"""Whoever looks: their language and zone, and what every page of theirs carries."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from common import clock
from common.calendar import zone_of

from ..models import Density, Theme, User
from .sessions import owes_second_factor
from .wording import moment

MAILDIR_BACKEND = "config.maildir.EmailBackend"
# Kept with the person, and in cookies of these names for the pages before signing in; the first holds without one.
LOOKS = {"theme": tuple(Theme.values), "density": tuple(Density.values)}
YEAR = 365 * 86_400


class ViewerMiddleware:
    """Puts the signed-in person's language and time zone in force; requests without a session cost nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return self.get_response(request)
        translation.activate(request.user.language)
        request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(zone_of(request.user.time_zone) or timezone.get_default_timezone()):
            return self.get_response(request)


def shell(request: HttpRequest) -> dict:
    """Template context of the frame: languages, the rehearsal clock, and which entries the top bar has."""
    user = getattr(request, "user", None)
    return {
        "languages": settings.LANGUAGES,
        "language": (translation.get_language() or "en").split("-")[0],
        "rehearsal_moment": moment(clock.now()) if clock.is_moved() else "",
        "theme": _look(request, "theme"),
        "density": _look(request, "density"),
        "hidden_columns": " ".join(getattr(user, "hidden_columns", ())),
        "owes": bool(user and user.is_authenticated and owes_second_factor(request)),
        "has_mail": has_mail(user),
    }


def has_mail(user: User | None) -> bool:
    """The development mailbox holds every merchant's letters, so only who may see every merchant may read it."""
    return settings.EMAIL_BACKEND == MAILDIR_BACKEND and getattr(user, "role", "") == "admin"


@require_POST
def choose_look(request: HttpRequest) -> HttpResponse:
    """Theme or density as told, or one step on from what it is. With script the page has changed already."""
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    answer = HttpResponse(status=204) if request.htmx else redirect(back if safe else "queue")
    name, wanted = request.POST.get("look", ""), request.POST.get("choice", "")
    if name in LOOKS:
        choices = LOOKS[name]
        following = choices[(choices.index(_look(request, name)) + 1) % len(choices)]
        keep_look(request, answer, {name: wanted if wanted in choices else following})
    return answer


def keep_look(request: HttpRequest, answer: HttpResponse, chosen: dict[str, str]) -> None:
    """`chosen`: names and values of LOOKS."""
    for name, value in chosen.items():
        answer.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(**chosen)


def _look(request: HttpRequest, name: str) -> str:
    user = getattr(request, "user", None)
    chosen = getattr(user, name, "") or request.COOKIES.get(name, "")
    return chosen if chosen in LOOKS[name] else LOOKS[name][0]


@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """Remembered in a cookie and, for staff, with the person."""
    chosen = request.POST.get("language")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    return set_language(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
