"""The forms of signing in: each counts its tries before it looks."""

from typing import Any

from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.asking import address_of

from ..services.sign_in import (
    forget_code_tries,
    forget_password_tries,
    spend_code,
    take_code_try,
    take_password_try,
)
from .adapters import TOO_MANY, FactorAdapter

WRONG = _("User name or password is not right. Both tell capital from small letters.")


class PasswordForm(AuthenticationForm):
    """A wrong name, a wrong password and a switched-off person are answered alike."""

    error_messages = {"invalid_login": WRONG, "inactive": WRONG}

    def clean(self) -> dict[str, Any]:
        told = {"username": self.cleaned_data.get("username", ""), "address": address_of(self.request)}
        if not take_password_try(**told, now=timezone.now()):
            raise forms.ValidationError(TOO_MANY, code="locked")
        cleaned = super().clean()
        forget_password_tries(**told)
        return cleaned


class _Code(BaseAuthenticateForm):
    def clean_code(self) -> str:
        told = {"user_id": self.user.pk, "address": address_of(context.request)}
        if not take_code_try(**told, now=timezone.now()):
            raise forms.ValidationError(TOO_MANY, code="locked")
        code = super().clean_code()
        used = self.authenticator
        if used.type == Authenticator.Type.TOTP:
            spend(used, code)
        forget_code_tries(**told)
        return code


class CodeForm(_Code, AuthenticateForm):
    """The second step of signing in: a one-time code, or one of the recovery codes."""


class CodeAgainForm(_Code, ReauthenticateForm):
    """The same, before factors are changed."""


class AppForm(ActivateTOTPForm):
    """A new app shows that it counts as we do; the code it shows is spent by that."""

    def clean_code(self) -> str:
        if not take_code_try(user_id=self.user.pk, address=address_of(context.request), now=timezone.now()):
            raise forms.ValidationError(TOO_MANY, code="locked")
        return super().clean_code()


class PasskeyForm(AddWebAuthnForm):
    """A passkey signs in alone, so its device must have asked for a finger, a face or a PIN."""

    passwordless = None
    name = forms.CharField(max_length=60, required=False)

    def clean(self) -> dict:
        self.cleaned_data["passwordless"] = True
        return super().clean()


def spend(authenticator: Authenticator, code: str) -> None:
    """Raises ValidationError when this code was used before."""
    secret = decrypt(authenticator.data["secret"])
    counters = [
        counter
        for counter in totp.yield_hotp_counters_from_time()
        if totp.format_hotp_value(totp.hotp_value(secret, counter)) == normalize_user_code(code)
    ]
    # At the turn of a window the code may be just too old: then it is not taken.
    if not counters or not spend_code(authenticator_id=authenticator.pk, counter=counters[-1]):
        raise FactorAdapter().validation_error("incorrect_code")
