"""How decisions are written down: the rules asked as JSON, and rows for COPY."""

import io
from collections.abc import Iterable
from datetime import datetime

import msgspec
from django.db import connection

from ..contact_rules import Asked
from ..facts import Verdict

_COLUMNS = (
    "case_id, at, kind, verdict, rule, until, reason, step_key, channel, asked, claimed_minor, policy_version_id,"
    " run_id, waiting_since"
)
_COPY = f"COPY reminders_decision ({_COLUMNS}) FROM STDIN"
MOST_KEPT = 10_000
_NULL = r"\N"
_encode = msgspec.json.Encoder().encode

# A rule without objection always answers with the same object, so its JSON is made once. The object is kept with it: its
# identity is the key.
_allowed: dict[int, tuple[Asked, bytes]] = {}


def asked_json(asked: Iterable[Asked]) -> bytes:
    """[[rule id, version, verdict, until or null, detail, {params}], …], one entry for every rule asked."""
    return (
        b"["
        + b",".join([_allowed[id(one)][1] if id(one) in _allowed else _entry(one) for one in asked])
        + b"]"
    )


def _entry(one: Asked) -> bytes:
    entry = _encode([one.rule_id, one.version, one.verdict, one.until, one.detail, dict(one.params)])
    if one.verdict is Verdict.ALLOW and len(_allowed) < MOST_KEPT:
        _allowed[id(one)] = one, entry
    return entry


def copied(value: object) -> str:
    """One value as COPY's text format wants it; texts must hold codes only, except JSON, which is escaped."""
    if value is None:
        return _NULL
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode().replace("\\", "\\\\")
    return str(value)


def copy_decisions(rows: Iterable[tuple]) -> None:
    """Append decisions; a row holds the values of `_COLUMNS` in order, `asked` as bytes from `asked_json`."""
    text = "\n".join(["\t".join([copied(value) for value in row]) for row in rows])
    with connection.cursor() as cursor:
        cursor.copy_expert(_COPY, io.StringIO(text))
