"""A person asks for the next step now, or takes a message back before it leaves: by the rules of a run, under its locks."""

from datetime import datetime, timedelta

from accounts.models import Channel
from defaults.models import CaseEvent, DefaultCase
from defaults.services.acts import Refused
from defaults.services.history import Entry, append

from ..correspondence import LETTERS, step_key
from ..message_states import MessageEvent, MessageState, move
from ..models import ChannelSetup, Message
from ..models.channel import RECALL_SECONDS
from .end import end_cases
from .explain import explain_decision
from .plan import Decided, decide_cases, write_decisions

# The entry that says a person asked for the next step; its data name the message, if one came of it.
REMINDED = "reminder_asked"
_NEVER_LEFT = (MessageState.CANCELLED, MessageState.EXPIRED, MessageState.FAILED)


def remind(*, case: DefaultCase, step: str | None, now: datetime, actor: str) -> dict:
    """Decide the next step of this locked case as a run would, and queue what comes of it; the decision in words.

    A message waits a little before it may leave, so that it can be recalled. As `explain_decision`, with "at", and with
    "leaves_at" where a message is queued. Raises Refused: case_closed, not_the_next_step.
    """
    if case.is_closed:
        raise Refused("case_closed", "The case is closed. Nothing more is sent about it.")
    (decided,) = decide_cases([case.id], now=now)
    if step is not None and decided.decision.step_key != step:
        name = decided.decision.step_key or "none"
        raise Refused("not_the_next_step", f"Steps go in their order. The next one is: {name}.")
    _write(decided, now=now)
    message = _hold_back(decided, now=now)
    data = {"decision": decided.decision.kind} | ({"message": message.id} if message else {})
    append([Entry(case_id=case.id, kind=REMINDED, at=now, actor=actor, data=data)])
    told = explain_decision(decided.decision) | {"at": now}
    return told | ({"leaves_at": message.due_at} if message else {})


def cancel_message(*, case: DefaultCase, message_id: int, now: datetime, actor: str) -> None:
    """Take a queued message of this locked case back. Raises Refused: no_such_message, already_leaving, already_ended."""
    message = Message.objects.filter(case=case, id=message_id).select_for_update(no_key=True).first()
    if message is None:
        raise Refused("no_such_message", "The case has no such message.")
    if message.state == MessageState.SENDING:
        raise Refused("already_leaving", "The message is on its way. It cannot be called back any more.")
    if message.state != MessageState.QUEUED:
        raise Refused("already_ended", f"The message is {message.state}.")
    _cancel(message, reason=actor, now=now)
    entry = Entry(
        case_id=case.id, kind="message_cancelled", at=now, actor=actor,
        data={"message": message.id, "step": message.step_key},
    )  # fmt: skip
    append([entry])


def silence_about(event: CaseEvent, *, now: datetime) -> None:
    """Take back what would tell the customer of this entry. Raises Refused(already_told) when it may have left."""
    told = Message.objects.filter(answers=event).select_for_update(no_key=True).first()
    if told is None:
        _tell_nobody(event, now=now)
    elif told.state == MessageState.QUEUED:
        _cancel(told, reason="undone", now=now)
    elif told.state not in _NEVER_LEFT:
        raise Refused("already_told", "The customer has been told of it. What follows is a new act.")


def _tell_nobody(event: CaseEvent, *, now: datetime) -> None:
    """A cancelled message in the place of the one that the answer stage would queue."""
    letter = LETTERS.get(event.kind)
    if letter is None:
        return
    step = step_key(event.kind, event.seq)
    Message.objects.create(
        case_id=event.case_id,
        customer_id=event.case.customer_id,
        step_key=step,
        answers=event,
        contact_class=letter.contact_class,
        channel=Channel.EMAIL,
        template_key=letter.template_key,
        key=f"{event.case.number}:{step}:none",
        state=MessageState.CANCELLED,
        state_reason="undone",
        due_at=now,
        queued_at=now,
        ended_at=now,
    )


def _cancel(message: Message, *, reason: str, now: datetime) -> None:
    message.state = move(message.state, MessageEvent.CANCEL)
    message.state_reason, message.ended_at = reason[:60], now
    message.save(update_fields=["state", "state_reason", "ended_at"])


def _hold_back(decided: Decided, *, now: datetime) -> Message | None:
    """The message just queued, now leaving only when the time to recall it is over."""
    if decided.decision.kind != "send":
        return None
    message = Message.objects.filter(
        case=decided.case.facts.case_id, step_key=decided.decision.step_key, state=MessageState.QUEUED
    ).first()
    if message is not None:
        setup = ChannelSetup.objects.filter(channel=message.channel).first()
        message.due_at = now + timedelta(seconds=setup.recall_seconds if setup else RECALL_SECONDS)
        message.save(update_fields=["due_at"])
    return message


def _write(decided: Decided, *, now: datetime) -> None:
    write_decisions([decided], now=now, run=None)
    if decided.decision.kind == "end":
        end_cases({decided.case.facts.case_id: decided.decision}, now=now)
