"""The forms of the policy editor. What they take is what the tables take; an error stands at its field."""

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Channel

from ..models import PolicyVersion, Step, Template
from ..rendering import PLACEHOLDERS
from .policy_words import CHANNEL_ORDERS, FIELDS, STEP_CLASSES

MOST_DAYS = 365
LONGEST_BODY = 5000


class SettingsForm(forms.Form):
    end_decision = forms.ChoiceField(label=FIELDS["end_decision"], choices=PolicyVersion.EndDecision.choices)
    end_after_days = forms.IntegerField(label=FIELDS["end_after_days"], min_value=0, max_value=MOST_DAYS)
    holdout_percent = forms.IntegerField(
        label=FIELDS["holdout_percent"],
        min_value=0,
        max_value=100,
        help_text=_("Of a hundred cases so many get no message, to measure what messages bring."),
    )


class StepForm(forms.Form):
    after_days = forms.IntegerField(label=FIELDS["after_days"], min_value=0, max_value=MOST_DAYS)
    contact_class = forms.ChoiceField(
        label=FIELDS["contact_class"],
        choices=STEP_CLASSES,
        help_text=_("It decides which contact rules bind the step."),
    )
    channels = forms.ChoiceField(label=FIELDS["channels"], choices=CHANNEL_ORDERS)

    def values(self) -> dict:
        """As the table of steps takes them."""
        data = {name: self.cleaned_data[name] for name in ("after_days", "contact_class")}
        return data | {"channels": self.cleaned_data["channels"].split(",")}


class NewStepForm(StepForm):
    key = forms.SlugField(
        label=_("Key"), max_length=40, help_text=_("Latin letters, digits and hyphens: last-notice.")
    )
    template_key = forms.ChoiceField(label=_("Begin with the texts of"))

    field_order = ["key", "after_days", "contact_class", "channels", "template_key"]

    def __init__(self, *args, templates: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template_key"].choices = [(key, key) for key in templates]

    def values(self) -> dict:
        names = ("key", "template_key")
        return super().values() | {name: self.cleaned_data[name] for name in names}


class TextForm(forms.Form):
    subject = forms.CharField(label=_("Subject"), max_length=200, required=False)
    body = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=format_lazy(
            "{} {}", _("It may use:"), " ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
        ),
    )

    def __init__(self, *args, channel: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if channel == Channel.EMAIL:
            self.fields["subject"].required = True
        else:
            del self.fields["subject"]

    def clean_body(self) -> str:
        return self.cleaned_data["body"].replace("\r\n", "\n")


def settings_of(version: PolicyVersion) -> dict:
    return {name: getattr(version, name) for name in SettingsForm.base_fields}


def step_values(step: Step) -> dict:
    channels = ",".join(step.channels)
    return {"after_days": step.after_days, "contact_class": step.contact_class, "channels": channels}


def text_values(text: Template | None) -> dict:
    return {"subject": text.subject, "body": text.body} if text else {}
