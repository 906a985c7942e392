"""One version of a policy: its steps, what each says to a real customer, and what the contact rules would do."""

from collections.abc import Container, Iterable
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Channel
from accounts.views.wording import moment
from common import clock
from defaults.case_states import CaseState
from defaults.models import DefaultCase
from defaults.models.case import id_of

from ..correspondence import SOFT
from ..facts import Verdict
from ..models import PolicyVersion, Step, Template
from ..services.explain import explain_decision
from ..services.policy_preview import Preview, preview_step
from ..services.policy_shape import in_force
from .policies import STATES
from .policy_address import Asked
from .policy_common import may_edit, visible_version
from .policy_forms import NewStepForm, SettingsForm, StepForm, TextForm, settings_of, step_values, text_values
from .policy_words import LANGUAGES, channels_word, class_word, text_word, when_word
from .wording import who

PROBLEMS = {
    "no open payment": gettext_lazy("Nothing of the case is open and undisputed: there is nothing to say."),
}


@login_required
@never_cache
@require_safe
def version_page(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    asked = Asked.read(request.GET)
    return show_version(request, visible_version(request, slug, number), asked)


def show_version(
    request: HttpRequest,
    version: PolicyVersion,
    asked: Asked,
    *,
    bound: forms.Form | None = None,
    error: str = "",
    since: list[dict] = (),
    status: int = 200,
) -> HttpResponse:
    """The page. `bound`: a form that was refused, shown with what was typed; `since`: what others changed meanwhile."""
    steps = list(version.steps.order_by("position"))
    step = next((one for one in steps if one.key == asked.step), steps[0] if steps else None)
    asked = replace(asked, step=step.key if step else "")
    if step is not None and asked.channel not in step.channels:
        asked = replace(asked, channel=step.channels[0])
    is_draft = version.state == PolicyVersion.State.DRAFT
    can_edit = is_draft and may_edit(request.user, version.policy)
    live = version.policy.versions.filter(state=PolicyVersion.State.LIVE).first()
    context = {
        "current": "policies",
        "policy": version.policy,
        "version": version,
        "colour": STATES[PolicyVersion.State(version.state)],
        "made_by": who(version.made_by) if version.made_by else "",
        "published_by": who(version.published_by) if version.published_by else "",
        "live": live if live != version else None,
        "steps": [_step_line(one, asked, is_first=place == 0) for place, one in enumerate(steps)],
        "step": step and _step_line(step, asked, is_first=step == steps[0]),
        "asked": asked,
        "can_edit": can_edit,
        "request_open": version.publish_requests.filter(state="asked").first() if is_draft else None,
        "error": error,
        "since": since,
        "end": version.get_end_decision_display(),
    }
    context |= _text_context(version, step, asked) | _preview_context(request, version, step, asked)
    if can_edit:
        context |= _forms(version, step, context["text"], asked, bound=bound)
    return render(request, "reminders/policy_version.html", context, status=status)


def _step_line(step: Step, asked: Asked, *, is_first: bool) -> dict[str, Any]:
    return {
        "key": step.key,
        "position": step.position,
        "when": when_word(step.after_days, is_first=is_first),
        "kind": class_word(step.contact_class),
        "channels": channels_word(step.channels),
        "is_current": step.key == asked.step,
        "address": asked.address(step=step.key),
    }


def _text_context(version: PolicyVersion, step: Step | None, asked: Asked) -> dict[str, Any]:
    """The texts of the step there are, and the one that is chosen."""
    if step is None:
        return {"text": None, "tabs": []}
    keys = [step.template_key, step.template_key + SOFT]
    found: dict[tuple[str, str, str], Template] = {}
    for one in in_force(keys, merchant_id=version.policy.merchant_id):
        found[SOFT if one.key.endswith(SOFT) else "", one.channel, one.language] = one
    variants = [("", _("As ever"))] + (
        [(SOFT, _("After hardship"))] if any(place[0] for place in found) else []
    )
    channels = [(one, str(Channel(one).label)) for one in step.channels]
    tabs = [
        (_("Channel"), _tabs(asked, "channel", channels, found)),
        (_("Language"), _tabs(asked, "language", LANGUAGES.items(), found)),
        (_("Occasion"), _tabs(asked, "variant", variants, found)),
    ]
    chosen = (asked.variant, asked.channel, asked.language)
    return {"text": found.get(chosen), "tabs": tabs, "text_name": text_word(*chosen)}


def _tabs(
    asked: Asked, field: str, choices: Iterable[tuple[str, str]], found: Container[tuple[str, str, str]]
) -> list[dict[str, Any]]:
    tabs = []
    for value, name in choices:
        there = replace(asked, **{field: value})
        tabs.append(
            {
                "name": name,
                "address": there.address(),
                "is_current": there == asked,
                "is_missing": (there.variant, there.channel, there.language) not in found,
            }
        )
    return tabs


def _preview_context(
    request: HttpRequest, version: PolicyVersion, step: Step | None, asked: Asked
) -> dict[str, Any]:
    now, case = clock.now(), _case(request, version, asked.case)
    if case is None or step is None:
        return {"case": None, "case_missing": bool(asked.case)}
    shown = preview_step(
        case_id=case.pk,
        version_id=version.pk,
        step_key=step.key,
        channel=asked.channel,
        language=asked.language,
        is_spared=asked.variant == SOFT,
        now=now,
    )
    return {"case": case, "case_missing": False, "preview": shown and _preview(shown)}


def _case(request: HttpRequest, version: PolicyVersion, number: str) -> DefaultCase | None:
    """The case of that number, or the latest open one; of a merchant of the policy that the viewer may see."""
    cases = DefaultCase.objects.filter(merchant__in=request.user.visible_merchants())
    if version.policy.merchant_id is not None:
        cases = cases.filter(merchant=version.policy.merchant_id)
    cases = cases.select_related("customer", "merchant")
    if number:
        return cases.filter(pk=id_of(number) or 0).first()
    return cases.filter(state=CaseState.OPEN).order_by("-pk").first()


def _preview(shown: Preview) -> dict[str, Any]:
    told = explain_decision(shown.step)
    rules = [rule | {"until": moment(rule["until"]) if rule["until"] else ""} for rule in told["rules"]]
    return {
        "text": shown.text,
        "problem": str(PROBLEMS.get(shown.problem) or _("There is no text in this language."))
        if shown.problem
        else "",
        "sentence": told["sentence"],
        "allows": shown.step.verdict == Verdict.ALLOW,
        "objections": [rule for rule in rules if rule["verdict"] != Verdict.ALLOW],
        "next": explain_decision(shown.next)["sentence"],
        "has_address": shown.has_address,
    }


def _forms(
    version: PolicyVersion,
    step: Step | None,
    text: Template | None,
    asked: Asked,
    *,
    bound: forms.Form | None,
) -> dict[str, Any]:
    made = {
        "settings_form": SettingsForm(initial=settings_of(version), auto_id="settings-%s"),
        "new_step_form": NewStepForm(templates=template_keys(version), auto_id="new-%s"),
    }
    if step is not None:
        made["step_form"] = StepForm(initial=step_values(step), auto_id="step-%s")
        made["text_form"] = TextForm(channel=asked.channel, initial=text_values(text), auto_id="text-%s")
    names = {
        SettingsForm: "settings_form",
        NewStepForm: "new_step_form",
        StepForm: "step_form",
        TextForm: "text_form",
    }
    if bound is not None:
        made[names[type(bound)]] = bound
    return made


def template_keys(version: PolicyVersion) -> list[str]:
    """The texts a new step may begin with: those that steps of this policy or of the shared one use."""
    used = Step.objects.filter(version__policy__in=[version.policy_id]) | Step.objects.filter(
        version__policy__merchant=None, version__state=PolicyVersion.State.LIVE
    )
    return sorted(set(used.values_list("template_key", flat=True)))
