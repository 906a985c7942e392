"""The gate: the one way by which a message leaves.

Claim (committed) → the customer's contact lock → every fact again, the rules, the words, all stored (committed) → the start of
the attempt (committed) → the channel, with no transaction open → its answer → unlock. Messages go in small groups that share the
reading, so that a message costs few round trips; each still has its own start, call and result. A group is as large as the
channel is quick: the locks are meant to be held for about `HOLD`.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.locks import contact_locks

from ..channels import Handed, OpenChannel, Refused, Unknown
from ..message_states import MessageState
from . import results
from .claim import Claimed, claim
from .gate import Ready, judge

log = logging.getLogger(__name__)

# What was read may be this old when the channel is called, in seconds; the lock that intake waits for is bounded above it.
FRESH = 1.5
HOLD = 0.2
LARGEST_GROUP = 25
# A claim is worked off within this, well inside its lease; the rest goes back.
WORKED_FOR = 40.0
# After so many answers in a row without a yes a channel is left alone until the next claim.
SICK_AFTER = 5
_BUSY_WAIT = timedelta(seconds=2)
_SICK_WAIT = timedelta(seconds=30)


@dataclass(slots=True)
class SendResult:
    """How many messages were taken, and what became of them."""

    claimed: int = 0
    sent: int = 0
    refused: int = 0
    failed: int = 0
    unknown: int = 0
    put_back: int = 0


class _Pace:
    """How quick a channel is, how large its groups should be, and whether it is well."""

    def __init__(self) -> None:
        self.seconds = HOLD / 4
        self.failures = 0

    def note(self, seconds: float, answer: Handed | Refused | Unknown) -> None:
        self.seconds = 0.7 * self.seconds + 0.3 * seconds
        self.failures = 0 if isinstance(answer, Handed) else self.failures + 1

    @property
    def group(self) -> int:
        return max(1, min(LARGEST_GROUP, int(HOLD / max(self.seconds, 1e-6))))

    @property
    def is_sick(self) -> bool:
        return self.failures >= SICK_AFTER


def send_due(*, clock: Callable[[], datetime], channels: dict[str, OpenChannel], limit: int) -> SendResult:
    """Claim up to `limit` due messages and take each through the gate.

    `clock` reads the business clock: the rules are asked at the minute of the hand-over, not of the claim.
    Must not be called inside a transaction.
    """
    taken = claim(now=clock(), channels=channels, limit=limit)
    result = SendResult(claimed=len(taken))
    over = time.monotonic() + WORKED_FOR
    of_channel: dict[str, list[Claimed]] = defaultdict(list)
    for message in taken:
        of_channel[message.channel].append(message)
    for name, messages in of_channel.items():
        _work_off(messages, channel=channels[name], clock=clock, over=over, result=result)
    return result


def _work_off(
    messages: list[Claimed],
    *,
    channel: OpenChannel,
    clock: Callable[[], datetime],
    over: float,
    result: SendResult,
) -> None:
    pace = _Pace()
    left = messages
    while left:
        if pace.is_sick or time.monotonic() > over:
            wait = _SICK_WAIT if pace.is_sick else timedelta()
            reason = "channel_sick" if pace.is_sick else "out_of_time"
            result.put_back += results.put_back(left, due_at=clock() + wait, reason=reason)
            return
        group, left = _next_group(left, pace.group)
        _take_through(group, channel=channel, clock=clock, pace=pace, result=result)


def _next_group(left: list[Claimed], size: int) -> tuple[list[Claimed], list[Claimed]]:
    """The first `size` messages to different customers: one contact may forbid the next to the same person."""
    group: dict[int, Claimed] = {}
    rest = []
    for message in left:
        if len(group) < size and message.customer_id not in group:
            group[message.customer_id] = message
        else:
            rest.append(message)
    return list(group.values()), rest


def _take_through(
    group: list[Claimed],
    *,
    channel: OpenChannel,
    clock: Callable[[], datetime],
    pace: _Pace,
    result: SendResult,
) -> None:
    with contact_locks([message.customer_id for message in group]) as held:
        read_at, now = time.monotonic(), clock()
        busy = [message for message in group if message.customer_id not in held]
        result.put_back += results.put_back(busy, due_at=now + _BUSY_WAIT, reason="customer_busy")
        ours = [message for message in group if message.customer_id in held]
        if not ours:
            return
        ready, refused = judge(
            ours, channel=ours[0].channel, remembers_seconds=channel.remembers_seconds, now=now
        )
        result.refused += refused
        for place, one in enumerate(ready):
            if time.monotonic() - read_at >= FRESH or pace.is_sick:
                rest = [other.claimed for other in ready[place:]]
                result.put_back += results.put_back(rest, due_at=now, reason="facts_too_old")
                return
            _hand_over(one, channel=channel, read_at=read_at, now=now, pace=pace, result=result)


def _hand_over(
    one: Ready, *, channel: OpenChannel, read_at: float, now: datetime, pace: _Pace, result: SendResult
) -> None:
    if not results.start(one.claimed):
        log.warning("message %d was taken over before its hand-over", one.claimed.id)
        return
    began = time.monotonic()
    answer = _answer(one, channel, is_fresh=began - read_at < FRESH)
    pace.note(time.monotonic() - began, answer)
    state = results.record(one.claimed, answer, memory=channel.memory, now=now)
    if state == MessageState.SENT:
        result.sent += 1
    elif isinstance(answer, Unknown):
        result.unknown += 1
    else:
        result.failed += 1


def _answer(one: Ready, channel: OpenChannel, *, is_fresh: bool) -> Handed | Refused | Unknown:
    if not is_fresh:
        return Refused("the facts grew too old")
    try:
        return channel.channel.send(one.outgoing)
    except Exception as error:
        log.exception("channel failed on message %d", one.claimed.id)
        return Unknown(f"{type(error).__name__}"[:300])
