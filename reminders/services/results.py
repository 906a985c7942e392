"""Writing down what a channel answered: only by the holder of the message's present token."""

import logging
from datetime import datetime, timedelta

import msgspec
from django.db import connection

from ..channels import Handed, Refused, Unknown
from ..message_states import MessageEvent, MessageState, move
from ..models import ChannelSetup
from .claim import Claimed

Answer = Handed | Refused | Unknown

log = logging.getLogger(__name__)

MOST_TRIES = 8
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)

_START = """
UPDATE reminders_attempt a SET started_at = clock_timestamp()
  FROM unnest(%(ids)s::bigint[], %(tokens)s::int[]) AS t (id, token)
  JOIN reminders_message m ON m.id = t.id AND m.token = t.token
 WHERE a.message_id = t.id AND a.token = t.token AND m.state = 'sending'
   AND m.lease_until > clock_timestamp() + interval '10 s'
RETURNING a.message_id
"""
_RECORD = """
WITH told AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(rows)s) AS r (id bigint, token int, state text, reason text, due_at timestamptz,
           forget bool, result text, detail text, reference text)
), mine AS (
    UPDATE reminders_message m
       SET state = t.state, state_reason = t.reason, attempts_made = m.attempts_made + 1,
           due_at = coalesce(t.due_at, m.due_at),
           lease_until = CASE WHEN t.state = 'sending' THEN m.lease_until END,
           ended_at = CASE WHEN t.state = 'failed' THEN %(now)s::timestamptz END,
           contacted_at = CASE WHEN NOT t.forget THEN m.contacted_at END
      FROM told t WHERE m.id = t.id AND m.token = t.token AND m.state = 'sending'
    RETURNING m.id
)
UPDATE reminders_attempt a
   SET ended_at = clock_timestamp(), result = t.result, detail = t.detail, provider_reference = t.reference
  FROM told t JOIN mine USING (id) WHERE a.message_id = t.id AND a.token = t.token
RETURNING a.message_id
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


def start(messages: list[Claimed]) -> set[int]:
    """Write that the channel may have these from here on, before it gets them; the ids of those that are still ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            _START,
            {"ids": [message.id for message in messages], "tokens": [message.token for message in messages]},
        )
        return {message_id for (message_id,) in cursor.fetchall()}


def record(answers: list[tuple[Claimed, Answer]], *, memory: str, now: datetime) -> list[MessageState]:
    """Write the channel's answers; the state of each message by its answer. Ours no longer: only the log hears of it."""
    if not answers:
        return []
    rows = [_row(message, answer, memory=memory, now=now) for message, answer in answers]
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, {"rows": msgspec.json.encode(rows).decode(), "now": now})
        mine = {message_id for (message_id,) in cursor.fetchall()}
    for row in rows:
        if row["id"] not in mine:
            log.warning("message %d was taken over; its sender's answer was %s", row["id"], row["result"])
    return [row["state"] for row in rows]


def _row(message: Claimed, answer: Answer, *, memory: str, now: datetime) -> dict:
    in_doubt = message.doubt_seconds is not None
    row = {
        "id": message.id,
        "token": message.token,
        "due_at": None,
        "forget": False,
        "reason": "",
        "detail": "",
        "reference": "",
    }
    match answer:
        case Handed():
            event, row["result"], row["reference"] = MessageEvent.ACCEPT, "sent", answer.reference[:200]
        case Refused():
            event, row["result"], row["forget"] = (
                _after_refusal(message, answer, in_doubt=in_doubt),
                "failed",
                not in_doubt,
            )
            row["reason"], row["detail"] = answer.reason[:60], answer.reason[:300]
            if event is MessageEvent.REQUEUE:
                row["due_at"] = now + _wait(message.attempts_made + 1)
        case Unknown():
            event = MessageEvent.LOSE if memory == ChannelSetup.Memory.NONE else None
            row["result"], row["reason"], row["detail"] = "unknown", "no_answer", answer.detail[:300]
    return row | {"state": move(MessageState.SENDING, event) if event else MessageState.SENDING}


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
