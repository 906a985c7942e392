"""What every page of the settings shares: who may open it, what may be edited, and that a change is seen and noted."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from common import clock
from common.asking import address_of

from ..models import Merchant
from ..models.staff import Role
from ..services.audit import note
from .difference import Unconfirmed, lines_of, seen_mark, values_of

SEEN = "_seen"


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
    # Rows that are edited on this page with the row itself, by their name at it.
    edited_with: tuple[str, ...] = ()

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

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> models.Model | None:
        found = super().get_object(request, *args, **kwargs)
        if found is not None and request.method == "POST":
            request.settings_before = values_of(found, related=self.edited_with)
        return found

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A change is carried out once to see what it changes, and for good when that was seen."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Unconfirmed as change:
            return self.ask(
                request,
                lines=lines_of(self.model, change.before, change.after),
                mark=seen_mark(change.before),
            )

    def ask(
        self, request: HttpRequest, *, lines: list[dict[str, str]], mark: str = "yes", question: str = ""
    ) -> HttpResponse:
        """The page between asking for a change and making it; what was posted is posted again from there."""
        posted = [(name, value) for name, values in request.POST.lists() for value in values]
        context = {
            **self.admin_site.each_context(request),
            "title": question or _("What will change"),
            "opts": self.model._meta,
            "lines": lines,
            "posted": [pair for pair in posted if pair[0] not in ("csrfmiddlewaretoken", SEEN)],
            "seen": mark,
            "is_action": ACTION_CHECKBOX_NAME in request.POST,
        }
        return TemplateResponse(request, "admin/confirm.html", context)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        self.note(request, "setting_added", obj, after=values_of(obj, related=self.edited_with))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        before, after = request.settings_before, values_of(obj, related=self.edited_with)
        is_seen = getattr(request, "is_seen", False) or request.POST.get(SEEN) == seen_mark(before)
        if before != after and not is_seen:
            raise Unconfirmed(before, after)
        if before != after:
            self.note(request, "setting_changed", obj, before=before, after=after)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: models.QuerySet) -> Any:
        for row in queryset:
            self.note(request, "setting_deleted", row, before=values_of(row, related=self.edited_with))
        return super().log_deletions(request, queryset)

    def note(
        self, request: HttpRequest, kind: str, row: models.Model, *, before: Any = None, after: Any = None
    ) -> None:
        """The same entry in the audit log as an act on any other page makes."""
        note(
            actor=actor_of(request),
            kind=kind,
            now=clock.now(),
            what=f"{row._meta.label_lower} {row}",
            before=before,
            after=after,
            merchant_id=row.pk if isinstance(row, Merchant) else getattr(row, "merchant_id", None),
            address=address_of(request),
        )


class ReadOnlyAdmin(SettingsAdmin):
    """Money, state and history: to look at. They change through payments, agreements and decisions alone."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def actor_of(request: HttpRequest) -> str:
    return f"staff:{request.user.username}"
