"""The states of a message and the moves between them: the only place where they are listed."""

from enum import StrEnum


class MessageState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNCONFIRMED = "unconfirmed"


class MessageEvent(StrEnum):
    CLAIM = "claim"  # a worker took it, with a lease
    ACCEPT = "accept"  # the channel has it
    REQUEUE = "requeue"  # it surely did not leave, or the channel drops repeated keys
    LOSE = "lose"  # it may have left, and nobody can say
    REFUSE = "refuse"  # the channel will never take it
    CANCEL = "cancel"  # it must not leave any more
    EXPIRE = "expire"  # its time has passed
    DELIVER = "deliver"  # the provider reports arrival
    BOUNCE = "bounce"  # the provider reports return
    CONFIRM = "confirm"  # somebody found that an unconfirmed one did leave
    RETRY = "retry"  # somebody found that it did not, and it may go again
    GIVE_UP = "give_up"  # somebody found that it did not, and it shall not


class MoveRefused(ValueError):
    """The table has no such move."""

    def __init__(self, state: str, event: str) -> None:
        super().__init__(f"A message that is {state} cannot {event}.")
        self.state = state
        self.event = event


_S = MessageState
_E = MessageEvent

# A report that arrives while the message is still being sent waits until the sender has written its result.
MOVES: dict[tuple[MessageState, MessageEvent], MessageState] = {
    (_S.QUEUED, _E.CLAIM): _S.SENDING,
    (_S.QUEUED, _E.CANCEL): _S.CANCELLED,
    (_S.QUEUED, _E.EXPIRE): _S.EXPIRED,
    (_S.SENDING, _E.ACCEPT): _S.SENT,
    (_S.SENDING, _E.REQUEUE): _S.QUEUED,
    (_S.SENDING, _E.LOSE): _S.UNCONFIRMED,
    (_S.SENDING, _E.REFUSE): _S.FAILED,
    (_S.SENDING, _E.CANCEL): _S.CANCELLED,
    (_S.SENT, _E.DELIVER): _S.DELIVERED,
    (_S.SENT, _E.BOUNCE): _S.BOUNCED,
    (_S.SENT, _E.REFUSE): _S.FAILED,
    (_S.DELIVERED, _E.BOUNCE): _S.BOUNCED,
    (_S.UNCONFIRMED, _E.CONFIRM): _S.SENT,
    (_S.UNCONFIRMED, _E.DELIVER): _S.DELIVERED,
    (_S.UNCONFIRMED, _E.BOUNCE): _S.BOUNCED,
    (_S.UNCONFIRMED, _E.RETRY): _S.QUEUED,
    (_S.UNCONFIRMED, _E.GIVE_UP): _S.FAILED,
}

# What the customer may have received counts for caps, hours and the order of steps; a doubt counts as a contact.
COUNTS_AS_CONTACT = frozenset({_S.SENDING, _S.SENT, _S.DELIVERED, _S.BOUNCED, _S.UNCONFIRMED})

# Nothing more is expected, except that a delivered message may still bounce.
ENDED = frozenset({_S.DELIVERED, _S.BOUNCED, _S.FAILED, _S.CANCELLED, _S.EXPIRED})

# The ladder goes on: the next step's gap runs from here. `sent` may never be reported further.
STEP_ENDED = ENDED | {_S.SENT, _S.UNCONFIRMED}


def can_move(state: str, event: str) -> bool:
    return (state, event) in MOVES


def move(state: str, event: str) -> MessageState:
    """The state after `event`; raises `MoveRefused` when the table has no such move."""
    after = MOVES.get((state, event))  # type: ignore[call-overload]
    if after is None:
        raise MoveRefused(state, event)
    return after
