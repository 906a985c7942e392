"""How one entry of a case's history is sealed to the entry before it. Pure; the database has the same formula.

The canonical text is the JSON array of the entry's fields as PostgreSQL prints a jsonb value: `, ` and `: ` between,
keys by length and then by bytes, nothing escaped that need not be. Numbers in `data` are whole.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

FIRST = b""


def canonical(
    *,
    case_id: int,
    seq: int,
    kind: str,
    from_state: str,
    to_state: str,
    at: datetime,
    actor: str,
    reason: str,
    data: Mapping[str, object],
) -> str:
    """The text that is hashed; `at` in UTC to the microsecond."""
    instant = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fields = [case_id, seq, kind, from_state, to_state, instant, actor, reason, _sorted(data)]
    return json.dumps(fields, ensure_ascii=False)


def digest(previous: bytes, **fields) -> bytes:
    """SHA-256 over the digest before (empty for the first entry) and the canonical text of the fields."""
    return hashlib.sha256(previous + canonical(**fields).encode()).digest()


def _sorted(value: object) -> object:
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return {key: _sorted(value[key]) for key in keys}
    if isinstance(value, list | tuple):
        return [_sorted(each) for each in value]
    return value
