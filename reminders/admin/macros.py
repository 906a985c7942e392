"""Settings: several acts under one name."""

import json
from typing import Any

import msgspec
from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin import SettingsAdmin

from ..models import Macro
from ..services.act_args import Unfit
from ..services.macros import MOST_STEPS, check_steps

EXAMPLE = [
    {"action": "note", "args": {"text": "…"}},
    {"action": "promise", "args": {"on": {"in_days": 7}}},
]


class MacroForm(forms.ModelForm):
    class Meta:
        model = Macro
        fields = ["name", "merchant", "steps", "is_active"]
        help_texts = {
            "steps": _("The acts in their order, as the interface for many cases takes them, such as: %s")
            % json.dumps(EXAMPLE, ensure_ascii=False)
        }

    def clean_steps(self) -> list[dict[str, Any]]:
        steps = self.cleaned_data["steps"]
        try:
            check_steps(steps)
        except (msgspec.ValidationError, Unfit, KeyError, TypeError, ValueError) as problem:
            raise forms.ValidationError(
                _("One to %(most)d acts that can be done to many cases: %(problem)s"),
                params={"most": MOST_STEPS, "problem": str(problem)},
            ) from problem
        return steps


@admin.register(Macro)
class MacroAdmin(SettingsAdmin):
    form = MacroForm
    list_display = ["name", "merchant", "is_active"]
    list_filter = ["merchant", "is_active"]
    list_select_related = ["merchant"]
