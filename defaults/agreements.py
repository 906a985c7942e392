"""Dates and bounds of promises, claims, disputes, offers and plans. Pure."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from common.calendar import HolidayCalendar, add_business_days, start_of_day

LONGEST_PROMISE_DAYS = 30
PROMISE_GRACE_BUSINESS_DAYS = 1
CLAIMED_PAID_BUSINESS_DAYS = 3
# 정보통신망법 art. 58(3), decree 66-9(3).
DISPUTE_ANSWER_DAYS = 14
# A plan is rescinded after three months unpaid (S-PDPD 33), and ten business days after that was told.
RESCISSION_MONTHS = 3
RESCISSION_NOTICE_BUSINESS_DAYS = 10

# The soft ladder of a missed instalment (contact-rules.md, section 4): days after its date. One second chance in a plan.
MISSED, SECOND_CHANCE, REVIEW = "missed", "second_chance", "review"
_LADDER = {MISSED: 3, SECOND_CHANCE: 7, REVIEW: 30}
SECOND_CHANCE_DAYS = 7


def after_business_days(
    start: date, count: int, *, country: str, zone: ZoneInfo, calendar: HolidayCalendar
) -> datetime:
    """The instant at which the `count`-th business day after `start` is over where the customer lives."""
    last = add_business_days(start, count, country, calendar)
    return start_of_day(last + timedelta(days=1), zone)


def why_no_promise(
    *,
    amount_minor: int,
    claimed_minor: int,
    on: date,
    today: date,
    longest_days: int = LONGEST_PROMISE_DAYS,
) -> str | None:
    """The reason a promise of this amount for this local date cannot be taken; None if it can."""
    if not 0 < amount_minor <= claimed_minor:
        return "amount_out_of_range"
    if not today <= on <= today + timedelta(days=longest_days):
        return "date_out_of_range"
    return None


def is_kept(*, amount_minor: int, outstanding_before_minor: int, outstanding_minor: int) -> bool:
    """A promise is kept when what was open as it was made fell by its amount."""
    return outstanding_before_minor - outstanding_minor >= amount_minor


def is_overtaken(items: Sequence[tuple[int, int]], claimed: Mapping[int, int]) -> bool:
    """Whether an offer no longer is about what it was made for: one of its payments owes another sum, or is disputed.

    `items`: (payment id, owed then); `claimed`: what each payment owes now, undisputed ones only.
    """
    return any(claimed.get(payment_id, 0) != minor for payment_id, minor in items)


def count_paid(amounts: Sequence[int], *, total_minor: int, open_minor: int) -> int:
    """How many instalments are covered, in their order: what the plan's payments owe fell by at least their sum."""
    left = total_minor - open_minor
    for number, amount in enumerate(amounts):
        if left < amount:
            return number
        left -= amount
    return len(amounts)


@dataclass(frozen=True, slots=True)
class Rung:
    """What follows from a missed instalment next, and on which local day."""

    stage: str
    on: date


def next_rung(*, missed_on: date, stage: str, has_shifted: bool, since: date) -> Rung | None:
    """The next rung of the soft ladder; None: it is with a person.

    `missed_on`: the first date agreed for the oldest unpaid instalment. `stage`: the rung reached, '' for none.
    `has_shifted`: the plan's one second chance is used. `since`: the day of that rung, or of the news that the instalment
    is the oldest unpaid one: the ladder's gap passes from there too, so that after an outage there is no volley.
    """
    rungs = [rung for rung in _LADDER if rung != SECOND_CHANCE or not has_shifted or stage == SECOND_CHANCE]
    place = rungs.index(stage) + 1 if stage else 0
    if place == len(rungs):
        return None
    following = rungs[place]
    days = _LADDER[following]
    gap = days - _LADDER.get(stage, 0)
    return Rung(following, max(missed_on + timedelta(days=days), since + timedelta(days=gap)))


def rescindable_from(missed_on: date) -> date:
    """The first day on which an instalment has been unpaid for three months, by the calendar (민법 160)."""
    year, month = divmod(missed_on.month - 1 + RESCISSION_MONTHS, 12)
    year, month = missed_on.year + year, month + 1
    return date(year, month, min(missed_on.day, monthrange(year, month)[1]))
