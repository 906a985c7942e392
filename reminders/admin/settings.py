"""Settings of what we say: policies, texts, holidays, channels, suppressions; messages and decisions to look at."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.admin import ReadOnlyAdmin, SettingsAdmin
from accounts.models import Channel
from accounts.services.contacts import fingerprint_of

from ..correspondence import values_of
from ..models import (
    ChannelSetup,
    Decision,
    DunningPolicy,
    HolidayOverride,
    Message,
    PolicyVersion,
    Run,
    Step,
    Suppression,
    Template,
)
from ..rendering import unknown_placeholders


@admin.register(DunningPolicy)
class DunningPolicyAdmin(SettingsAdmin):
    list_display = ["name", "slug", "merchant", "paused_at"]
    list_select_related = ["merchant"]

    def has_delete_permission(self, request: HttpRequest, obj: DunningPolicy | None = None) -> bool:
        return False


class StepInline(admin.TabularInline):
    model = Step
    fields = ["position", "key", "after_days", "contact_class", "channels", "template_key"]
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        return False

    has_change_permission = has_add_permission


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ReadOnlyAdmin):
    """To look at: versions are made, changed and published in the policy editor."""

    list_display = ["__str__", "state", "end_decision", "end_after_days", "live_at", "published_by", "reason"]
    list_filter = ["state", "policy"]
    list_select_related = ["policy"]
    inlines = [StepInline]

    def view_on_site(self, obj: PolicyVersion) -> str:
        return reverse("policy-version", args=[obj.policy.slug, obj.number])


class TemplateForm(forms.ModelForm):
    channel = forms.ChoiceField(label=_("channel"), choices=Channel)

    class Meta:
        model = Template
        fields = ["merchant", "key", "channel", "language", "subject", "body"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        key = data.get("key", "")
        unknown = unknown_placeholders(data.get("subject", ""), data.get("body", ""), key=key)
        if unknown:
            known = ", ".join(sorted(values_of(key)))
            raise forms.ValidationError(
                _("Unknown: %(unknown)s. A text may use: %(known)s."),
                params={
                    "unknown": ", ".join(unknown),
                    "known": known,
                },
            )
        return data


@admin.register(Template)
class TemplateAdmin(SettingsAdmin):
    """A text that may have been sent is never edited: saving makes the next version."""

    form = TemplateForm
    list_display = ["key", "channel", "language", "version", "merchant", "subject", "created_at"]
    list_filter = ["channel", "language", "merchant"]
    list_select_related = ["merchant"]
    ordering = ["key", "channel", "language", "-version"]

    def has_change_permission(self, request: HttpRequest, obj: Template | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Template | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Template, form: TemplateForm, change: bool) -> None:  # noqa: FBT001
        same = Template.objects.filter(
            merchant=obj.merchant, key=obj.key, channel=obj.channel, language=obj.language
        )
        obj.version = (same.aggregate(last=models.Max("version"))["last"] or 0) + 1
        super().save_model(request, obj, form, change)


@admin.register(HolidayOverride)
class HolidayOverrideAdmin(SettingsAdmin):
    list_display = ["on", "jurisdiction", "change", "source"]
    list_filter = ["jurisdiction"]
    ordering = ["-on"]


@admin.register(ChannelSetup)
class ChannelSetupAdmin(SettingsAdmin):
    list_display = ["channel", "adapter", "url", "memory", "paused_at"]


class SuppressionForm(forms.ModelForm):
    address = forms.CharField(
        label=_("address"), max_length=320, help_text=_("Only its keyed fingerprint is kept.")
    )

    class Meta:
        model = Suppression
        fields = ["channel", "address", "reason"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("channel") and data.get("address"):
            self.instance.fingerprint = fingerprint_of(data["channel"], data["address"])
            if Suppression.objects.filter(
                channel=data["channel"], fingerprint=self.instance.fingerprint
            ).exists():
                raise forms.ValidationError(_("This address is suppressed already."))
        return data


@admin.register(Suppression)
class SuppressionAdmin(SettingsAdmin):
    form = SuppressionForm
    list_display = ["id", "channel", "reason", "created_at"]
    list_filter = ["channel", "reason"]

    def has_change_permission(self, request: HttpRequest, obj: Suppression | None = None) -> bool:
        return False


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["id", "case", "step_key", "channel", "state", "state_reason", "due_at", "contacted_at"]
    list_filter = ["state", "channel"]
    list_select_related = ["case"]
    exclude = ["body", "sent_to", "key", "token", "lease_until"]


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ["id", "case", "at", "kind", "verdict", "rule", "reason", "until", "at_gate"]
    list_filter = ["verdict", "kind"]
    list_select_related = ["case"]


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = [
        "id",
        "merchant",
        "as_of",
        "is_dry",
        "state",
        "considered",
        "total",
        "asked_by",
        "started_at",
        "ended_at",
    ]
    list_filter = ["state"]
    list_select_related = ["merchant"]
