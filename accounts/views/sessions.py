"""How long a session lasts, and what it opens: nothing to lead and above until they have shown a second factor."""

import time
from collections.abc import Callable

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from common.problems import Problem, problem_response

from ..models import User
from .adapters import has_factor

BEGAN, SEEN = "began_at", "seen_at"
# A session is written this often at most, however many pages are opened.
NOTED_EVERY = 60
# What a page asks by itself, without a hand on it (app.js).
BY_ITSELF = "HTTP_AMENDS_POLL"
# Everybody may open these, so they open to whoever has not shown a second factor too.
PUBLIC = ("/r/", "/pay/", "/sandbox/", "/healthz", "/readyz", "/api/docs/", "/api/schema/", "/api/v1/hooks/")
# What it takes to set a factor up, or to go.
SETTING_UP = {
    "second-factor",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "sign-in",
    "sign-out",
    "language",
    "look",
}


class SessionMiddleware:
    """Ends what is over, and stops before the view whoever still owes a second factor. No query of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            if _is_over(request):
                logout(request)
            else:
                _note_seen(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return None
        if not owes_second_factor(request) or _is_open(request):
            return None
        if request.path_info.startswith("/api/"):
            refusal = Problem(status=403, code="second_factor_needed", detail="Sign in with a second factor.")
            return problem_response(refusal, request)
        if has_factor(request.user):
            asked = urlencode({"next": request.get_full_path() if request.method == "GET" else "/"})
            return redirect(f"{reverse('mfa_reauthenticate')}?{asked}")
        return redirect("second-factor")


def owes_second_factor(request: HttpRequest) -> bool:
    user: User = request.user
    return (
        settings.AMENDS_SECOND_FACTOR == "required"
        and user.needs_second_factor
        and not has_shown_factor(request)
    )


def has_shown_factor(request: HttpRequest) -> bool:
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def note_factor_shown(request: HttpRequest, *, kind: str) -> None:
    """To set a factor up is to show it."""
    record_authentication(request, request.user, method="mfa", type=kind, reauthenticated=True)


@receiver(user_logged_in)
def _begin(request: HttpRequest, **_: object) -> None:
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


def _is_over(request: HttpRequest) -> bool:
    now, session = time.time(), request.session
    too_long = now - session.get(BEGAN, 0) > settings.SESSION_COOKIE_AGE
    return too_long or now - session.get(SEEN, 0) > settings.AMENDS_SESSION_IDLE


def _note_seen(request: HttpRequest) -> None:
    now = int(time.time())
    if now - request.session[SEEN] >= NOTED_EVERY and BY_ITSELF not in request.META:
        request.session[SEEN] = now


def _is_open(request: HttpRequest) -> bool:
    if request.resolver_match.url_name in SETTING_UP or request.path_info.startswith(PUBLIC):
        return True
    # A key opens what it opens whoever's browser shows it (accounts.api.auth).
    return request.path_info.startswith("/api/") and "HTTP_AUTHORIZATION" in request.META
