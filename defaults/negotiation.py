"""What the system may agree to on its own when a customer proposes a date, instalments or a settlement. Pure.

Amounts in minor units of one currency, dates local to the customer. The floor is never shown to a customer.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from common.money import share_rounded_down, split

from .limitation import limitation_day

LONGEST_PROMISE_DAYS = 30
MOST_PARTS = 6
# Between two instalments, and from today to the first one.
LONGEST_GAP_DAYS = 31

Instalments = tuple[tuple[int, date], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What `NegotiationTerms` says for one merchant and currency. `most_instalments` 0: none without a person.

    `least_payment_minor`: the smallest sum that can be paid at all (the gateway's minimum).
    """

    discount_percent: int = 0
    offer_days: int = 14
    pay_within_days: int = 3
    floor_percent: int = 50
    most_instalments: int = 3
    least_instalment_minor: int = 0
    least_payment_minor: int = 1
    longest_promise_days: int = LONGEST_PROMISE_DAYS


@dataclass(frozen=True, slots=True)
class Share:
    """What an offer asked for of what was open: the first one of a case bounds all later ones."""

    pay_minor: int
    outstanding_minor: int


@dataclass(frozen=True, slots=True)
class Accept:
    """As proposed; `instalments` of a plan, `on` of a promise."""

    on: date | None = None
    instalments: Instalments = ()


@dataclass(frozen=True, slots=True)
class Counter:
    """Not as proposed, but so. `code`: date_in_the_past, date_too_late, too_many_instalments, too_few_instalments,
    instalment_too_small, sum_differs, dates_out_of_range."""

    code: str
    on: date | None = None
    instalments: Instalments = ()


@dataclass(frozen=True, slots=True)
class Refer:
    """A person has to decide. `code`: no_instalments, too_small_to_split."""

    code: str


def floor_minor(outstanding_minor: int, bounds: Bounds) -> int:
    """The least that may be asked for instead, rounded once, in the customer's favour."""
    return max(1, share_rounded_down(outstanding_minor, bounds.floor_percent))


def least_for_waiting(outstanding_minor: int, first: Share | None) -> int:
    """The least a later offer may ask: nobody is offered a smaller share for having waited. Compared without rounding."""
    if first is None:
        return 0
    return -(-outstanding_minor * first.pay_minor // first.outstanding_minor)


def settlement_price(
    *, outstanding_minor: int, bounds: Bounds, first: Share | None = None, time_barred: bool = False
) -> int | None:
    """What the automatic offer asks for instead of everything; None: there is none.

    Never below the floor, never a smaller share than the `first` offer of the case, never what cannot be paid.
    """
    if time_barred or not bounds.discount_percent or outstanding_minor <= 0:
        return None
    price = max(
        share_rounded_down(outstanding_minor, 100 - bounds.discount_percent),
        floor_minor(outstanding_minor, bounds),
        least_for_waiting(outstanding_minor, first),
        bounds.least_payment_minor,
    )
    return price if price < outstanding_minor else None


def answer_date(*, on: date, today: date, bounds: Bounds) -> Accept | Counter:
    """To a customer who names a day to pay on."""
    if on < today:
        return Counter("date_in_the_past", on=today)
    latest = today + timedelta(days=bounds.longest_promise_days)
    return Counter("date_too_late", on=latest) if on > latest else Accept(on=on)


def answer_instalments(
    *, total_minor: int, instalments: Sequence[tuple[int, date]], today: date, bounds: Bounds
) -> Accept | Counter | Refer:
    """To a customer who proposes instalments (amount, day). A counter-proposal would be accepted as it stands."""
    if not bounds.most_instalments:
        return Refer("no_instalments")
    most = most_parts(total_minor, bounds)
    if most < 2:
        return Refer("too_small_to_split")
    code = _why_not(total_minor, instalments, today=today, bounds=bounds, most=most)
    if code is None:
        return Accept(instalments=tuple(instalments))
    parts = min(max(len(instalments), 2), most)
    first_on = instalments[0][1] if instalments else today
    latest = today + timedelta(days=LONGEST_GAP_DAYS)
    return Counter(
        code,
        instalments=equal_instalments(total_minor, parts=parts, first_on=min(max(first_on, today), latest)),
    )


def most_parts(total_minor: int, bounds: Bounds) -> int:
    """Into how many instalments a sum may be split without a person; below 2: into none."""
    return min(bounds.most_instalments, MOST_PARTS, total_minor // _least(bounds))


def equal_instalments(total_minor: int, *, parts: int, first_on: date) -> Instalments:
    """Equal amounts a month apart; the last one absorbs the rest."""
    return tuple(zip(split(total_minor, parts), instalment_dates(first_on, parts), strict=True))


def instalment_dates(first_on: date, parts: int) -> tuple[date, ...]:
    """The same day of each following month, or its last day where it has no such day (민법 160(3))."""
    return tuple(_months_later(first_on, month) for month in range(parts))


def limitation_after_acceptance(accepted_on: date, *, years: int) -> date:
    """The last day on which the claim stands once the customer has agreed: agreeing acknowledges the debt, and the
    period starts again (민법 168 no. 3, 178)."""
    return limitation_day(accepted_on, years)


def _why_not(
    total_minor: int, instalments: Sequence[tuple[int, date]], *, today: date, bounds: Bounds, most: int
) -> str | None:
    amounts = [amount for amount, _ in instalments]
    if len(instalments) > most:
        return "too_many_instalments"
    if len(instalments) < 2:
        return "too_few_instalments"
    if sum(amounts) != total_minor:
        return "sum_differs"
    if min(amounts) < _least(bounds):
        return "instalment_too_small"
    days = [today, *(on for _, on in instalments)]
    gaps = [(after - before).days for before, after in pairwise(days)]
    if gaps[0] < 0 or min(gaps[1:]) < 1 or max(gaps) > LONGEST_GAP_DAYS:
        return "dates_out_of_range"
    return None


def _least(bounds: Bounds) -> int:
    return max(1, bounds.least_instalment_minor, bounds.least_payment_minor)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
