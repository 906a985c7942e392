"""Policies in words: steps, settings, and what has changed between two versions, texts line by line."""

import difflib
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Channel

from ..correspondence import SOFT
from ..facts import ContactClass
from ..models import PolicyVersion
from ..services.policy_diff import Change
from .wording import CLASSES

LANGUAGES = {"ko": "한국어", "en": "English"}
# Those a step of the ladder may have.
STEP_CLASSES = [
    (one.value, CLASSES[one])
    for one in (ContactClass.INFO, ContactClass.DEMAND, ContactClass.OFFER, ContactClass.NOTICE)
]
CHANNEL_ORDERS = [
    ("email,sms", gettext_lazy("by e-mail, else by text message")),
    ("sms,email", gettext_lazy("by text message, else by e-mail")),
    ("email", gettext_lazy("by e-mail only")),
    ("sms", gettext_lazy("by text message only")),
]
FIELDS = {
    "end_decision": gettext_lazy("End decision"),
    "end_after_days": gettext_lazy("Days from the last step to the end decision"),
    "holdout_percent": gettext_lazy("Left alone to measure (percent)"),
    "after_days": gettext_lazy("Days after the step before"),
    "contact_class": gettext_lazy("Kind of contact"),
    "channels": gettext_lazy("Channels, best first"),
}


def channels_word(channels: Iterable[str]) -> str:
    order = ",".join(channels)
    return str(dict(CHANNEL_ORDERS).get(order) or order)


def class_word(contact_class: str) -> str:
    return str(CLASSES[ContactClass(contact_class)])


def when_word(after_days: int, *, is_first: bool) -> str:
    if is_first and after_days == 0:
        return _("as soon as the case opens")
    if is_first:
        return (
            ngettext("%d day after the case opens", "%d days after the case opens", after_days) % after_days
        )
    if after_days == 0:
        return _("on the day of the step before")
    return ngettext("%d day after the step before", "%d days after the step before", after_days) % after_days


def text_word(variant: str, channel: str, language: str) -> str:
    word = f"{Channel(channel).label}, {LANGUAGES.get(language, language)}"
    return _("%s (after hardship)") % word if variant == SOFT else word


def change_lines(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """[{"step", "title", "colour", "lines": [(sign, words)]}]; `lines` of a text: its lines, gone (−), new (+) and kept."""
    return [_WORDS[change.kind](change) for change in changes]


def _setting(change: Change) -> dict[str, Any]:
    return _line("", _from_to(change), "amber")


def _step_field(change: Change) -> dict[str, Any]:
    return _line(change.step, _from_to(change), "amber")


def _added(change: Change) -> dict[str, Any]:
    return _line(change.step, _("Step added: %s") % _step_words(change.now), "green")


def _removed(change: Change) -> dict[str, Any]:
    return _line(change.step, _("Step removed: %s") % _step_words(change.was), "red")


def _moved(change: Change) -> dict[str, Any]:
    return _line(
        change.step,
        _("Moved from place %(was)d to %(now)d") % {"was": change.was, "now": change.now},
        "amber",
    )


def _text(change: Change) -> dict[str, Any]:
    place = text_word(*change.field.split("/"))
    title = (
        _("Text: %s") % place
        if change.was and change.now
        else (_("Text added: %s") % place if change.now else _("Text gone: %s") % place)
    )
    return _line(change.step, title, "amber") | {"lines": _compared(change.was, change.now)}


def _line(step: str, title: str, colour: str) -> dict[str, Any]:
    return {"step": step, "title": title, "colour": colour, "lines": []}


def _from_to(change: Change) -> str:
    words = {
        "field": FIELDS[change.field],
        "was": _value(change.field, change.was),
        "now": _value(change.field, change.now),
    }
    return _("%(field)s: %(was)s → %(now)s") % words


def _value(field: str, value: Any) -> str:
    if field == "end_decision":
        return str(PolicyVersion.EndDecision(value).label)
    if field == "contact_class":
        return class_word(value)
    if field == "channels":
        return channels_word(value)
    return str(value)


def _step_words(step: dict[str, Any]) -> str:
    days = ngettext("%d day", "%d days", step["after_days"]) % step["after_days"]
    return ", ".join((days, class_word(step["contact_class"]), channels_word(step["channels"])))


def _compared(was: list[str] | None, now: list[str] | None) -> list[tuple[str, str]]:
    before, after = _lines_of(was), _lines_of(now)
    found = []
    for line in difflib.ndiff(before, after):
        sign, words = line[0], line[2:]
        if sign != "?":
            found.append(({"-": "−", "+": "+"}.get(sign, ""), words))
    return found


def _lines_of(text: list[str] | None) -> list[str]:
    if text is None:
        return []
    subject, body = text
    return [*([subject] if subject else []), *body.splitlines()]


_WORDS = {
    "setting": _setting,
    "step_field": _step_field,
    "step_added": _added,
    "step_removed": _removed,
    "step_moved": _moved,
    "text": _text,
}
