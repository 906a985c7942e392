"""Settings of collection per merchant; cases and their history to look at."""

from django.contrib import admin

from accounts.admin import ReadOnlyAdmin, SettingsAdmin

from .models import CaseEvent, CollectionTerms, DefaultCase, Hold


@admin.register(CollectionTerms)
class CollectionTermsAdmin(SettingsAdmin):
    list_display = ["merchant", "currency", "grace_days", "collection_threshold_minor", "limitation_years"]
    list_display_links = ["merchant", "currency"]
    list_select_related = ["merchant"]


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
