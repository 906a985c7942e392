"""What every page of the settings shares: who may open it, and what may be edited."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from ..models.staff import Role


class LocalDateTimeInput(forms.DateTimeInput):
    """The browser's own field, one instead of Django's unlabelled pair."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class SettingsAdmin(admin.ModelAdmin):
    """Configuration: for administrators only, whatever single permissions a person has."""

    formfield_overrides = {
        models.DateTimeField: {"form_class": forms.DateTimeField, "widget": LocalDateTimeInput}
    }
    list_per_page = 50
    show_full_result_count = False
    filled_in = frozenset({"created_at", "feed_seen_at", "state"})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What the database fills in does not stand in an empty form."""
        return [name for name in self.readonly_fields if obj is not None or name not in self.filled_in]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [
            name for name in super().get_fields(request, obj) if obj is not None or name not in self.filled_in
        ]

    def _is_allowed(self, request: HttpRequest) -> bool:
        user = request.user
        return user.is_active and user.is_staff and (user.is_superuser or user.role == Role.ADMIN)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._is_allowed(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_allowed(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._is_allowed(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_allowed(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_allowed(request)


class ReadOnlyAdmin(SettingsAdmin):
    """Money, state and history: to look at. They change through payments, agreements and decisions alone."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
