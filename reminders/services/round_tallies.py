"""What the automatic rounds decided today, counted as they go: one statement a chunk."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import msgspec
from django.db import connection

from accounts.models import Merchant

from ..decision import Decision

# In one order, so that two planners wait for each other and never both.
_ADD = """
INSERT INTO reminders_roundtally AS t (merchant_id, "on", kind, reason, number)
SELECT r.merchant_id, (%(now)s AT TIME ZONE m.time_zone)::date, r.kind, r.reason, r.number
  FROM jsonb_to_recordset(%(rows)s) AS r (merchant_id bigint, kind text, reason text, number int)
  JOIN accounts_merchant m ON m.id = r.merchant_id
 ORDER BY 1, 2, 3, 4
    ON CONFLICT (merchant_id, "on", kind, reason) DO UPDATE SET number = t.number + excluded.number
"""
_TODAY = """
SELECT t.kind, t.reason, sum(t.number) FROM reminders_roundtally t JOIN accounts_merchant m ON m.id = t.merchant_id
 WHERE t.merchant_id = ANY(%(merchants)s) AND t."on" = (%(now)s AT TIME ZONE m.time_zone)::date
 GROUP BY 1, 2
"""


def tally(decided: Iterable[tuple[int, Decision]], *, now: datetime) -> None:
    """Add decisions by merchant. The last statement of its transaction: it waits for whoever counts the same."""
    counts = Counter(
        (merchant_id, one.kind, (one.rule_id or one.reason) if one.kind == "wait" else "")
        for merchant_id, one in decided
    )
    if not counts:
        return
    rows = [
        {"merchant_id": merchant_id, "kind": kind, "reason": reason, "number": number}
        for (merchant_id, kind, reason), number in counts.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, {"now": now, "rows": msgspec.json.encode(rows).decode()})


def today(merchants: Iterable[Merchant], *, now: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """Decisions of these merchants' day by kind, and waiting ones by rule or reason."""
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(_TODAY, {"now": now, "merchants": [one.pk for one in merchants]})
        for kind, reason, number in cursor.fetchall():
            counts[kind] += int(number)
            if reason:
                reasons[reason] += int(number)
    return dict(counts), dict(reasons)
