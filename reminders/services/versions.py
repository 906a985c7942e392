"""Policy versions from their rows, and the arm of a case."""

import hashlib
from collections.abc import Iterable

from django.db import connection

from ..facts import ContactClass
from ..policy import DEFAULT_LADDER, PolicyVersion, Step

TREATED = "treated"
HOLDOUT = "holdout"

_VERSIONS = """
SELECT v.id, v.number, v.end_decision, v.end_after_days, v.holdout_percent,
       s.key, s.position, s.after_days, s.contact_class, s.channels, s.template_key
  FROM reminders_policyversion v LEFT JOIN reminders_step s ON s.version_id = v.id
 WHERE v.id = ANY(%s)
 ORDER BY v.id, s.position
"""


def load_policies(version_ids: Iterable[int]) -> dict[int, PolicyVersion]:
    """One query. What a contact costs is the product's own table for every policy."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [list(version_ids)])
        rows = cursor.fetchall()
    heads = {row[0]: row[1:5] for row in rows}
    return {
        version_id: PolicyVersion(
            id=version_id,
            number=number,
            steps=tuple(_step(row[5:]) for row in rows if row[0] == version_id and row[5] is not None),
            end_decision=end_decision,
            end_after_days=end_after_days,
            holdout_percent=holdout_percent,
            cost_minor=DEFAULT_LADDER.cost_minor,
        )
        for version_id, (number, end_decision, end_after_days, holdout_percent) in heads.items()
    }


def arm_of(case_id: int, holdout_percent: int) -> str:
    """Drawn once for ever: the number of the case decides, so nobody can draw again."""
    if not holdout_percent:
        return TREATED
    drawn = int.from_bytes(hashlib.sha256(f"arm|{case_id}".encode()).digest()[:4]) % 100
    return HOLDOUT if drawn < holdout_percent else TREATED


def _step(row: tuple) -> Step:
    key, position, after_days, contact_class, channels, template_key = row
    return Step(key, position, after_days, ContactClass(contact_class), tuple(channels), template_key)
