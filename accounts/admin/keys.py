"""Settings of the API: keys of merchants and tokens of staff. Each is shown once, when it is made, and can be revoked."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common import clock

from ..models import ApiKey, StaffToken
from ..models.merchant import Scope
from ..services.keys import issue_api_key, issue_staff_token
from .base import SEEN, SettingsAdmin
from .difference import values_of


class _KeyAdmin(SettingsAdmin):
    actions = ["revoke"]

    def issue(self, row: Any) -> str:
        """Make the key the form asks for; answers its text."""
        raise NotImplementedError

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return obj is None and self._is_allowed(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:  # noqa: FBT001
        request.issued_key = self.issue(obj)
        obj.key_id = request.issued_key.split("_")[2]
        obj.pk = self.model.objects.values_list("pk", flat=True).get(key_id=obj.key_id)

    def response_add(
        self, request: HttpRequest, obj: models.Model, post_url_continue: str | None = None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("New API key"),
            "key": request.issued_key,
            "opts": self.model._meta,
        }
        response = render(request, "admin/accounts/apikey/issued.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @admin.action(description=_("Revoke the selected keys"))
    def revoke(self, request: HttpRequest, keys: models.QuerySet) -> HttpResponse | None:
        """For a key that got out, at once: what is meant is asked before."""
        valid = keys.filter(revoked_at=None)
        if SEEN not in request.POST:
            lines = [
                {"name": str(key), "before": str(self.owner(key)), "after": gettext("revoked")}
                for key in valid
            ]
            question = gettext("Revoke these keys? Whoever uses them stops at once.")
            return self.ask(request, lines=lines, question=question)
        with transaction.atomic():
            for key in valid.select_for_update(of=("self",)):
                before = values_of(key)
                self.model.objects.filter(pk=key.pk).update(revoked_at=clock.now())
                self.note(request, "setting_changed", key, before=before, after=values_of(key))
        return None

    def owner(self, key: Any) -> object:
        raise NotImplementedError


class ApiKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(label=_("scopes"), choices=Scope, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = ApiKey
        fields = ["merchant", "scopes", "expires_at"]


@admin.register(ApiKey)
class ApiKeyAdmin(_KeyAdmin):
    form = ApiKeyForm
    list_display = ["__str__", "merchant", "scopes", "created_at", "expires_at", "revoked_at"]
    list_filter = ["merchant"]
    list_select_related = ["merchant"]

    def issue(self, row: ApiKey) -> str:
        return issue_api_key(merchant=row.merchant, scopes=row.scopes, expires_at=row.expires_at)

    def owner(self, key: ApiKey) -> object:
        return key.merchant


@admin.register(StaffToken)
class StaffTokenAdmin(_KeyAdmin):
    """It opens the API as its person may, without a second factor: so it ends, at a date that is always given."""

    list_display = ["__str__", "user", "created_at", "expires_at", "revoked_at"]
    list_select_related = ["user"]
    fields = ["user", "expires_at"]

    def get_form(self, request: HttpRequest, obj: StaffToken | None = None, **kwargs: Any) -> type:
        form = super().get_form(request, obj, **kwargs)
        if "expires_at" in form.base_fields:
            form.base_fields["expires_at"].required = True
        return form

    def issue(self, row: StaffToken) -> str:
        return issue_staff_token(user=row.user, expires_at=row.expires_at)

    def owner(self, key: StaffToken) -> object:
        return key.user
