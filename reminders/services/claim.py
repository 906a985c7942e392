"""Taking messages from the queue: a lease by the database's clock, a raised token, and a row for the attempt."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

LEASE = "60 s"

_CLAIM = f"""
WITH picked AS (
    SELECT id FROM reminders_message
     WHERE state = 'queued' AND due_at <= %(now)s AND channel = ANY(%(channels)s)
       AND NOT EXISTS (SELECT FROM reminders_sendhold WHERE lifted_at IS NULL)
     ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), mine AS (
    UPDATE reminders_message m
       SET state = 'sending', state_reason = '', token = m.token + 1, lease_until = clock_timestamp() + interval '{LEASE}'
      FROM picked WHERE m.id = picked.id
    RETURNING m.*
), attempt AS (
    INSERT INTO reminders_attempt (message_id, number, token, claimed_at)
    SELECT id, token, token, clock_timestamp() FROM mine
)
SELECT id, token, key, case_id, customer_id, channel, contact_class, step_key, step_position, template_key,
       answers_id, attempts_made, subject, body, claims, claimed_minor,
       (SELECT extract(epoch FROM clock_timestamp() - min(a.started_at)) FROM reminders_attempt a
         WHERE a.message_id = mine.id AND a.started_at IS NOT NULL AND a.result IN ('', 'unknown'))::float
  FROM mine ORDER BY due_at, id
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours until its lease ends.

    `answers_id`: the entry of history it tells of; None: a step of the ladder.
    `subject`, `body` (sealed), `claims` and `claimed_minor` are those of an earlier attempt, if there was one.
    `doubt_seconds`: how long ago it may have left, by an attempt nobody knows the result of; None: it surely has not.
    """

    id: int
    token: int
    key: str
    case_id: int
    customer_id: int
    channel: str
    contact_class: str
    step_key: str
    step_position: int | None
    template_key: str
    answers_id: int | None
    attempts_made: int
    subject: str
    body: bytes | None
    claims: list[int]
    claimed_minor: int | None
    doubt_seconds: float | None


def claim(*, now: datetime, channels: Collection[str], limit: int) -> list[Claimed]:
    """Up to `limit` messages due at the business instant `now`, the longest waiting first; committed when it returns.

    Nothing is taken while a send hold stands.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "channels": list(channels), "limit": limit})
        return [Claimed(*row) for row in cursor.fetchall()]
