"""Messages whose sender went silent: found by the database's clock, settled by what their channel remembers.

Not started: it surely has not left, so it goes back to the queue. Started: a channel that drops repeated keys is given the same
words again; one that can be asked is asked; with any other nobody can know, and a person decides.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from defaults.models.case import number_of

from ..channels import CannotLookUp, Handed, OpenChannel
from ..message_states import MessageEvent, MessageState, MoveRefused, move
from ..models import Attempt, ChannelSetup, Message
from .results import MOST_TRIES

# A provider may show a message late: it is believed absent when it was absent twice, this far apart.
ASK_AGAIN = "5 min"

_STALLED = """
SELECT m.id, m.token, m.key, m.case_id, m.channel, m.attempts_made,
       a.started_at IS NOT NULL, a.result <> '', a.asked_at IS NOT NULL,
       extract(epoch FROM clock_timestamp() - (
           SELECT min(f.started_at) FROM reminders_attempt f
            WHERE f.message_id = m.id AND f.started_at IS NOT NULL AND f.result IN ('', 'unknown')))::float
  FROM reminders_message m JOIN reminders_attempt a ON a.message_id = m.id AND a.token = m.token
 WHERE m.state = 'sending' AND m.lease_until < clock_timestamp()
 ORDER BY m.lease_until LIMIT %s FOR UPDATE OF m SKIP LOCKED
"""
_SETTLE = """
WITH mine AS (
    UPDATE reminders_message
       SET state = %(state)s, state_reason = %(reason)s, lease_until = NULL,
           contacted_at = CASE WHEN %(forget)s THEN NULL ELSE contacted_at END,
           attempts_made = attempts_made + %(tries)s
     WHERE id = %(id)s AND token = %(token)s AND state = 'sending'
    RETURNING id
)
UPDATE reminders_attempt a
   SET ended_at = clock_timestamp(), result = %(result)s,
       provider_reference = CASE WHEN %(reference)s = '' THEN provider_reference ELSE %(reference)s END
  FROM mine WHERE a.message_id = mine.id AND a.token = %(token)s
"""
_WAIT = f"""
WITH mine AS (
    UPDATE reminders_message SET lease_until = clock_timestamp() + interval '{ASK_AGAIN}'
     WHERE id = %(id)s AND token = %(token)s AND state = 'sending'
    RETURNING id
)
UPDATE reminders_attempt a SET asked_at = coalesce(asked_at, CASE WHEN %(absent)s THEN clock_timestamp() END)
  FROM mine WHERE a.message_id = mine.id AND a.token = %(token)s
"""
_NO_DOUBT_LEFT = (
    "UPDATE reminders_attempt SET result = 'absent' WHERE message_id = %s AND result IN ('', 'unknown')"
)


@dataclass(slots=True)
class ReleaseResult:
    """`waiting`: asked about, to be asked again."""

    found: int = 0
    queued: int = 0
    sent: int = 0
    unconfirmed: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class _Stalled:
    id: int
    token: int
    key: str
    case_id: int
    channel: str
    attempts_made: int
    has_started: bool
    has_result: bool
    was_absent: bool
    doubt_seconds: float | None


def release(*, channels: dict[str, OpenChannel], limit: int = 500) -> ReleaseResult:
    """Settle up to `limit` messages in `sending` whose lease is over.

    Takes no business time: leases go by the database's clock. A message of a channel that is not open waits.
    """
    result = ReleaseResult()
    to_ask: list[_Stalled] = []
    with transaction.atomic():
        for stalled in _find(limit):
            result.found += 1
            memory = channels[stalled.channel].memory if stalled.channel in channels else None
            if not stalled.has_started:
                in_doubt = stalled.doubt_seconds is not None
                _settle(
                    stalled,
                    MessageEvent.REQUEUE,
                    reason="not_started",
                    attempt="not_started",
                    forget=not in_doubt,
                )
                result.queued += 1
            elif memory == ChannelSetup.Memory.KEY and _key_holds(stalled, channels[stalled.channel]):
                _settle(stalled, MessageEvent.REQUEUE, reason="same_key_again", attempt="unknown")
                result.queued += 1
            elif memory == ChannelSetup.Memory.LOOKUP:
                _wait(stalled, was_absent=False)
                to_ask.append(stalled)
            elif memory is None:
                _wait(stalled, was_absent=False)
                result.waiting += 1
            else:
                _settle(stalled, MessageEvent.LOSE, reason="no_answer", attempt="unknown")
                result.unconfirmed += 1
    for stalled in to_ask:
        _ask(stalled, channels[stalled.channel], result)
    return result


def resolve_unconfirmed(
    *, message_id: int, was_sent: bool, send_again: bool = False, now: datetime
) -> MessageState:
    """A person says what became of an unconfirmed message; `send_again` counts only when it was not sent.

    Raises MoveRefused when the message is not unconfirmed any more.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=message_id)
        event = (
            MessageEvent.CONFIRM if was_sent else MessageEvent.RETRY if send_again else MessageEvent.GIVE_UP
        )
        if message.state != MessageState.UNCONFIRMED:
            raise MoveRefused(message.state, event)
        message.state, message.state_reason = move(message.state, event), "by_staff"
        if not was_sent:
            message.contacted_at = None
            Attempt.objects.filter(message=message, result__in=["", "unknown"]).update(result="absent")
        if event is MessageEvent.RETRY:
            message.due_at = now
        if event is MessageEvent.GIVE_UP:
            message.ended_at = now
        message.save(update_fields=["state", "state_reason", "contacted_at", "due_at", "ended_at"])
    return message.state


def _find(limit: int) -> list[_Stalled]:
    with connection.cursor() as cursor:
        cursor.execute(_STALLED, [limit])
        return [_Stalled(*row) for row in cursor.fetchall()]


def _key_holds(stalled: _Stalled, channel: OpenChannel) -> bool:
    return (stalled.doubt_seconds or 0) < channel.remembers_seconds and stalled.attempts_made < MOST_TRIES


def _ask(stalled: _Stalled, channel: OpenChannel, result: ReleaseResult) -> None:
    """Outside any transaction; the lease was renewed, so nobody else asks meanwhile."""
    try:
        known: Handed | None = channel.channel.look_up(stalled.key, number_of(stalled.case_id))
    except CannotLookUp:
        result.waiting += 1
        return
    if known is not None:
        _settle(stalled, MessageEvent.ACCEPT, reason="found", attempt="sent", reference=known.reference)
        result.sent += 1
    elif stalled.was_absent:
        with transaction.atomic():
            _settle(stalled, MessageEvent.REQUEUE, reason="absent_twice", attempt="absent", forget=True)
            with connection.cursor() as cursor:
                cursor.execute(_NO_DOUBT_LEFT, [stalled.id])
        result.queued += 1
    else:
        _wait(stalled, was_absent=True)
        result.waiting += 1


def _wait(stalled: _Stalled, *, was_absent: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_WAIT, {"id": stalled.id, "token": stalled.token, "absent": was_absent})


def _settle(
    stalled: _Stalled,
    event: MessageEvent,
    *,
    reason: str,
    attempt: str,
    reference: str = "",
    forget: bool = False,
) -> None:
    values = {
        "id": stalled.id,
        "token": stalled.token,
        "state": move(MessageState.SENDING, event),
        "reason": reason,
        "result": attempt,
        "reference": reference,
        "forget": forget,
        # A sender that recorded its doubt has counted the try.
        "tries": int(stalled.has_started and not stalled.has_result),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, values)
