"""A message in one line: what, by which way, what became of it and why; and its words exactly as they were sent."""

from collections.abc import Mapping
from datetime import datetime

from accounts.models import Channel
from accounts.views.wording import ago, moment

from ..facts import ContactClass
from ..message_states import MessageState
from ..models import Message
from .message_reasons import reason_of
from .wording import CLASSES, MESSAGE_STATES, about_of, letter_of


def message_line(message: Message, *, now: datetime, shown: Mapping[str, str]) -> dict:
    """`shown` holds the recipient in clear where it was asked for, by the message's id."""
    at = message.contacted_at or message.ended_at or message.queued_at
    state, colour = MESSAGE_STATES[MessageState(message.state)]
    return {
        "pk": message.pk,
        "ago": ago(at, now=now),
        "moment": moment(at),
        "what": CLASSES[ContactClass(message.contact_class)],
        "channel": Channel(message.channel).label,
        "about": about_of(message),
        "number": message.case.number,
        "chip": (state, colour),
        "reason": reason_of(message),
        "letter": letter_of(message),
        "clear": shown.get(f"message-{message.pk}", ""),
    }
