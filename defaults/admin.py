"""Settings of collection per merchant; cases and their history to look at."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import ReadOnlyAdmin, SettingsAdmin

from .models import (
    AdjustmentRequest,
    Agency,
    CaseEvent,
    CollectionTerms,
    DefaultCase,
    Deferral,
    Dispute,
    FeePolicy,
    Hold,
    Incident,
    NegotiationTerms,
    PaymentPlan,
    SettlementOffer,
)


@admin.register(CollectionTerms)
class CollectionTermsAdmin(SettingsAdmin):
    list_display = ["merchant", "currency", "grace_days", "collection_threshold_minor", "limitation_years"]
    list_display_links = ["merchant", "currency"]
    list_select_related = ["merchant"]


@admin.register(NegotiationTerms)
class NegotiationTermsAdmin(SettingsAdmin):
    list_display = ["merchant", "currency", "discount_percent", "floor_percent", "most_instalments"]
    list_display_links = ["merchant", "currency"]
    list_select_related = ["merchant"]


@admin.register(FeePolicy)
class FeePolicyAdmin(SettingsAdmin):
    list_display = ["merchant", "currency", "annual_bp", "valid_from", "valid_until"]
    list_display_links = ["merchant", "currency"]
    list_select_related = ["merchant"]

    def has_delete_permission(self, request: HttpRequest, obj: FeePolicy | None = None) -> bool:
        """What was charged by it stays explained: it is ended by a date."""
        return False


@admin.register(Agency)
class AgencyAdmin(SettingsAdmin):
    list_display = ["name", "slug", "licence_number", "email", "is_active"]
    list_filter = ["is_active"]

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> forms.Field:
        return super().formfield_for_manytomany(
            db_field, request, **kwargs | {"widget": forms.CheckboxSelectMultiple}
        )

    def has_delete_permission(self, request: HttpRequest, obj: Agency | None = None) -> bool:
        return False


@admin.register(SettlementOffer)
class SettlementOfferAdmin(ReadOnlyAdmin):
    list_display = ["case", "state", "pay_minor", "outstanding_minor", "made_by", "made_at", "expires_at"]
    list_filter = ["state"]
    list_select_related = ["case"]
    search_fields = ["=case__id"]


@admin.register(PaymentPlan)
class PaymentPlanAdmin(ReadOnlyAdmin):
    list_display = ["case", "state", "total_minor", "missed_stage", "made_by", "made_at", "next_check_at"]
    list_filter = ["state"]
    list_select_related = ["case"]
    search_fields = ["=case__id"]


@admin.register(DefaultCase)
class DefaultCaseAdmin(ReadOnlyAdmin):
    list_display = [
        "number",
        "merchant",
        "customer",
        "currency",
        "claimed_minor",
        "state",
        "outcome",
        "opened_at",
    ]
    list_filter = ["state", "outcome", "merchant"]
    list_select_related = ["merchant", "customer"]
    search_fields = ["=customer__reference"]


@admin.register(CaseEvent)
class CaseEventAdmin(ReadOnlyAdmin):
    list_display = ["case", "seq", "kind", "from_state", "to_state", "at", "actor", "reason"]
    list_filter = ["kind"]
    list_select_related = ["case"]
    search_fields = ["=case__id"]
    exclude = ["digest"]


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    list_display = ["customer", "case", "reason", "placed_by", "starts_at", "until", "ended_at"]
    list_filter = ["reason"]
    list_select_related = ["customer", "case"]


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    list_display = [
        "case",
        "reason",
        "state",
        "raised_at",
        "answer_due_on",
        "buyer_information_due_on",
        "statement_due_on",
        "ended_at",
    ]
    list_filter = ["state", "reason"]
    list_select_related = ["case"]
    search_fields = ["=case__id"]


@admin.register(Deferral)
class DeferralAdmin(ReadOnlyAdmin):
    list_display = ["case", "reason", "is_extension", "asked_by", "asked_at", "until"]
    list_filter = ["reason", "is_extension"]
    list_select_related = ["case", "hold"]
    search_fields = ["=case__id"]

    @admin.display(description=_("until"), ordering="hold__until")
    def until(self, deferral: Deferral) -> datetime | None:
        return deferral.hold.until


@admin.register(AdjustmentRequest)
class AdjustmentRequestAdmin(ReadOnlyAdmin):
    list_display = ["case", "state", "asked_at", "decide_by", "decided_at", "accept_by", "ended_at"]
    list_filter = ["state"]
    list_select_related = ["case"]
    search_fields = ["=case__id"]


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    """Its payments and holds are many: `manage.py incident list` counts them."""

    list_display = ["name", "merchant", "state", "starts_at", "ends_at", "opened_by", "opened_at", "ended_at"]
    list_filter = ["state", "merchant"]
    list_select_related = ["merchant"]
    exclude = ["payments", "holds"]
