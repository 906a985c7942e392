"""The gate's judgement: under the contact lock, is it still right to send, and if so exactly what. Stored before it is done."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from django.db import connection

from accounts.sealed import NotSealedHere
from defaults.models.case import number_of

from ..channels import Outgoing
from ..contact_rules import catalogue
from ..decision import GateDecision, recheck
from ..facts import CaseFacts, ContactClass, MessageFacts
from ..message_states import MessageState
from ..models import ChannelSetup, Message
from ..rendering import UnknownPlaceholder
from .claim import Claimed
from .decision_rows import asked_json
from .facts import LoadedCase, load_cases
from .said import open_body, open_sent_to, seal_body, seal_sent_to
from .wording import NothingToSay, Words, load_material, word

log = logging.getLogger(__name__)

_STORE = """
WITH told AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('reminders_decision', 'id')) AS decision_id, r.*
      FROM jsonb_to_recordset(%(rows)s) AS r (message_id bigint, token int, case_id bigint, state text, state_reason text,
           due_at timestamptz, kind text, verdict text, rule text, until timestamptz, reason text, step_key text,
           channel text, asked jsonb, facts_minor bigint, policy_version_id bigint, attempt_result text,
           language text, subject text, body text, sent_to text, digest text, claims bigint[], claimed_minor bigint)
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
     WHERE c.id = t.case_id AND c.contacted_at IS NULL AND t.state = 'sending'
), review AS (
    UPDATE defaults_defaultcase c SET next_review_at = %(now)s, review_reason = t.reason
      FROM told t JOIN mine USING (decision_id)
     WHERE c.id = t.case_id AND c.state <> 'closed' AND t.state IN ('cancelled', 'expired', 'failed')
)
SELECT id FROM mine
"""
_KINDS = {"hand_over": "send", "requeue": "wait", "cancel": "cancel", "expire": "expire"}
_STATES = {
    "hand_over": MessageState.SENDING,
    "requeue": MessageState.QUEUED,
    "cancel": MessageState.CANCELLED,
    "expire": MessageState.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Ready:
    """A message the gate has let through; its decision and its words are committed."""

    claimed: Claimed
    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class _Judged:
    claimed: Claimed
    case: LoadedCase
    gate: GateDecision
    state: MessageState
    reason: str
    words: Words | None = None


def judge(
    group: list[Claimed], *, channel: str, remembers_seconds: float, now: datetime
) -> tuple[list[Ready], int]:
    """Decide about a group of one channel whose customers' locks are held; one decision each, stored and committed.

    `now` is the business instant. Answers the messages that may leave and the number that may not. A message whose lease
    is nearly over is in neither: it stays as it is, for whoever takes it over.
    """
    facts = load_cases(
        [message.case_id for message in group],
        now=now,
        without_messages=[message.id for message in group],
        with_inbox=True,
    )
    is_paused = ChannelSetup.objects.filter(channel=channel, paused_at__isnull=False).exists()
    gates = {
        message.id: _ask(message, facts[message.case_id], is_paused=is_paused, now=now) for message in group
    }
    fresh = [m for m in group if gates[m.id].outcome == "hand_over" and m.doubt_seconds is None]
    worded = _worded(fresh, channel=channel, now=now)
    judged = []
    for message in group:
        case, gate = facts[message.case_id], gates[message.id]
        if message.doubt_seconds is None:
            judged.append(_judged(message, case, gate, worded.get(message.id)))
        else:
            judged.append(_judged_in_doubt(message, case, gate, remembers_seconds=remembers_seconds))
    mine = _store(judged, now=now)
    kept = [one for one in judged if one.claimed.id in mine]
    ready = [_ready(one) for one in kept if one.state == MessageState.SENDING]
    return ready, len(kept) - len(ready)


def _ask(message: Claimed, case: LoadedCase, *, is_paused: bool, now: datetime) -> GateDecision:
    facts: CaseFacts = replace(case.facts, sending_paused="channel") if is_paused else case.facts
    asking = MessageFacts(
        case_id=message.case_id,
        step_key=message.step_key,
        position=message.step_position,
        channel=message.channel,
        contact_class=ContactClass(message.contact_class),
    )
    return recheck(facts, asking, catalogue(facts.jurisdictions, facts.legal_role, now.date()), now)


def _worded(fresh: list[Claimed], *, channel: str, now: datetime) -> dict[int, Words | str]:
    """By message id: its words, or why there are none. One that cannot be worded does not stop the others."""
    if not fresh:
        return {}
    material = load_material(fresh, channel=channel, now=now)
    found: dict[int, Words | str] = {}
    for message in fresh:
        try:
            found[message.id] = word(message, material)
        except (NothingToSay, UnknownPlaceholder, NotSealedHere) as error:
            log.error("message %d cannot be worded: %s: %s", message.id, type(error).__name__, error)
            found[message.id] = type(error).__name__
    return found


def _judged(message: Claimed, case: LoadedCase, gate: GateDecision, words: Words | str | None) -> _Judged:
    if isinstance(words, str):
        return _Judged(message, case, gate, MessageState.FAILED, words)
    reason = "" if gate.outcome == "hand_over" else gate.rule_id or gate.reason
    return _Judged(message, case, gate, _STATES[gate.outcome], reason, words)


def _judged_in_doubt(
    message: Claimed, case: LoadedCase, gate: GateDecision, *, remembers_seconds: float
) -> _Judged:
    """It may have left already, under a key the channel remembers: the very same words again, or a person decides.

    Whatever stops it now does not undo what may have been received, so it is never simply cancelled.
    """
    if gate.outcome == "requeue":
        return _Judged(message, case, gate, MessageState.QUEUED, gate.rule_id or gate.reason)
    if gate.outcome != "hand_over":
        return _Judged(message, case, gate, MessageState.UNCONFIRMED, gate.rule_id or gate.reason)
    if message.doubt_seconds >= remembers_seconds:
        return _Judged(message, case, gate, MessageState.UNCONFIRMED, "key_forgotten")
    if message.claimed_minor != case.facts.claimed_minor or message.body is None:
        return _Judged(message, case, gate, MessageState.UNCONFIRMED, "amount_changed")
    stored = Message.objects.only("body", "sent_to", "subject", "language").get(pk=message.id)
    words = Words(
        to=open_sent_to(stored),
        language=stored.language,
        subject=stored.subject,
        body=open_body(stored),
        claims=message.claims,
        claimed_minor=message.claimed_minor,
    )
    return _Judged(message, case, gate, MessageState.SENDING, "", words)


def _store(judged: list[_Judged], *, now: datetime) -> set[int]:
    """Write decisions, words and refusals in one statement and one transaction; the ids that were still ours."""
    rows = msgspec.json.encode([_row(one) for one in judged]).decode()
    with connection.cursor() as cursor:
        cursor.execute(_STORE, {"rows": rows, "now": now})
        return {message_id for (message_id,) in cursor.fetchall()}


def _row(one: _Judged) -> Mapping[str, object]:
    message, gate, goes = one.claimed, one.gate, one.state == MessageState.SENDING
    row = {
        "message_id": message.id,
        "token": message.token,
        "case_id": message.case_id,
        "state": one.state,
        "state_reason": one.reason[:60],
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
        "attempt_result": "" if goes else gate.outcome if one.state != MessageState.FAILED else "not_worded",
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


def _ready(one: _Judged) -> Ready:
    outgoing = Outgoing(
        ref=number_of(one.claimed.case_id),
        key=one.claimed.key,
        to=one.words.to,
        subject=one.words.subject,
        body=one.words.body,
    )
    return Ready(one.claimed, outgoing)
