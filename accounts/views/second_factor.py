"""A person's own second factors: apps with one-time codes, passkeys, recovery codes. Shown again before any change."""

from typing import Any

from allauth.mfa.base.views import ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.generic import FormView

from common import clock
from common.asking import address_of

from ..services.audit import note
from .adapters import FACTORS, NOT_SIGNED_IN, FactorAdapter, has_factor
from .factor_forms import AppForm, CodeAgainForm, PasskeyForm, spend
from .passkeys import options_of
from .sessions import note_factor_shown, owes_second_factor

_changes = method_decorator([login_required, never_cache], name="dispatch")


def factors_of(request: HttpRequest) -> dict:
    """What stands on the page of a person's own settings."""
    held = list(Authenticator.objects.filter(user=request.user).order_by("created_at"))
    codes = next((one for one in held if one.type == Authenticator.Type.RECOVERY_CODES), None)
    return {
        "app": next((one for one in held if one.type == Authenticator.Type.TOTP), None),
        "passkeys": [one for one in held if one.type == Authenticator.Type.WEBAUTHN],
        "has_factor": any(one.type in FACTORS for one in held),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
    }


@login_required
@never_cache
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """Where lead and above are sent until they have one."""
    if not owes_second_factor(request) or has_factor(request.user):
        return redirect("my-settings")
    return render(request, "accounts/second_factor.html", {"current": "me"})


@_changes
class AddApp(ActivateTOTPView):
    template_name = "accounts/factor_app.html"
    form_class = AppForm

    def get_context_data(self, **kwargs: Any) -> dict:
        told = super().get_context_data(**kwargs)
        secret = told["form"].secret
        return told | {"secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))}

    def form_valid(self, form: Form) -> HttpResponse:
        answer = super().form_valid(form)
        made = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        spend(made, form.cleaned_data["code"])
        _added(self.request, made)
        return answer


@_changes
class RemoveApp(DeactivateTOTPView):
    template_name = "accounts/factor_remove.html"
    extra_context = {"which": "app"}

    def form_valid(self, form: Form) -> HttpResponse:
        _note(self.request, kind="second_factor_removed", what=self.authenticator.type)
        return super().form_valid(form)


@_changes
class AddPasskey(AddWebAuthnView):
    template_name = "accounts/factor_passkey.html"
    form_class = PasskeyForm

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"initial": {"name": _("Passkey")}}

    def get_context_data(self, **kwargs: Any) -> dict:
        told = FormView.get_context_data(self, **kwargs)
        return told | {
            "options": options_of(webauthn.begin_registration(self.request.user, passwordless=True))
        }

    def form_valid(self, form: Form) -> HttpResponse:
        answer = super().form_valid(form)
        made = Authenticator.objects.filter(user=self.request.user, type=Authenticator.Type.WEBAUTHN)
        _added(self.request, made.latest("created_at"))
        return answer


@_changes
class RemovePasskey(RemoveWebAuthnView):
    template_name = "accounts/factor_remove.html"
    extra_context = {"which": "passkey"}

    def get_success_url(self) -> str:
        return self.success_url

    def form_valid(self, form: Form) -> HttpResponse:
        adapter = FactorAdapter()
        if not adapter.can_delete_authenticator(self.object):
            messages.error(self.request, adapter.error_messages["cannot_delete_authenticator"])
            return redirect("my-settings")
        _note(self.request, kind="second_factor_removed", what=self.object.type)
        return super().form_valid(form)


@_changes
class RecoveryCodes(ViewRecoveryCodesView):
    template_name = "accounts/recovery_codes.html"


@_changes
class NewRecoveryCodes(GenerateRecoveryCodesView):
    template_name = "accounts/recovery_codes_new.html"

    def form_valid(self, form: Form) -> HttpResponse:
        _note(self.request, kind="recovery_codes_made", what="")
        return super().form_valid(form)


@_changes
class Again(ReauthenticateView):
    """The factor once more: by a code here, by a passkey with the button."""

    template_name = "accounts/factor_again.html"
    form_class = CodeAgainForm

    def get_context_data(self, **kwargs: Any) -> dict:
        told = super().get_context_data(**kwargs)
        options = webauthn.begin_authentication(self.request.user)
        has_passkey = bool(options["publicKey"]["allowCredentials"])
        return told | {
            "options": options_of(options) if has_passkey else "",
            "next": self.request.GET.get("next", ""),
        }


@_changes
class AgainByPasskey(ReauthenticateWebAuthnView):
    http_method_names = ["post"]

    def form_invalid(self, form: Form) -> HttpResponse:
        messages.error(self.request, NOT_SIGNED_IN)
        return redirect("mfa_reauthenticate")


def _added(request: HttpRequest, made: Authenticator) -> None:
    note_factor_shown(request, kind=made.type)
    _note(request, kind="second_factor_added", what=made.type)


def _note(request: HttpRequest, *, kind: str, what: str) -> None:
    note(
        actor=f"staff:{request.user.username}",
        kind=kind,
        now=clock.now(),
        what=what,
        address=address_of(request),
    )
