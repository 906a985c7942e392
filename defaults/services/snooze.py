"""Putting a case away until later, and back on the desk. It concerns the attention of staff alone: nothing is sent, stopped
or decided by it, and no fact about the debt changes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from ..models import DefaultCase, Snooze
from .acts import Refused
from .history import Entry, append

LONGEST = timedelta(days=366)
# What the customer says or does, whoever wrote it down; what staff do wakes nothing.
ANSWERS = (
    "adjustment_accepted",
    "adjustment_requested",
    "claimed_paid",
    "contact_resumed",
    "contact_stopped",
    "deferral_noted",
    "disputed",
    "instalment_paid",
    "money_received",
    "offer_accepted",
    "offer_declined",
    "offer_paid",
    "plan_completed",
    "plan_made",
    "preferences_set",
    "promise_kept",
    "promised",
    "statement_asked",
)
# Money told by the merchant shows as a claim that fell. What needs a person wakes by either rule: a duty is not slept through.
_DUE = """
SELECT s.id, s.case_id, coalesce(e.kind, '')
  FROM defaults_snooze s
  JOIN defaults_defaultcase c ON c.id = s.case_id
  LEFT JOIN LATERAL (
       SELECT kind FROM defaults_caseevent
        WHERE case_id = s.case_id AND seq > s.version AND actor NOT LIKE 'staff:%%'
          AND (kind = 'sent_to_review'
               OR s.wakes = 'answer'
                  AND (kind = ANY(%(answers)s)
                       OR kind = 'claim_changed' AND reason = 'payment events'
                          AND (data ->> 'claimed_minor')::bigint < (data ->> 'was_minor')::bigint))
        ORDER BY seq LIMIT 1
       ) e ON true
 WHERE s.ended_at IS NULL AND c.state <> 'closed' AND (s.until <= %(now)s OR e.kind IS NOT NULL)
 ORDER BY s.id LIMIT %(limit)s
   FOR NO KEY UPDATE OF c SKIP LOCKED
"""
_END = """
UPDATE defaults_snooze SET ended_at = least(%(now)s, until), ended_by = 'system'
 WHERE id = ANY(%(ids)s) AND ended_at IS NULL
RETURNING id
"""


def snooze(
    case: DefaultCase, *, until: datetime, now: datetime, actor: str, wakes: str = "answer", note: str = ""
) -> Snooze:
    """Put this case away until then; one that is put away already, until the new time. `wakes` is one of Snooze.Wakes.

    The case is held by `desk.at_version`. Raises Refused: case_closed, end_in_the_past, snooze_too_long.
    """
    if case.is_closed:
        raise Refused("case_closed", "The case is closed. There is nothing to snooze.")
    if until <= now:
        raise Refused("end_in_the_past", "A snooze ends in the future.")
    if until > now + LONGEST:
        raise Refused("snooze_too_long", "A case is snoozed for a year at most.")
    was = _end_running(case, now=now, actor=actor)
    made = Snooze.objects.create(
        case=case,
        until=until,
        wakes=Snooze.Wakes(wakes),
        note=note,
        version=case.version,
        snoozed_by=actor,
        made_at=now,
    )
    data = {"snooze": made.id, "until": until.isoformat(), "wakes": made.wakes, "was": was.id if was else 0}
    append([Entry(case_id=case.id, kind="snoozed", at=now, actor=actor, reason=note, data=data)])
    return made


def wake(case: DefaultCase, *, now: datetime, actor: str) -> None:
    """Back on the desk before its time. The case is held by `desk.at_version`. Raises Refused(not_snoozed)."""
    ended = _end_running(case, now=now, actor=actor)
    if ended is None or ended.until <= now:
        raise Refused("not_snoozed", "The case is not snoozed.")
    append([Entry(case_id=case.id, kind="woke", at=now, actor=actor, data={"snooze": ended.id})])


def wake_due(*, now: datetime, limit: int = 500) -> int:
    """Wake what is past its time or was answered; the same number of queries however many. Answers how many woke.

    Waits for nobody: a case in use is found again by the next call. Safe to run twice at once.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now, "limit": limit, "answers": list(ANSWERS)})
        due = {snooze_id: (case_id, kind) for snooze_id, case_id, kind in cursor.fetchall()}
        cursor.execute(_END, {"now": now, "ids": list(due)})
        ended = sorted(snooze_id for (snooze_id,) in cursor.fetchall())
        append([
            Entry(case_id=due[one][0], kind="woke", at=now, actor="system", reason=due[one][1] or "time",
                  data={"snooze": one})
            for one in ended
        ])  # fmt: skip
    return len(ended)


def undo_snooze(case: DefaultCase, data: Mapping[str, Any], now: datetime, actor: str) -> None:
    """The case as before: on the desk, or put away until the earlier time. Raises Refused(overtaken)."""
    if not _running(case).filter(id=data["snooze"]).update(ended_at=now, ended_by=actor):
        raise Refused("overtaken", "The case has woken already.")
    Snooze.objects.filter(id=data["was"], until__gt=now).update(ended_at=None, ended_by="")


def undo_wake(case: DefaultCase, data: Mapping[str, Any], now: datetime, actor: str) -> None:
    """Put away again until the time that was set. Raises Refused(overtaken)."""
    again = Snooze.objects.filter(id=data["snooze"], until__gt=now)
    if _running(case).exists() or not again.update(ended_at=None, ended_by=""):
        raise Refused("overtaken", "The case is snoozed again, or its time is over.")


def _running(case: DefaultCase):
    return Snooze.objects.filter(case=case, ended_at=None)


def _end_running(case: DefaultCase, *, now: datetime, actor: str) -> Snooze | None:
    found = _running(case).first()
    if found:
        _running(case).update(ended_at=min(now, found.until), ended_by=actor)
    return found
