"""The answer stage: telling the customer what came of an act, once for each entry of history that is to be told.

Looking goes by the database's clock and by what is committed. An entry gets its `recorded_at` before its transaction commits,
so a look must not pass what is still on its way: it ends at the start of the oldest transaction that was running when it
began, and the next one starts `OVERLAP` before that. What is found twice is told once, by `one_message_per_case_and_step`.
"""

from datetime import datetime

import msgspec
from django.db import connection, transaction

from defaults.models.case import number_of

from .. import correspondence
from ..correspondence import LETTERS
from ..facts import ContactClass
from ..message_states import MessageState

OVERLAP = "10 minutes"

# A payment that completes an agreement is told with it when both are known.
TOGETHER = "10 minutes"

_TELLING_TOO = ", ".join(f"'{kind}'" for kind in sorted(correspondence.TELL_THE_RECEIPT_TOO))
_KINDS = ", ".join(f"'{kind}'" for kind in sorted(LETTERS))
# Where nobody has looked yet, the last hour is looked through.
_BEGIN = """
INSERT INTO reminders_lastlook (id, at) VALUES (1, clock_timestamp() - interval '1 hour') ON CONFLICT DO NOTHING
"""
_LAST = "SELECT at FROM reminders_lastlook FOR UPDATE SKIP LOCKED"
# Our own transaction and vacuum write no history.
_HORIZON = """
SELECT least(clock_timestamp(), min(xact_start)) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_FOUND = f"""
SELECT e.id, e.case_id, c.customer_id, e.kind, e.seq, coalesce(p.blocked_channels, '{{}}'),
       e.kind = '{correspondence.RECEIPT}' AND EXISTS (
           SELECT FROM defaults_caseevent o
            WHERE o.case_id = e.case_id AND o.kind IN ({_TELLING_TOO})
              AND o.at BETWEEN e.at - interval '{TOGETHER}' AND e.at + interval '{TOGETHER}'),
       array(SELECT a.channel FROM accounts_contactpoint a
              WHERE a.customer_id = c.customer_id AND a.health = 'ok'
                AND NOT EXISTS (SELECT FROM reminders_suppression s
                                 WHERE s.channel = a.channel AND s.fingerprint = a.fingerprint)
              ORDER BY a.channel)::text[]
  FROM defaults_caseevent e
  JOIN defaults_defaultcase c ON c.id = e.case_id
  LEFT JOIN accounts_contactpreference p ON p.customer_id = c.customer_id
 WHERE e.kind IN ({_KINDS}) AND e.recorded_at >= %(since)s::timestamptz - interval '{OVERLAP}'
   AND NOT EXISTS (SELECT FROM reminders_message m WHERE m.case_id = e.case_id AND m.step_key = e.kind || '-' || e.seq)
 ORDER BY e.recorded_at, e.id LIMIT %(limit)s
"""
_QUEUE = """
INSERT INTO reminders_message (case_id, customer_id, step_key, answers_id, contact_class, channel, template_key, key,
       state, state_reason, due_at, queued_at, ended_at, claims)
SELECT case_id, customer_id, step_key, answers_id, contact_class, channel, template_key, key,
       state, state_reason, %(now)s, %(now)s, CASE WHEN state = 'cancelled' THEN %(now)s END, '{}'
  FROM jsonb_to_recordset(%(rows)s) AS r (case_id bigint, customer_id bigint, step_key text, answers_id bigint,
       contact_class text, channel text, template_key text, key text, state text, state_reason text)
    ON CONFLICT DO NOTHING
"""
_LOOKED = "UPDATE reminders_lastlook SET at = greatest(at, %s)"
_FIRST_CHOICE = "email"


@transaction.atomic
def answer(*, now: datetime, limit: int = 500) -> int:
    """Queue a message for each of up to `limit` entries that have none, at the business instant `now`; how many were queued.

    Four queries, five when there is something to say; nothing while somebody else looks.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN)
        cursor.execute(_LAST)
        last = cursor.fetchone()
        if last is None:
            return 0
        cursor.execute(_HORIZON)
        (horizon,) = cursor.fetchone()
        cursor.execute(_FOUND, {"since": last[0], "limit": limit})
        found = cursor.fetchall()
        queued = 0
        if found:
            rows = msgspec.json.encode([_message(*entry) for entry in found]).decode()
            cursor.execute(_QUEUE, {"rows": rows, "now": now})
            queued = cursor.rowcount
        if len(found) < limit:
            cursor.execute(_LOOKED, [horizon])
    return queued


def _message(
    entry_id: int,
    case_id: int,
    customer_id: int,
    kind: str,
    seq: int,
    blocked: list[str],
    is_told: bool,  # noqa: FBT001 - a column
    usable: list[str],
) -> dict:
    """The outbox row of an entry. Who cannot be reached, or is told with another entry, gets none; the row says so."""
    letter = LETTERS[kind]
    channel = _channel(usable, blocked, letter.contact_class)
    step_key = correspondence.step_key(kind, seq)
    reason = "told_together" if is_told else "" if channel else "no_usable_address"
    return {
        "case_id": case_id,
        "customer_id": customer_id,
        "step_key": step_key,
        "answers_id": entry_id,
        "contact_class": letter.contact_class,
        "channel": channel or _FIRST_CHOICE,
        "template_key": letter.template_key,
        "key": f"{number_of(case_id)}:{step_key}:{channel or _FIRST_CHOICE}",
        "state": MessageState.CANCELLED if reason else MessageState.QUEUED,
        "state_reason": reason,
    }


def _channel(usable: list[str], blocked: list[str], contact_class: ContactClass) -> str:
    """The first usable channel that the customer has not closed; a reply may take a closed one, the customer asked for it."""
    is_reply = contact_class is ContactClass.REPLY
    wanted = [channel for channel in usable if channel not in blocked] or (usable if is_reply else [])
    return wanted[0] if wanted else ""
