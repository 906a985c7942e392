"""Settings: who works here, for which merchants, and their keys. Money and what we were told are only read."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from common import clock

from ..models import ApiKey, ContactPoint, Customer, LedgerEntry, Merchant, Payment, PaymentEvent, User
from ..models.merchant import Scope
from ..services.keys import issue_api_key
from . import gateways  # noqa: F401
from .base import ReadOnlyAdmin, SettingsAdmin

admin.site.unregister(Group)
admin.site.index_title = _("Settings")


@admin.register(User)
class StaffAdmin(SettingsAdmin, UserAdmin):
    list_display = ["username", "first_name", "last_name", "role", "is_active", "is_staff", "last_login"]
    list_filter = ["role", "is_active"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": ["first_name", "last_name", "email", "language", "time_zone"]}),
        (_("Rights"), {"fields": ["role", "merchants", "is_active", "is_staff"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "password1", "password2", "role", "merchants", "is_staff"]})
    ]

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name == "language":
            return forms.ChoiceField(label=db_field.verbose_name, choices=settings.LANGUAGES)
        if db_field.name == "merchants":
            return db_field.formfield(widget=forms.CheckboxSelectMultiple)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(Merchant)
class MerchantAdmin(SettingsAdmin):
    list_display = [
        "name",
        "slug",
        "legal_role",
        "jurisdiction",
        "currency",
        "time_zone",
        "sending_paused_at",
        "feed_seen_at",
    ]
    search_fields = ["slug", "name"]
    readonly_fields = ["feed_seen_at", "created_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Merchant | None = None) -> bool:
        return False


class ApiKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(label=_("scopes"), choices=Scope, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = ApiKey
        fields = ["merchant", "scopes", "expires_at"]


@admin.register(ApiKey)
class ApiKeyAdmin(SettingsAdmin):
    form = ApiKeyForm
    list_display = ["__str__", "merchant", "scopes", "created_at", "expires_at", "revoked_at"]
    list_filter = ["merchant"]
    list_select_related = ["merchant"]
    actions = ["revoke"]

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return obj is None and self._is_allowed(request)

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ApiKeyForm, change: bool) -> None:  # noqa: FBT001
        request.issued_key = issue_api_key(
            merchant=obj.merchant, scopes=obj.scopes, expires_at=obj.expires_at
        )
        obj.key_id = request.issued_key.split("_")[2]
        obj.pk = ApiKey.objects.values_list("pk", flat=True).get(key_id=obj.key_id)

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("New API key"),
            "key": request.issued_key,
        }
        response = render(request, "admin/accounts/apikey/issued.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @admin.action(description=_("Revoke the selected keys"))
    def revoke(self, request: HttpRequest, keys: models.QuerySet[ApiKey]) -> None:
        keys.filter(revoked_at=None).update(revoked_at=clock.now())


class ContactPointInline(admin.TabularInline):
    model = ContactPoint
    fields = ["channel", "health", "updated_at"]
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ["reference", "name", "merchant", "locale", "time_zone", "created_at"]
    list_filter = ["merchant"]
    list_select_related = ["merchant"]
    search_fields = ["=reference", "name"]
    exclude = ["stamps", "birth_date"]
    inlines = [ContactPointInline]


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = [
        "reference",
        "merchant",
        "customer",
        "currency",
        "amount_minor",
        "outstanding_minor",
        "due_on",
    ]
    list_filter = ["merchant", "currency"]
    list_select_related = ["merchant", "customer"]
    search_fields = ["=reference", "=customer__reference"]


@admin.register(PaymentEvent)
class PaymentEventAdmin(ReadOnlyAdmin):
    list_display = [
        "event_id",
        "merchant",
        "type",
        "payment_reference",
        "occurred_at",
        "received_at",
        "status",
    ]
    list_filter = ["status", "type", "merchant"]
    list_select_related = ["merchant"]
    search_fields = ["=event_id", "=payment_reference"]
    exclude = ["body", "fingerprint"]


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = [
        "id",
        "payment",
        "kind",
        "from_account",
        "to_account",
        "amount_minor",
        "currency",
        "occurred_at",
    ]
    list_filter = ["kind", "currency"]
    list_select_related = ["payment"]
    search_fields = ["=payment__reference"]


__all__ = ["ReadOnlyAdmin", "SettingsAdmin"]
