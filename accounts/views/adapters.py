"""What of django-allauth is ours: who may ask for what again, in which words, and how its secrets are kept."""

import base64

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.asking import address_of

from ..models import User
from ..sealed import seal, unseal

TOO_MANY = _("Too many wrong tries. Try again in a quarter of an hour.")
NOT_SIGNED_IN = _("That did not sign you in.")
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
_SEALED_FOR = "second factor"


def has_factor(user: User) -> bool:
    return get_adapter().is_mfa_enabled(user, FACTORS)


class StaffAdapter(DefaultAccountAdapter):
    """Accounts are made in the settings; here is only signing in."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        return ["allauth.mfa.stages.AuthenticateStage"]

    def is_reauthentication_required(self, *, app: str, **_kwargs: object) -> bool:
        """Whoever has a factor shows it again before changing factors; the first one is set up right after signing in."""
        return has_factor(context.request.user)

    def get_reauthentication_methods(self, user: User) -> list[dict]:
        """By factor only: a password must not be enough to take a factor away."""
        if not has_factor(user):
            return []
        names = ("mfa_reauthenticate", "mfa_reauthenticate_webauthn")
        return [{"id": name, "description": "", "url": reverse(name)} for name in names]

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        messages.error(request, NOT_SIGNED_IN)
        return redirect("sign-in")

    def add_message(
        self, request: HttpRequest, level: int, *_args: object, message: str | None = None, **_kwargs: object
    ) -> None:
        """Our pages say what was done themselves."""
        if message:
            messages.add_message(request, level, message)


class FactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("That was not accepted. Each code works once."),
        "cannot_delete_authenticator": _(
            "Your role needs a second factor: set up another one before you take this away."
        ),
    }

    def encrypt(self, text: str) -> str:
        return base64.b64encode(seal(text.encode(), context=_SEALED_FOR)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(base64.b64decode(encrypted_text), context=_SEALED_FOR).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last factor stays with whoever must have one."""
        user = authenticator.user
        if settings.AMENDS_SECOND_FACTOR != "required" or not user.needs_second_factor:
            return True
        others = Authenticator.objects.filter(user=user, type__in=FACTORS).exclude(pk=authenticator.pk)
        return others.exists()
