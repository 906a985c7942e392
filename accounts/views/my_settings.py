"""A person's own settings: how the desk speaks and looks, on every device, and how they sign in."""

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from common import clock
from common.asking import address_of

from ..models import Density, Theme, User
from ..services.audit import note
from ..services.sign_in import end_sessions
from .second_factor import factors_of
from .viewer import keep_look

# The columns of the queue that a person may do without; the customer stays.
COLUMNS = [
    ("due", gettext_lazy("Due")),
    ("items", gettext_lazy("Items")),
    ("amount", gettext_lazy("Amount")),
    ("state", gettext_lazy("State")),
    ("next", pgettext_lazy("column", "Next step")),
    ("owner", pgettext_lazy("column", "Owner")),
]


class MySettingsForm(forms.ModelForm):
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    theme = forms.ChoiceField(label=gettext_lazy("Light or dark"), choices=Theme, widget=forms.RadioSelect)
    density = forms.ChoiceField(
        label=gettext_lazy("Rows of the queue"), choices=Density, widget=forms.RadioSelect
    )
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns of the queue"),
        choices=COLUMNS,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    single_keys = forms.BooleanField(
        label=gettext_lazy("Single keys work (j, k, n, …)"),
        help_text=gettext_lazy(
            "Off, no letter or sign does anything by itself. Everything also works by Tab and Enter."
        ),
        required=False,
    )

    class Meta:
        model = User
        fields = ["language", "time_zone", "theme", "density", "single_keys"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {*zoneinfo.available_timezones(), self.instance.time_zone}
        self.fields["time_zone"].choices = [
            (name, name) for name in sorted(names) if "/" in name or name == "UTC"
        ]
        self.initial["columns"] = [
            name for name, _label in COLUMNS if name not in self.instance.hidden_columns
        ]

    def save(self, *, commit: bool = True) -> User:
        shown = self.cleaned_data["columns"]
        self.instance.hidden_columns = [name for name, _label in COLUMNS if name not in shown]
        return super().save(commit=commit)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_settings(request: HttpRequest) -> HttpResponse:
    """What is saved holds at once, and everywhere this person signs in."""
    form = MySettingsForm(request.POST or None, instance=request.user)
    if request.method != "POST" or not form.is_valid():
        return render(
            request, "accounts/my_settings.html", factors_of(request) | {"current": "me", "form": form}
        )
    user = form.save()
    answer = redirect("my-settings")
    keep_look(request, answer, {"theme": user.theme, "density": user.density})
    answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, max_age=settings.LANGUAGE_COOKIE_AGE)
    with translation.override(user.language):
        messages.success(request, _("Saved."))
    return answer


@method_decorator([login_required, never_cache], name="dispatch")
class ChangePassword(PasswordChangeView):
    """Every other session ends by it."""

    template_name = "accounts/password.html"
    success_url = reverse_lazy("my-settings")
    extra_context = {"current": "me"}

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        answer = super().form_valid(form)
        _note(self.request, "password_changed")
        messages.success(self.request, _("The new password holds. Other sessions have ended."))
        return answer


@login_required
@require_POST
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    end_sessions(user=request.user)
    update_session_auth_hash(request, request.user)
    _note(request, "sessions_ended")
    messages.success(request, _("You are signed out everywhere but here."))
    return redirect("my-settings")


def _note(request: HttpRequest, kind: str) -> None:
    note(
        actor=f"staff:{request.user.username}",
        kind=kind,
        now=clock.now(),
        what=f"staff:{request.user.username}",
        address=address_of(request),
    )
