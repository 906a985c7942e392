"""Days and hours of people: local dates, holidays, business days, and wall-clock windows as instants. Pure.

An instant is an aware datetime; a wall time is a naive one read together with a zone. Arithmetic is done on instants
in UTC: aware datetimes of one zone subtract by the wall clock, which is wrong across a change of the clocks.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

import holidays

SATURDAY_AND_SUNDAY = frozenset({5, 6})
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo | None:
    """The zone of an IANA name; None for a name that is none (then nobody may guess)."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()


def days_past_due(due_on: date, as_of: date) -> int:
    """Whole days from the due date: 0 on it, 1 on the first late day, negative before."""
    return (as_of - due_on).days


@lru_cache(maxsize=512)
def _country(code: str) -> holidays.HolidayBase | None:
    try:
        return holidays.country_holidays(code)
    except NotImplementedError:
        return None


@lru_cache(maxsize=2048)
def _public_holidays(country: str, year: int) -> Mapping[date, str]:
    """Day to name, in the country's own language whatever the machine's."""
    known = _country(country)
    if known is None:
        return MappingProxyType({})
    found = holidays.country_holidays(country, years=year, language=known.default_language)
    return MappingProxyType(dict(found))


@lru_cache(maxsize=512)
def _weekend(country: str) -> frozenset[int]:
    known = _country(country)
    return frozenset(known.weekend) if known is not None else SATURDAY_AND_SUNDAY


class HolidayCalendar:
    """Public holidays by ISO country code, with days added (True) or removed (False) over the package's own.

    Temporary holidays are decreed at short notice, so what the package knows is never the last word. Equal only to
    itself; make one and keep it.
    """

    __slots__ = ("_overrides", "_rest", "_years")

    def __init__(self, overrides: Mapping[tuple[str, date], bool] = MappingProxyType({})) -> None:
        self._overrides = dict(overrides)
        self._years: dict[tuple[str, int], frozenset[date]] = {}
        self._rest: dict[tuple[str, int, tuple[str, ...]], frozenset[date]] = {}

    def holidays(self, country: str, year: int) -> frozenset[date]:
        found = self._years.get((country, year))
        if found is None:
            days = set(_public_holidays(country, year))
            for (where, day), is_added in self._overrides.items():
                if where == country and day.year == year:
                    (days.add if is_added else days.discard)(day)
            found = self._years[country, year] = frozenset(days)
        return found

    def is_holiday(self, day: date, country: str) -> bool:
        return day in self.holidays(country, day.year)

    def is_business_day(self, day: date, country: str) -> bool:
        """Neither weekend nor public holiday in that country."""
        return day.weekday() not in _weekend(country) and not self.is_holiday(day, country)

    def rest_days(self, country: str, year: int, festivals: tuple[str, ...] = ()) -> frozenset[date]:
        """The year's holidays, and the whole run of days off around each whose name starts with one of `festivals`."""
        found = self._rest.get((country, year, festivals))
        if found is None:
            days = set(self.holidays(country, year))
            for near in (year - 1, year, year + 1):
                for day, name in _public_holidays(country, near).items():
                    if name.startswith(festivals) and self.is_holiday(day, country):
                        days |= self._run_around(day, country)
            found = self._rest[country, year, festivals] = frozenset(day for day in days if day.year == year)
        return found

    def _run_around(self, day: date, country: str) -> set[date]:
        run = {day}
        for step in (-_DAY, _DAY):
            near = day + step
            while not self.is_business_day(near, country):
                run.add(near)
                near += step
        return run


def is_business_day(day: date, country: str, calendar: HolidayCalendar) -> bool:
    return calendar.is_business_day(day, country)


def add_business_days(start: date, count: int, country: str, calendar: HolidayCalendar) -> date:
    """The `count`-th business day after `start`; the first day is not counted (민법 157)."""
    day = start
    while count > 0:
        day += _DAY
        if calendar.is_business_day(day, country):
            count -= 1
    return day


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC, also where the clocks change at midnight."""
    midnight = datetime.combine(day, time.min)
    around = midnight.replace(tzinfo=UTC) - 2 * _DAY
    return next_instant(around, zone, lambda wall: max(wall, midnight))


def next_instant(
    at: datetime, zone: ZoneInfo, seek: Callable[[datetime], datetime | None]
) -> datetime | None:
    """The first instant not before `at` whose wall time in `zone` is one that `seek` accepts.

    `seek` maps a wall time to the earliest accepted one not before it, or None. Stretches of one offset are searched
    one after the other, so hours that the clocks skip or repeat come out right. (Two changes between `at` and the
    answer that cancel out are taken for none: no zone has them within days.)
    """
    at = at.astimezone(UTC)
    while True:
        offset = at.astimezone(zone).utcoffset()
        wall = seek(at.replace(tzinfo=None) + offset)
        if wall is None:
            return None
        found = (wall - offset).replace(tzinfo=UTC)
        if found.astimezone(zone).utcoffset() == offset:
            return found
        at = _change_between(at, found, zone)


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the new offset; the two given have different offsets."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def local_windows(
    day: date, zone: ZoneInfo, opens: time, closes: time
) -> tuple[tuple[datetime, datetime], ...]:
    """The stretches of UTC in which the wall clock of `zone` shows that day and a time in [opens, closes).

    Usually one; none where the clocks skip it, two where they repeat a part of its edge.
    """
    first, last = datetime.combine(day, opens), datetime.combine(day, closes)
    edges = (datetime.combine(day, time.min).replace(tzinfo=UTC) + shift * _DAY for shift in (-1, 2))
    start, end = edges
    stretches: list[tuple[datetime, datetime]] = []
    while start < end:
        offset = start.astimezone(zone).utcoffset()
        until = end
        if end.astimezone(zone).utcoffset() != offset:
            until = _change_between(start, end, zone)
        opened = max(start, (first - offset).replace(tzinfo=UTC))
        closed = min(until, (last - offset).replace(tzinfo=UTC))
        if opened < closed:
            joins = stretches and stretches[-1][1] == opened
            stretches[-1:] = [(stretches[-1][0], closed)] if joins else [*stretches[-1:], (opened, closed)]
        start = until
    return tuple(stretches)
