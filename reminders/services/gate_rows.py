"""Writing down what the gate decided, and the words it let through: one statement, one transaction."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import connection

from ..decision import GateDecision
from ..message_states import MessageState
from .claim import Claimed
from .decision_rows import asked_json
from .facts import LoadedCase
from .said import seal_body, seal_sent_to
from .wording import Words

_STORE = """
WITH told AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('reminders_decision', 'id')) AS decision_id, r.*
      FROM jsonb_to_recordset(%(rows)s) AS r (message_id bigint, token int, case_id bigint, state text, state_reason text,
           due_at timestamptz, kind text, verdict text, rule text, until timestamptz, reason text, step_key text,
           channel text, asked jsonb, facts_minor bigint, policy_version_id bigint, attempt_result text,
           is_step bool, language text, subject text, body text, sent_to text, digest text, claims bigint[], claimed_minor bigint)
), mine AS (
    UPDATE reminders_message m
       SET gate_decision_id = CASE WHEN t.state = 'sending' OR m.contacted_at IS NULL  -- the one that let it leave stays
                                   THEN t.decision_id ELSE m.gate_decision_id END,
           state = t.state, state_reason = t.state_reason,
           due_at = coalesce(t.due_at, m.due_at),
           lease_until = CASE WHEN t.state = 'sending' THEN m.lease_until END,
           ended_at = CASE WHEN t.state IN ('cancelled', 'expired', 'failed') THEN %(now)s END,
           language = coalesce(t.language, m.language), subject = coalesce(t.subject, m.subject),
           body = coalesce(decode(t.body, 'hex'), m.body), sent_to = coalesce(decode(t.sent_to, 'hex'), m.sent_to),
           claims = coalesce(t.claims, m.claims), claimed_minor = coalesce(t.claimed_minor, m.claimed_minor),
           contacted_at = CASE WHEN t.state = 'sending' THEN %(now)s ELSE m.contacted_at END
      FROM told t
     WHERE m.id = t.message_id AND m.token = t.token AND m.state = 'sending'
       AND m.lease_until > clock_timestamp() + interval '10 s'
    RETURNING m.id, t.decision_id
), decided AS (
    INSERT INTO reminders_decision (id, case_id, at, kind, verdict, rule, until, reason, step_key, channel, asked,
           claimed_minor, policy_version_id, at_gate)
    SELECT t.decision_id, case_id, %(now)s, kind, verdict, rule, until, reason, step_key, channel, asked,
           facts_minor, policy_version_id, true
      FROM told t JOIN mine USING (decision_id)
), attempt AS (
    UPDATE reminders_attempt a
       SET payload_digest = decode(t.digest, 'hex'), result = t.attempt_result,
           ended_at = CASE WHEN t.attempt_result <> '' THEN clock_timestamp() END
      FROM told t JOIN mine USING (decision_id) WHERE a.message_id = t.message_id AND a.token = t.token
), contacted AS (
    UPDATE defaults_defaultcase c SET contacted_at = %(now)s
      FROM told t JOIN mine USING (decision_id)
     WHERE c.id = t.case_id AND c.contacted_at IS NULL AND t.state = 'sending' AND t.is_step
), review AS (
    UPDATE defaults_defaultcase c SET next_review_at = %(now)s,
           review_reason = CASE WHEN c.needs_staff THEN c.review_reason ELSE t.reason END
      FROM told t JOIN mine USING (decision_id)
     WHERE c.id = t.case_id AND c.state <> 'closed' AND t.state IN ('cancelled', 'expired', 'failed') AND t.is_step
)
SELECT id FROM mine
"""
_KINDS = {"hand_over": "send", "requeue": "wait", "cancel": "cancel", "expire": "expire"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A message, what was decided about it and why, and what it will say."""

    claimed: Claimed
    case: LoadedCase
    gate: GateDecision
    state: MessageState
    reason: str
    words: Words | None = None


def store(judged: list[Judged], *, now: datetime) -> set[int]:
    """Write decisions, words and refusals in one statement and one transaction; the ids that were still ours."""
    rows = msgspec.json.encode([_row(one) for one in judged]).decode()
    with connection.cursor() as cursor:
        cursor.execute(_STORE, {"rows": rows, "now": now})
        return {message_id for (message_id,) in cursor.fetchall()}


def _row(one: Judged) -> Mapping[str, object]:
    message, gate, goes = one.claimed, one.gate, one.state == MessageState.SENDING
    row = {
        "message_id": message.id,
        "token": message.token,
        "case_id": message.case_id,
        "state": one.state,
        "state_reason": one.reason[:60],
        "is_step": message.answers_id is None,
        "due_at": gate.until if one.state == MessageState.QUEUED else None,
        "kind": _KINDS[gate.outcome],
        "verdict": gate.verdict,
        "rule": gate.rule_id,
        "until": gate.until,
        "reason": gate.reason,
        "step_key": message.step_key,
        "channel": message.channel,
        "asked": msgspec.Raw(asked_json(gate.asked)),
        "facts_minor": one.case.facts.claimed_minor,
        "policy_version_id": one.case.policy.id if one.case.policy else None,
        "attempt_result": "" if goes else gate.outcome if gate.outcome != "hand_over" else "not_worded",
    }
    if goes and one.words is not None:
        row |= {
            "language": one.words.language,
            "subject": one.words.subject,
            "body": seal_body(one.words.body, message_id=message.id).hex(),
            "sent_to": seal_sent_to(one.words.to, message_id=message.id).hex(),
            "digest": _digest(one.words),
            "claims": one.words.claims,
            "claimed_minor": one.words.claimed_minor,
        }
    return row


def _digest(words: Words) -> str:
    return hashlib.sha256("\0".join([words.to, words.subject, words.body]).encode()).hexdigest()
