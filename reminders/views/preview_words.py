"""The preview of a reminder in words: what arrives, and what the contact rules would do."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Channel
from accounts.views.wording import short_moment
from defaults.models import DefaultCase

from ..facts import Verdict
from ..models import ChannelSetup
from ..models.channel import RECALL_SECONDS
from ..services.explain import explain_decision, explain_ruling
from ..services.preview import Preview, preview

LANGUAGES = {"en": gettext_lazy("English"), "ko": gettext_lazy("Korean")}


def preview_context(case: DefaultCase, *, now: datetime, channel: str, language: str) -> dict:
    """For the template; `leaves`: whether asking for it now would bring it on its way."""
    if case.is_closed:
        return {
            "leaves": False,
            "outcome": _("The case is closed. Nothing more is sent about it."),
            "colour": "grey",
        }
    shown = preview(case, now=now, channel=channel, language=language)
    if not isinstance(shown, Preview):
        return {"leaves": False, "outcome": explain_decision(shown)["sentence"], "colour": "grey"}
    outcome, colour = _outcome(shown, now=now)
    return {
        "leaves": bool(shown.leaves_by),
        "outcome": outcome,
        "colour": colour,
        "preview": shown,
        "channels": [(name, Channel(name).label, name == shown.channel) for name in shown.channels],
        "languages": [(name, LANGUAGES.get(name, name), name == shown.language) for name in shown.languages],
    }


def _outcome(shown: Preview, *, now: datetime) -> tuple[str, str]:
    ruling = explain_ruling(shown.ruling)
    why = ": ".join(filter(None, (ruling["title"], ruling["detail"])))
    if shown.ruling.verdict is Verdict.DEFER:
        until = _clock(shown.ruling.until, now=now)
        return _("Would wait until %(until)s. %(why)s") % {"until": until, "why": why}, "amber"
    if shown.ruling.verdict is not Verdict.ALLOW:
        return _("Blocked. %s") % why, "red"
    if shown.decision.kind != "send":
        return explain_decision(shown.decision)["sentence"], "amber"
    if shown.channel != shown.leaves_by:
        told = {"channel": Channel(shown.leaves_by).label}
        return _("Allowed, but the policy sends it by %(channel)s.") % told, "grey"
    return _("Every rule allows it. It leaves %d seconds after you confirm.") % _recall(
        shown.channel
    ), "green"


def _clock(at: datetime, *, now: datetime) -> str:
    """08:00 today, else with its day."""
    local = timezone.localtime(at)
    return f"{local:%H:%M}" if local.date() == timezone.localtime(now).date() else short_moment(at, now=now)


def _recall(channel: str) -> int:
    seconds = ChannelSetup.objects.filter(channel=channel).values_list("recall_seconds", flat=True).first()
    return RECALL_SECONDS if seconds is None else seconds
