"""Writing down what a channel answered: only by the holder of the message's present token."""

import logging
from datetime import datetime, timedelta

from django.db import connection

from ..channels import Handed, Refused, Unknown
from ..message_states import MessageEvent, MessageState, move
from ..models import ChannelSetup
from .claim import Claimed

log = logging.getLogger(__name__)

MOST_TRIES = 8
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)

_START = """
UPDATE reminders_attempt SET started_at = clock_timestamp()
 WHERE message_id = %(id)s AND token = %(token)s
   AND EXISTS (SELECT FROM reminders_message
                WHERE id = %(id)s AND token = %(token)s AND state = 'sending'
                  AND lease_until > clock_timestamp() + interval '10 s')
"""
_RESULT = """
WITH mine AS (
    UPDATE reminders_message
       SET state = %(state)s, state_reason = %(reason)s, attempts_made = attempts_made + 1, due_at = coalesce(%(due_at)s, due_at),
           lease_until = CASE WHEN %(state)s = 'sending' THEN lease_until END,
           ended_at = CASE WHEN %(state)s = 'failed' THEN %(now)s::timestamptz END,
           contacted_at = CASE WHEN %(forget)s THEN NULL ELSE contacted_at END
     WHERE id = %(id)s AND token = %(token)s AND state = 'sending'
    RETURNING id
)
UPDATE reminders_attempt a
   SET ended_at = clock_timestamp(), result = %(result)s, detail = %(detail)s, provider_reference = %(reference)s
  FROM mine WHERE a.message_id = mine.id AND a.token = %(token)s
"""
_PUT_BACK = """
WITH mine AS (
    UPDATE reminders_message m
       SET state = 'queued', state_reason = %(reason)s, lease_until = NULL, due_at = %(due_at)s,
           contacted_at = CASE WHEN t.in_doubt THEN m.contacted_at END
      FROM unnest(%(ids)s::bigint[], %(tokens)s::int[], %(doubts)s::bool[]) AS t (id, token, in_doubt)
     WHERE m.id = t.id AND m.token = t.token AND m.state = 'sending'
    RETURNING m.id, m.token
)
UPDATE reminders_attempt a SET ended_at = clock_timestamp(), result = 'put_back'
  FROM mine WHERE a.message_id = mine.id AND a.token = mine.token
"""


def start(message: Claimed) -> bool:
    """Write that the channel may have it from here on, before it gets it; False: the message is not ours any more."""
    with connection.cursor() as cursor:
        cursor.execute(_START, {"id": message.id, "token": message.token})
        return cursor.rowcount == 1


def record(message: Claimed, answer: Handed | Refused | Unknown, *, memory: str, now: datetime) -> MessageState:
    """Write the channel's answer; the state the message is in by it. Ours no longer: only the log hears of it."""
    in_doubt = message.doubt_seconds is not None
    values = {"due_at": None, "forget": False, "reason": "", "detail": "", "reference": ""}
    match answer:
        case Handed():
            event, result = MessageEvent.ACCEPT, "sent"
            values["reference"] = answer.reference[:200]
        case Refused():
            result = "failed"
            event = _after_refusal(message, answer, in_doubt=in_doubt)
            values |= {"reason": _short(answer.reason), "detail": answer.reason[:300], "forget": not in_doubt}
            if event is MessageEvent.REQUEUE:
                values["due_at"] = now + _wait(message.attempts_made + 1)
        case Unknown():
            result = "unknown"
            event = MessageEvent.LOSE if memory == ChannelSetup.Memory.NONE else None
            values |= {"reason": "no_answer", "detail": answer.detail[:300]}
    state = move(MessageState.SENDING, event) if event else MessageState.SENDING
    with connection.cursor() as cursor:
        cursor.execute(
            _RESULT,
            values | {"id": message.id, "token": message.token, "now": now, "state": state, "result": result},
        )
        if not cursor.rowcount:
            log.warning("message %d was taken over; its sender's answer was %s", message.id, result)
    return state


def put_back(messages: list[Claimed], *, due_at: datetime, reason: str) -> int:
    """Return messages that were not handed over to the queue; how many were still ours."""
    if not messages:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _PUT_BACK,
            {
                "ids": [message.id for message in messages],
                "tokens": [message.token for message in messages],
                "doubts": [message.doubt_seconds is not None for message in messages],
                "due_at": due_at,
                "reason": reason,
            },
        )
        return cursor.rowcount


def _after_refusal(message: Claimed, answer: Refused, *, in_doubt: bool) -> MessageEvent:
    is_last = answer.is_final or message.attempts_made + 1 >= MOST_TRIES
    if not is_last:
        return MessageEvent.REQUEUE
    # An earlier try may have arrived, so a final no to this one does not settle it.
    return MessageEvent.LOSE if in_doubt else MessageEvent.REFUSE


def _wait(tries: int) -> timedelta:
    return min(_FIRST_WAIT * 2 ** (tries - 1), _LONGEST_WAIT)


def _short(reason: str) -> str:
    return reason[:60]
