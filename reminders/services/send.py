"""The gate: the one way by which a message leaves.

Claim (committed) → the customer's contact lock → every fact again, the rules, the words, all stored (committed) → the
start of the attempt (committed) → the channel, with no transaction open → its answer (committed) → unlock.

Messages go in small groups that share the locks and the reading, and within them in handfuls that share the start and the
result, so that a message costs few round trips. Both are as large as the channel is quick: locks are meant to be held for
about `HOLD`, and a crash leaves in doubt what one handful holds, about `IN_DOUBT` worth of calls.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.locks import contact_locks
from accounts.services.persons import first_records

from ..channels import Handed, OpenChannel, Refused, Unknown
from ..message_states import MessageState
from . import results
from .claim import Claimed, claim
from .gate import Ready, judge

log = logging.getLogger(__name__)

# What was read may be this old when the channel is called, in seconds; intake waits longer than that for the lock.
FRESH = 1.5
HOLD = 0.2
LARGEST_GROUP = 40
IN_DOUBT = 0.02
LARGEST_HANDFUL = 10
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
    def handful(self) -> int:
        return max(1, min(LARGEST_HANDFUL, int(IN_DOUBT / max(self.seconds, 1e-6))))

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
    with _persons(group) as ours:
        read_at, now = time.monotonic(), clock()
        busy = [message for message in group if message not in ours]
        result.put_back += results.put_back(busy, due_at=now + _BUSY_WAIT, reason="customer_busy")
        if not ours:
            return
        ready, refused = judge(
            ours, channel=ours[0].channel, remembers_seconds=channel.remembers_seconds, now=now
        )
        result.refused += refused
        while ready:
            if time.monotonic() - read_at >= FRESH or pace.is_sick:
                old = [one.claimed for one in ready]
                result.put_back += results.put_back(old, due_at=now, reason="facts_too_old")
                return
            handful, ready = ready[: pace.handful], ready[pace.handful :]
            _hand_over(handful, channel=channel, read_at=read_at, now=now, pace=pace, result=result)


@contextmanager
def _persons(group: list[Claimed]) -> Iterator[list[Claimed]]:
    """Hold the contact locks of the group; yields one message to each person whose locks were free.

    Two records of one person are one person: the lowest of them is locked beside each. Nobody joins or separates
    records whose locks are held.
    """
    with contact_locks(message.customer_id for message in group) as held:
        persons = first_records(held)
        with contact_locks(set(persons.values()) - held) as beside:
            ours: dict[int, Claimed] = {}
            for message in group:
                if message.customer_id in held and persons[message.customer_id] in held | beside:
                    ours.setdefault(persons[message.customer_id], message)
            yield list(ours.values())


def _hand_over(
    handful: list[Ready],
    *,
    channel: OpenChannel,
    read_at: float,
    now: datetime,
    pace: _Pace,
    result: SendResult,
) -> None:
    ours = results.start([one.claimed for one in handful])
    answers: list[tuple[Claimed, results.Answer]] = []
    left = [one for one in handful if one.claimed.id in ours]
    try:
        while left and time.monotonic() - read_at < FRESH and not pace.is_sick:
            one = left.pop(0)
            began = time.monotonic()
            answer = _answer(one, channel)
            pace.note(time.monotonic() - began, answer)
            answers.append((one.claimed, answer))
    finally:
        states = results.record(answers, memory=channel.memory, now=now)
        old = [one.claimed for one in left]
        result.put_back += results.put_back(old, due_at=now, reason="facts_too_old")
    result.sent += states.count(MessageState.SENT)
    result.unknown += sum(isinstance(answer, Unknown) for _, answer in answers)
    result.failed += sum(isinstance(answer, Refused) for _, answer in answers)


def _answer(one: Ready, channel: OpenChannel) -> results.Answer:
    try:
        return channel.channel.send(one.outgoing)
    except Exception as error:
        # Whatever went wrong in a channel, the message may have left.
        log.exception("channel failed on message %d", one.claimed.id)
        return Unknown(type(error).__name__)
