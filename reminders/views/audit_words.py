"""The audit log in words: who did or saw what, why, from where, and what it was before."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AuditEvent
from accounts.views.wording import ago, moment
from defaults.models import CaseEvent
from defaults.services.chain_check import Checked
from defaults.views.wording import STATES

from .event_words import EVENTS
from .wording import who

NOTED = {
    "detail_shown": gettext_lazy("Saw in clear"),
    "records_joined": EVENTS["records_joined"],
    "records_separated": EVENTS["records_separated"],
    "setting_added": gettext_lazy("Setting added"),
    "setting_changed": gettext_lazy("Setting changed"),
    "setting_deleted": gettext_lazy("Setting deleted"),
    "role_changed": gettext_lazy("Role changed"),
    "exported": gettext_lazy("List exported"),
    "policy_published": gettext_lazy("Policy published"),
}
DETAILS = {
    "email": gettext_lazy("e-mail address"),
    "sms": gettext_lazy("phone number"),
    "birth_date": gettext_lazy("date of birth"),
}
# Of the data of an entry: what only the machine reads.
_SILENT = frozenset({"was", "parts", "payments", "version"})


def kinds() -> list[tuple[str, str]]:
    """What the list can be narrowed to, by name in the language in force."""
    return sorted(((key, str(word)) for key, word in (EVENTS | NOTED).items()), key=lambda one: one[1])


def line_of(entry: CaseEvent | AuditEvent, *, now: datetime) -> dict:
    told = _done(entry) if isinstance(entry, CaseEvent) else _noted(entry)
    return {
        "ago": ago(entry.at, now=now),
        "moment": moment(entry.at),
        "who": who(entry.actor),
        "reason": entry.reason,
        **told,
    }


def _done(entry: CaseEvent) -> dict:
    changes = []
    if entry.to_state and entry.from_state != entry.to_state:
        changes.append((_("State"), _state(entry.from_state), _state(entry.to_state)))
    facts = {name: value for name, value in entry.data.items() if name not in _SILENT}
    return {
        "title": EVENTS.get(entry.kind, entry.kind.replace("_", " ")),
        "what": "",
        "case": entry.case,
        "customer": entry.case.customer,
        "merchant": entry.case.merchant,
        "address": "",
        "changes": changes + _changes({}, facts),
        "place": entry.seq,
    }


def _noted(entry: AuditEvent) -> dict:
    return {
        "title": NOTED.get(entry.kind, entry.kind.replace("_", " ")),
        "what": _what(entry.what),
        "case": None,
        "customer": entry.customer,
        "merchant": entry.merchant,
        "address": entry.address or "",
        "changes": _changes(entry.before, entry.after),
        "place": 0,
    }


def _what(text: str) -> str:
    if text.startswith("recipient "):
        return _("recipient of %s") % text.removeprefix("recipient ")
    return str(DETAILS.get(text, text))


def _changes(before: Mapping, after: Mapping) -> list[tuple[str, str, str]]:
    """(field, before, after), field by field."""
    names = [*before, *(name for name in after if name not in before)]
    return [
        (name.replace("_", " "), _plain(before.get(name)), _plain(after.get(name)))
        for name in names
        if before.get(name) not in (None, "", []) or after.get(name) not in (None, "", [])
    ]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return "; ".join(_plain(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_plain(one)}" for name, one in value.items())
    return "" if value is None else str(value)


def _state(state: str) -> str:
    return str(STATES[state][0]) if state in STATES else ""


def verdict_of(checked: Checked) -> dict:
    """What checking the seals of a history found, as a sentence with its colour."""
    if checked.broken_at is None:
        words = _("All %d entries stand as they were written: each carries the seal of the one before it.")
        return {"colour": "green", "words": words % checked.entries}
    words = _("Entry %d is missing or is not what was sealed. Tell whoever answers for compliance at once.")
    return {"colour": "red", "words": words % checked.broken_at}
