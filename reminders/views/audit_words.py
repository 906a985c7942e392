"""The audit log in words: who did or saw what, why, from where, and what it was before."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AuditEvent
from accounts.views.wording import ago, amount, moment
from defaults.models import CaseEvent, Hold
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
HOLDS = dict(Hold.Reason.choices)
# Of the data of an entry: numbers of rows, which say nothing to people.
_SILENT = frozenset(
    ["adjustment", "approval", "deferral", "dispute", "event", "hold", "incident", "link", "message", "offer", "parts",
     "payments", "placement", "plan", "promise", "records", "refund", "version", "was"]
)  # fmt: skip


def kinds() -> list[tuple[str, str]]:
    """What the list can be narrowed to, by name in the language in force."""
    return sorted(((key, str(word)) for key, word in (EVENTS | NOTED).items()), key=lambda one: one[1])


def line_of(entry: CaseEvent | AuditEvent, *, names: Mapping[int, str], now: datetime) -> dict:
    """`names`: of the people that entries name by id (`people_in`)."""
    told = _done(entry, names) if isinstance(entry, CaseEvent) else _noted(entry)
    return {
        "ago": ago(entry.at, now=now),
        "moment": moment(entry.at),
        "who": who(entry.actor),
        "reason": HOLDS.get(entry.reason, entry.reason)
        if entry.kind in ("held", "hold_ended")
        else entry.reason,
        **told,
    }


def people_in(entries: Iterable[CaseEvent | AuditEvent]) -> set[int]:
    """Ids of those whom a case was given to or taken from."""
    events = [entry.data for entry in entries if isinstance(entry, CaseEvent) and "assignee" in entry.data]
    return {data[name] for data in events for name in ("assignee", "was") if data.get(name)}


def _done(entry: CaseEvent, names: Mapping[int, str]) -> dict:
    changes = []
    if "assignee" in entry.data:
        before, after = (names.get(entry.data.get(name), "") for name in ("was", "assignee"))
        changes.append((_("Owner"), before, after))
    if entry.to_state and entry.from_state != entry.to_state:
        changes.append((_("State"), _state(entry.from_state), _state(entry.to_state)))
    facts = {name: value for name, value in entry.data.items() if name not in _SILENT and name != "assignee"}
    facts |= {
        name: amount(value, entry.case.currency)
        for name, value in facts.items()
        if name.endswith("_minor") and isinstance(value, int)
    }
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
        (name.removesuffix("_minor").replace("_", " "), _plain(before.get(name)), _plain(after.get(name)))
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
