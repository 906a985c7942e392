"""Settings of what we say: policies, texts, holidays, channels, suppressions; messages and decisions to look at."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import ReadOnlyAdmin, SettingsAdmin
from accounts.models import Channel
from accounts.services.contacts import fingerprint_of

from .correspondence import values_of
from .models import (
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
from .rendering import unknown_placeholders
from .services.policies import NotADraft, make_live

CLASS_NAMES = [
    ("I", _("Information")),
    ("D", _("Reminder")),
    ("O", _("Offer")),
    ("N", _("Notice")),
    ("T", _("Receipt")),
]


@admin.register(DunningPolicy)
class DunningPolicyAdmin(SettingsAdmin):
    list_display = ["name", "slug", "merchant", "paused_at"]
    list_select_related = ["merchant"]

    def has_delete_permission(self, request: HttpRequest, obj: DunningPolicy | None = None) -> bool:
        return False


class StepForm(forms.ModelForm):
    channels = forms.MultipleChoiceField(
        label=_("channels, best first"), choices=Channel, widget=forms.CheckboxSelectMultiple
    )
    contact_class = forms.ChoiceField(label=_("contact class"), choices=CLASS_NAMES)

    class Meta:
        model = Step
        fields = ["position", "key", "after_days", "contact_class", "channels", "template_key"]


class StepInline(admin.TabularInline):
    model = Step
    form = StepForm
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        return _is_draft(obj)

    has_change_permission = has_delete_permission = has_add_permission


def _is_draft(version: PolicyVersion | None) -> bool:
    return version is None or version.state == PolicyVersion.State.DRAFT


@admin.register(PolicyVersion)
class PolicyVersionAdmin(SettingsAdmin):
    list_display = [
        "__str__",
        "state",
        "end_decision",
        "end_after_days",
        "holdout_percent",
        "reason",
        "created_at",
    ]
    list_filter = ["state", "policy"]
    list_select_related = ["policy"]
    fields = [
        "policy",
        "number",
        "state",
        "end_decision",
        "end_after_days",
        "holdout_percent",
        "reason",
        "created_at",
    ]
    readonly_fields = ["state", "created_at"]
    inlines = [StepInline]
    edited_with = ("steps",)
    actions = ["put_in_force"]

    def has_change_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        return _is_draft(obj) and self._is_allowed(request)

    def has_delete_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        return obj is not None and _is_draft(obj) and self._is_allowed(request)

    @admin.action(description=_("Put the selected draft in force"))
    def put_in_force(self, request: HttpRequest, versions: models.QuerySet[PolicyVersion]) -> None:
        for version in versions:
            before = {"state": version.state}
            try:
                with transaction.atomic():
                    make_live(version_id=version.pk)
                    self.note(request, "setting_changed", version, before=before, after={"state": "live"})
            except NotADraft:
                messages.error(request, _("%s is no draft with steps; it stays as it is.") % version)
            else:
                messages.success(
                    request, _("%s is in force. Cases that had a message keep their version.") % version
                )


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
