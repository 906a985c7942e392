"""Settings: who works here, for which merchants, and their keys. Money and what we were told are only read."""

from typing import Any

# They register their own pages when imported: these rows are kept by signing in alone.
import allauth.account.admin
import allauth.mfa.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common import clock
from common.asking import address_of

from ..models import ContactPoint, Customer, LedgerEntry, Merchant, Payment, PaymentEvent, User
from ..services.sign_in import reset_second_factor
from . import gateways, keys  # noqa: F401
from .base import SEEN, ReadOnlyAdmin, SettingsAdmin, actor_of

admin.site.unregister([Group, EmailAddress, Authenticator])
admin.site.index_title = _("Settings")


@admin.register(User)
class StaffAdmin(SettingsAdmin, UserAdmin):
    list_display = ["username", "first_name", "last_name", "role", "is_active", "is_staff", "last_login"]
    list_filter = ["role", "is_active"]
    readonly_fields = ["last_login", "date_joined"]
    actions = ["reset_second_factor"]
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

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Typed twice on a page of its own: nothing more to show."""
        request.is_seen = True
        return super().user_change_password(request, *args, **kwargs)

    @admin.action(description=_("Reset the second factor of the selected people"))
    def reset_second_factor(self, request: HttpRequest, people: models.QuerySet[User]) -> HttpResponse | None:
        if SEEN not in request.POST:
            lines = [_factors_line(person) for person in people.order_by("username")]
            return self.ask(request, lines=lines, question=gettext("Reset the second factor?"))
        for person in people:
            reset_second_factor(
                user_id=person.pk, actor=actor_of(request), now=clock.now(), address=address_of(request)
            )
        messages.success(request, gettext("Done. They sign in with the password and set up a new one."))
        return None


def _factors_line(person: User) -> dict[str, str]:
    held = Authenticator.objects.filter(user=person).order_by("created_at")
    return {"name": str(person), "before": ", ".join(map(str, held)) or "–", "after": "–"}


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
