"""Putting a case away at a desk: from a word, a date or an instant to the moment at which the case is back."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from common.calendar import local_date, zone_of
from defaults.services import snooze as snoozes
from defaults.services.acts import zone_for

from . import act_shapes as shapes
from .act_args import Unfit

if TYPE_CHECKING:
    from .case_acts import Desk

MORNING = time(9)
TOMORROW, IN_3_DAYS, NEXT_WEEK = "tomorrow", "in_3_days", "next_week"


def snooze(desk: "Desk", body: shapes.SnoozeTerms) -> None:
    until = _until(desk, body)
    if until <= desk.now:
        raise Unfit(
            "on" if body.until is None else "until", "end_in_the_past", "A snooze ends in the future."
        )
    snoozes.snooze(desk.case, until=until, wakes=body.wakes, note=body.note.strip(), **desk.who)


def wake(desk: "Desk", body: shapes.NothingMore) -> None:
    snoozes.wake(desk.case, **desk.who)


def day_of(word: str, *, today: date) -> date | None:
    """The day a word means; next week begins on its Monday. None for any other text."""
    days = {TOMORROW: 1, IN_3_DAYS: 3, NEXT_WEEK: 7 - today.weekday()}.get(word)
    return today + timedelta(days=days) if days else None


def _until(desk: "Desk", body: shapes.SnoozeTerms) -> datetime:
    """A day begins at nine where the person is."""
    zone = zone_of(desk.user.time_zone) or zone_for(desk.case)
    if body.until is None:
        if body.on is None:
            raise Unfit("until", "snooze_without_end", "Say until when: `until` or `on`.")
        return _morning(body.on, zone)
    day = day_of(body.until, today=local_date(desk.now, zone))
    return _morning(day, zone) if day else _instant(body.until)


def _morning(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, MORNING, zone).astimezone(UTC)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1900 < at.year < 2200:
        raise Unfit("until", "invalid_value", "Give an instant with an offset, or a word that is known.")
    return at.astimezone(UTC)
