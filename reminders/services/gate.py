"""The gate's judgement: under the contact lock, is it still right to send, and if so exactly what. Stored before it is done."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

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
from .facts import LoadedCase, load_cases
from .gate_rows import Judged, store
from .letters import Told, load_letters
from .material import load_material
from .said import open_body, open_sent_to
from .wording import NothingToSay, Overtaken, Words, word

log = logging.getLogger(__name__)

# Holds that an agreement makes for itself: they silence demands, not the letters about it.
_AGREED = frozenset({"promise", "settlement", "plan"})
OVERTAKEN = "overtaken"
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
    letters = load_letters([m.answers_id for m in group if m.answers_id is not None], now=now)
    is_paused = ChannelSetup.objects.filter(channel=channel, paused_at__isnull=False).exists()
    gates = {
        message.id: _ask(
            message,
            _seen_by(facts[message.case_id].facts, letters.get(message.answers_id)),
            is_paused=is_paused,
            now=now,
        )
        for message in group
    }
    fresh = [m for m in group if gates[m.id].outcome == "hand_over" and m.doubt_seconds is None]
    worded = _worded(fresh, letters=letters, channel=channel, now=now)
    judged = []
    for message in group:
        case, gate = facts[message.case_id], gates[message.id]
        if message.doubt_seconds is None:
            judged.append(_judged(message, case, gate, worded.get(message.id)))
        else:
            judged.append(_judged_in_doubt(message, case, gate, remembers_seconds=remembers_seconds))
    mine = store(judged, now=now)
    kept = [one for one in judged if one.claimed.id in mine]
    ready = [_ready(one) for one in kept if one.state == MessageState.SENDING]
    return ready, len(kept) - len(ready)


def _seen_by(facts: CaseFacts, letter: Told | None) -> CaseFacts:
    """What a letter is judged by: the day of the request, and not the agreement it is about."""
    if letter is None:
        return facts
    return replace(
        facts,
        requested_on=letter.at.astimezone(letter.zone).date(),
        has_live_agreement=False,
        holds=tuple(hold for hold in facts.holds if hold.reason not in _AGREED),
    )


def _ask(message: Claimed, facts: CaseFacts, *, is_paused: bool, now: datetime) -> GateDecision:
    facts = replace(facts, sending_paused="channel") if is_paused else facts
    asking = MessageFacts(
        case_id=message.case_id,
        step_key=message.step_key,
        position=message.step_position,
        channel=message.channel,
        contact_class=ContactClass(message.contact_class),
        is_answer=message.answers_id is not None,
    )
    return recheck(facts, asking, catalogue(facts.jurisdictions, facts.legal_role, now.date()), now)


def _worded(
    fresh: list[Claimed], *, letters: Mapping[int, Told], channel: str, now: datetime
) -> dict[int, Words | str]:
    """By message id: its words, or why there are none. One that cannot be worded does not stop the others."""
    if not fresh:
        return {}
    material = load_material(fresh, letters=letters, channel=channel, now=now)
    found: dict[int, Words | str] = {}
    for message in fresh:
        try:
            found[message.id] = word(message, material)
        except Overtaken:
            found[message.id] = OVERTAKEN
        except (NothingToSay, UnknownPlaceholder, NotSealedHere) as error:
            log.error("message %d cannot be worded: %s: %s", message.id, type(error).__name__, error)
            found[message.id] = type(error).__name__
    return found


def _judged(message: Claimed, case: LoadedCase, gate: GateDecision, words: Words | str | None) -> Judged:
    if isinstance(words, str):
        state = MessageState.CANCELLED if words == OVERTAKEN else MessageState.FAILED
        return Judged(message, case, gate, state, words)
    reason = "" if gate.outcome == "hand_over" else gate.rule_id or gate.reason
    return Judged(message, case, gate, _STATES[gate.outcome], reason, words)


def _judged_in_doubt(
    message: Claimed, case: LoadedCase, gate: GateDecision, *, remembers_seconds: float
) -> Judged:
    """It may have left already, under a key the channel remembers: the very same words again, or a person decides.

    Whatever stops it now does not undo what may have been received, so it is never simply cancelled.
    """
    if gate.outcome == "requeue":
        return Judged(message, case, gate, MessageState.QUEUED, gate.rule_id or gate.reason)
    if gate.outcome != "hand_over":
        return Judged(message, case, gate, MessageState.UNCONFIRMED, gate.rule_id or gate.reason)
    if message.doubt_seconds >= remembers_seconds:
        return Judged(message, case, gate, MessageState.UNCONFIRMED, "key_forgotten")
    asked_for = case.facts.claimed_minor if message.answers_id is None else message.claimed_minor
    if message.claimed_minor != asked_for or message.body is None:
        return Judged(message, case, gate, MessageState.UNCONFIRMED, "amount_changed")
    stored = Message.objects.only("body", "sent_to", "subject", "language").get(pk=message.id)
    words = Words(
        to=open_sent_to(stored),
        language=stored.language,
        subject=stored.subject,
        body=open_body(stored),
        claims=message.claims,
        claimed_minor=message.claimed_minor,
    )
    return Judged(message, case, gate, MessageState.SENDING, "", words)


def _ready(one: Judged) -> Ready:
    outgoing = Outgoing(
        ref=number_of(one.claimed.case_id),
        key=one.claimed.key,
        to=one.words.to,
        subject=one.words.subject,
        body=one.words.body,
    )
    return Ready(one.claimed, outgoing)
