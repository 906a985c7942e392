"""Dates and bounds of promises, claims and disputes. Pure."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from common.calendar import HolidayCalendar, add_business_days, start_of_day

LONGEST_PROMISE_DAYS = 30
PROMISE_GRACE_BUSINESS_DAYS = 1
CLAIMED_PAID_BUSINESS_DAYS = 3
# 정보통신망법 art. 58(3), decree 66-9(3).
DISPUTE_ANSWER_DAYS = 14


def after_business_days(
    start: date, count: int, *, country: str, zone: ZoneInfo, calendar: HolidayCalendar
) -> datetime:
    """The instant at which the `count`-th business day after `start` is over where the customer lives."""
    last = add_business_days(start, count, country, calendar)
    return start_of_day(last + timedelta(days=1), zone)


def why_no_promise(*, amount_minor: int, claimed_minor: int, on: date, today: date) -> str | None:
    """The reason a promise of this amount for this local date cannot be taken; None if it can."""
    if not 0 < amount_minor <= claimed_minor:
        return "amount_out_of_range"
    if not today <= on <= today + timedelta(days=LONGEST_PROMISE_DAYS):
        return "date_out_of_range"
    return None


def is_kept(*, amount_minor: int, outstanding_before_minor: int, outstanding_minor: int) -> bool:
    """A promise is kept when what was open as it was made fell by its amount."""
    return outstanding_before_minor - outstanding_minor >= amount_minor
