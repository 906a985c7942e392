"""Opening hours on the wall clock, and the first instant at which all of several are open."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from common.calendar import HolidayCalendar, next_instant, zone_of

from ..facts import BlockedBand

DAY_MINUTES = 24 * 60
# Longer than any run of days off with hours the customer closed; who is closed for longer is closed for good.
HORIZON_DAYS = 62
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)

# Minutes of the day, end exclusive, in order.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class RestDays:
    """Days closed altogether: weekdays (Monday 0), a country's holidays, the whole run of days off around festivals."""

    weekdays: frozenset[int] = frozenset()
    country: str = ""
    festivals: tuple[str, ...] = ()

    def covers(self, day: datetime, calendar: HolidayCalendar) -> bool:
        if day.weekday() in self.weekdays:
            return True
        return bool(self.country) and day.date() in calendar.rest_days(self.country, day.year, self.festivals)


NO_REST = RestDays()


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Open spans for each weekday, less days of rest. Equal only to itself: make one and keep it."""

    week: tuple[tuple[Span, ...], ...]
    rest: RestDays = field(default=NO_REST)

    def is_open(self, wall: datetime, calendar: HolidayCalendar) -> bool:
        minute = wall.hour * 60 + wall.minute
        for start, end in self.week[wall.weekday()]:
            if start <= minute < end:
                return self.rest is NO_REST or not self.rest.covers(wall, calendar)
        return False

    def next_open(self, wall: datetime, calendar: HolidayCalendar) -> datetime | None:
        """The earliest open wall time not before `wall`; None when there is none within `HORIZON_DAYS`."""
        midnight = datetime.combine(wall.date(), time.min)
        for _ in range(HORIZON_DAYS):
            if not self.rest.covers(midnight, calendar):
                for start, end in self.week[midnight.weekday()]:
                    if wall < midnight + timedelta(minutes=end):
                        return max(wall, midnight + timedelta(minutes=start))
            midnight += _DAY
        return None


def daily(opens: time, closes: time, *, margin: timedelta, rest: RestDays = NO_REST) -> Window:
    """[opens, closes) every day, closing earlier by `margin`."""
    span = (_minute(opens), _minute(closes) - int(margin / _MINUTE))
    return Window(((span,),) * 7, rest)


def all_day(rest: RestDays) -> Window:
    """Open around the clock but on days of rest."""
    return Window((((0, DAY_MINUTES),),) * 7, rest)


@lru_cache(maxsize=4096)
def outside(bands: tuple[BlockedBand, ...], margin: timedelta) -> Window:
    """Open outside the bands; each is taken to begin earlier by `margin`."""
    closed: list[list[Span]] = [[] for _ in range(7)]
    before = int(margin / _MINUTE)
    for band in bands:
        start, end = _minute(band.starts), _minute(band.ends) + bool(band.ends.second)
        length = (end - start) % DAY_MINUTES or DAY_MINUTES
        for weekday in band.weekdays:
            _close(closed, weekday % 7 * DAY_MINUTES + start - before, length + before)
    return Window(tuple(_open_between(spans) for spans in closed))


def _close(closed: list[list[Span]], week_minute: int, length: int) -> None:
    """Mark a stretch that may run over midnight, and over the end of the week."""
    while length > 0:
        day, minute = divmod(week_minute % (7 * DAY_MINUTES), DAY_MINUTES)
        part = min(length, DAY_MINUTES - minute)
        closed[day].append((minute, minute + part))
        week_minute += part
        length -= part


def _open_between(closed: list[Span]) -> tuple[Span, ...]:
    spans: list[Span] = []
    at = 0
    for start, end in sorted(closed):
        if at < start:
            spans.append((at, start))
        at = max(at, end)
    if at < DAY_MINUTES:
        spans.append((at, DAY_MINUTES))
    return tuple(spans)


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


@lru_cache(maxsize=16384)
def first_open(
    windows: tuple[Window, ...], time_zones: tuple[str, ...], at: datetime, calendar: HolidayCalendar
) -> datetime | None:
    """The first minute not before `at` in which every window is open in every zone; None within the horizon: never.

    Each window only ever moves the instant forward to its own next opening, so the first instant that all leave alone
    is the earliest they share.
    """
    zones = [zone for zone in map(zone_of, time_zones) if zone is not None]
    found = whole_minute(at.astimezone(UTC))
    latest = found + HORIZON_DAYS * _DAY
    while found <= latest:
        moved = found
        for window in windows:
            for zone in zones:
                opened = _opened(window, zone, moved, calendar)
                if opened is None:
                    return None
                moved = opened
        if moved == found:
            return found
        found = moved
    return None


def _opened(window: Window, zone: ZoneInfo, at: datetime, calendar: HolidayCalendar) -> datetime | None:
    found = next_instant(at, zone, lambda wall: window.next_open(wall, calendar))
    return None if found is None else whole_minute(found)


def whole_minute(at: datetime) -> datetime:
    """The instant itself if it is on a minute, else the next minute."""
    if not at.second and not at.microsecond:
        return at
    return at.replace(second=0, microsecond=0) + _MINUTE
