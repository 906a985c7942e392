"""Signing in: a name and a password, then a second factor; or a passkey alone."""

from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.internal import flows
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.contrib import messages
from django.contrib.auth.views import LoginView, RedirectURLMixin
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from common.asking import address_of

from ..services.sign_in import forget_code_tries
from .adapters import NOT_SIGNED_IN
from .factor_forms import CodeForm, PasswordForm
from .passkeys import options_of


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = PasswordForm
    redirect_authenticated_user = True

    def form_valid(self, form: PasswordForm) -> HttpResponse:
        login = Login(user=form.get_user(), redirect_url=self.get_success_url())
        return perform_password_login(self.request, {"username": form.cleaned_data["username"]}, login)


class SecondStep(AuthenticateView):
    template_name = "accounts/second_step.html"
    form_class = CodeForm

    def get_context_data(self, **kwargs: Any) -> dict:
        told = super().get_context_data(**kwargs)
        options = told.pop("js_data")["request_options"]
        return told | {"options": options_of(options) if self._has_passkey(options) else ""}

    def form_valid(self, form: Form) -> HttpResponse:
        forget_code_tries(user_id=self.stage.login.user.pk, address=address_of(self.request))
        return super().form_valid(form)

    @staticmethod
    def _has_passkey(options: dict) -> bool:
        return bool(options["publicKey"]["allowCredentials"])


class PasskeySignIn(RedirectURLMixin, LoginWebAuthnView):
    """GET by script: what to ask the device. POST: its answer. The passkey names its person and is both factors."""

    next_page = "queue"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = super().get(request, *args, **kwargs)
        answer["Cache-Control"] = "no-store"
        return answer

    def form_invalid(self, form: Form) -> HttpResponse:
        messages.error(self.request, NOT_SIGNED_IN)
        return redirect("sign-in")

    def form_valid(self, form: Form) -> HttpResponse:
        authenticator = form.cleaned_data["credential"]
        login = Login(user=authenticator.user, redirect_url=self.get_success_url())
        return flows.perform_passwordless_login(self.request, authenticator, login)
