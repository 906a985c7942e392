"""The one way into the history of cases: numbered without a gap, each entry sealed to the one before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from ..chain import FIRST, digest
from ..models import CaseEvent

_LAST = """
SELECT c.id, e.seq, e.digest
  FROM unnest(%s::bigint[]) AS c(id)
  CROSS JOIN LATERAL (
       SELECT seq, digest FROM defaults_caseevent WHERE case_id = c.id ORDER BY seq DESC LIMIT 1
       ) e
"""
_VERSIONS = """
UPDATE defaults_defaultcase c SET version = v.seq
  FROM unnest(%s::bigint[], %s::int[]) AS v(id, seq) WHERE c.id = v.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What happened to a case: who, what, why. `data` holds texts, whole numbers, booleans, lists; no personal data."""

    case_id: int
    kind: str
    at: datetime
    actor: str
    from_state: str = ""
    to_state: str = ""
    reason: str = ""
    data: Mapping[str, object] = field(default_factory=dict)


def append(entries: Sequence[Entry]) -> dict[int, int]:
    """Write the entries in the order given; three queries for any number. Answers each case's version: its last number.

    The caller holds the rows of these cases locked, in a transaction.
    """
    if not entries:
        return {}
    ends = _last_places({entry.case_id for entry in entries})
    rows = []
    for entry in entries:
        seq, previous = ends.get(entry.case_id, (0, FIRST))
        fields = {name: getattr(entry, name) for name in Entry.__slots__}
        sealed = digest(previous, seq=seq + 1, **fields)
        ends[entry.case_id] = seq + 1, sealed
        rows.append(CaseEvent(seq=seq + 1, digest=sealed, **fields))
    CaseEvent.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [list(ends), [seq for seq, _ in ends.values()]])
    return {case_id: seq for case_id, (seq, _) in ends.items()}


def _last_places(case_ids: set[int]) -> dict[int, tuple[int, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [sorted(case_ids)])
        return {case_id: (seq, bytes(sealed)) for case_id, seq, sealed in cursor.fetchall()}
