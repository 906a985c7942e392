"""What happens when: the file's events laid out over the business days, each known at the next instant of its day."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import BinaryIO
from zoneinfo import ZoneInfo

from accounts.importing import Mapping
from accounts.services.import_file import read_rows

# Night, opening time, noon, evening, night again; the last one brings what was left of the day.
INSTANTS = (time(0, 5), time(8, 5), time(12, 5), time(18, 5), time(22, 5), time(23, 59, 59, 999_999))


class BadLines(ValueError):
    """The file has lines that are no payments."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant of a day at which `batches` of events become known and the jobs run."""

    day: date
    at: datetime
    batches: list[list[dict]]


@dataclass(frozen=True, slots=True)
class Happening:
    at: datetime
    line: int
    event: dict


def read_happenings(file: BinaryIO, mapping: Mapping) -> list[Happening]:
    """Every event of the file in the order in which it happened. Raises BadLines, naming the first one."""
    faults: list[tuple[int, str | None, str]] = []
    happenings = []
    for line, row in read_rows(file, mapping, lambda *fault: faults.append(fault)):
        instants = (row.told_at, row.paid_at)
        happenings += [Happening(at, line, event) for at, event in zip(instants, row.events, strict=False)]
    if faults:
        line, column, reason = min(faults, key=lambda fault: fault[0])
        raise BadLines(
            f"line {line}{f', column {column}' if column else ''}: {reason} ({len(faults)} bad lines)"
        )
    return sorted(happenings, key=lambda happening: (happening.at, happening.line))


def happened_by(happenings: list[Happening], last: date, zone: ZoneInfo) -> frozenset[str]:
    """Ids of the events up to the end of the local day `last`."""
    end = _instant(last, INSTANTS[-1], zone)
    return frozenset(happening.event["id"] for happening in happenings if happening.at <= end)


def moments(
    happenings: list[Happening], *, first: date, last: date, zone: ZoneInfo, seed: int | None
) -> Iterator[Moment]:
    """The instants from `first` to `last`, both included; what happened before `first` is known at its first instant.

    With a `seed` the events that become known together come in a random order and in batches of random size, so that
    payments come before what they pay for: the outcome must be the same.
    """
    chance = random.Random(seed)  # noqa: S311 - a repeatable order, no secret
    place = 0
    for day in _days(first, last):
        for clock in INSTANTS:
            at = _instant(day, clock, zone)
            start = place
            while place < len(happenings) and happenings[place].at <= at:
                place += 1
            events = [happening.event for happening in happenings[start:place]]
            yield Moment(day, at, _batches(events) if seed is None else _shuffled(events, chance))


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Where the clocks go back around midnight, the day ends when it ends for the second time."""
    fold = int(clock == INSTANTS[-1])
    return datetime.combine(day, clock, tzinfo=zone).replace(fold=fold).astimezone(UTC)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _batches(events: list[dict]) -> list[list[dict]]:
    return [events[start : start + 1000] for start in range(0, len(events), 1000)]


def _shuffled(events: list[dict], chance: random.Random) -> list[list[dict]]:
    events = chance.sample(events, len(events))
    batches = []
    while events:
        size = chance.randint(1, 100)
        batches.append(events[:size])
        events = events[size:]
    return batches
