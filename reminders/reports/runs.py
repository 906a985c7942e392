"""Runs to look at: who may see which, how fast they go, and what they decided about which case."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet
from django.db.models.fields import DateTimeField
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.models.staff import Role
from defaults.models import DefaultCase

from ..message_states import MessageState
from ..models import Decision, Message, Run

ROWS = 50
# What a run queued and the channel would not take, or may have taken.
FAILED = (MessageState.FAILED, MessageState.UNCONFIRMED, MessageState.BOUNCED)
_FATES = """
SELECT m.state, count(*) FROM reminders_decision d
  JOIN reminders_message m ON m.case_id = d.case_id AND m.step_key = d.step_key
 WHERE d.run_id = %s AND d.kind = 'send' GROUP BY m.state
"""


class _ClockTimestamp(Func):
    function, output_field = "clock_timestamp", DateTimeField()


def visible_runs(user: User) -> QuerySet[Run]:
    """A run over every merchant is shown to those who see them all. `worked`: time at work, without the pauses."""
    runs = Run.objects.select_related("merchant").annotate(
        worked=Coalesce("ended_at", "paused_at", _ClockTimestamp()) - F("started_at")
    )
    return runs if user.role == Role.ADMIN else runs.filter(merchant__in=user.visible_merchants())


@dataclass(frozen=True, slots=True)
class Pace:
    """`per_second` 0: too early to say. `left_seconds` None: nobody knows, or nothing is left."""

    seconds: float
    per_second: float
    left_seconds: float | None


def pace_of(run: Run) -> Pace:
    """Of a run from `visible_runs`."""
    seconds = max(0.0, run.worked.total_seconds() - run.rested_seconds)
    rate = run.considered / seconds if seconds and run.considered else 0.0
    left = run.total - run.considered
    is_going = run.state in (Run.State.RUNNING, Run.State.PAUSED)
    return Pace(seconds, rate, left / rate if is_going and rate and left > 0 else None)


def fates(run: Run) -> dict[str, int]:
    """How many of the messages that the run queued stand where, by state."""
    with connection.cursor() as cursor:
        cursor.execute(_FATES, [run.pk])
        return dict(cursor.fetchall())


def decisions_of(run: Run, *, outcome: str = "", reason: str = "") -> QuerySet[Decision]:
    """What the run decided, the newest first.

    `outcome`: a kind of decision, or `failed`. `reason`: of those that wait what for, of those that send the state of
    the message.
    """
    rows = Decision.objects.filter(run=run).order_by("-pk")
    if outcome == "failed":
        rows = rows.filter(_said(FAILED), kind="send")
    elif outcome:
        rows = rows.filter(kind=outcome)
    if reason and outcome == "send":
        rows = rows.filter(_said([reason]))
    elif reason:
        rows = rows.filter(Q(rule=reason) | Q(rule="", reason=reason))
    return rows


def slice_of(
    decisions: QuerySet[Decision], *, before: int | None, limit: int
) -> tuple[list[Decision], int | None]:
    """Up to `limit` of them with case, customer and merchant, and the place behind the last; None where nothing follows."""
    if before is not None:
        decisions = decisions.filter(pk__lt=before)
    rows = list(decisions.select_related("case__customer", "case__merchant")[: limit + 1])
    return rows[:limit], rows[limit - 1].pk if len(rows) > limit else None


def unreached(run: Run) -> QuerySet[DefaultCase]:
    """The cases whose message certainly did not arrive. What may have left is not among them."""
    said = decisions_of(run).filter(_said([MessageState.FAILED, MessageState.BOUNCED]), kind="send")
    return DefaultCase.objects.filter(pk__in=said.order_by().values("case_id"))


def _said(states: Sequence[str]) -> Exists:
    return Exists(
        Message.objects.filter(case=OuterRef("case"), step_key=OuterRef("step_key"), state__in=states)
    )


def messages_of(decisions: list[Decision]) -> dict[tuple[int, str], Message]:
    """What came of those that send, by case and step."""
    sending = [one for one in decisions if one.kind == "send"]
    found = Message.objects.filter(case__in=[one.case_id for one in sending]).only(
        "case_id", "step_key", "state", "state_reason", "channel"
    )
    return {(one.case_id, one.step_key): one for one in found}
