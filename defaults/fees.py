"""Late fees: daily, pro rata, on overdue principal only, at most 20% a year. Pure; amounts in minor units.

Agreed damages for delay must not be unduly high (민법 398, 약관규제법 art. 8); the ceiling is that of 이자제한법, taken as
policy. No fee on a fee, none for a day on which asking rested or the payment was disputed, none past limitation. A fee
is charged for whole periods, once they are over; whatever is not certain is decided for the customer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from accounts.allocation import Movement, open_parts

PERIOD_DAYS = 30
MOST_ANNUAL_BP = 2_000
_BP, _YEAR_DAYS = 10_000, 365


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """One version of a merchant's late fee; `valid_until` is exclusive, empty while no later one is known."""

    policy_id: int
    annual_bp: int
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Local days from `from_on` to `until_on`, exclusive."""

    from_on: date
    until_on: date

    @property
    def days(self) -> int:
        return (self.until_on - self.from_on).days


@dataclass(frozen=True, slots=True)
class Dated:
    """A movement of the receivable, and the customer's local day on which it happened."""

    on: date
    movement: Movement


@dataclass(frozen=True, slots=True)
class Fee:
    """What is due for one period, and everything it was computed from."""

    policy_id: int
    period: Span
    principal_minor: int
    days: int
    amount_minor: int


def fee_minor(principal_minor: int, *, annual_bp: int, days: int) -> int:
    """The fee for so many days, rounded once, down. `annual_bp`: hundredths of a percent a year, capped at 20%."""
    return principal_minor * min(annual_bp, MOST_ANNUAL_BP) * days // (_BP * _YEAR_DAYS)


def periods(due_on: date, terms: FeeTerms, *, today: date) -> Iterator[Span]:
    """The periods of one version that are over: from the day after the due date, or from when the version came in force.

    A version that ends cuts its last period short.
    """
    end = min(today, terms.valid_until or today)
    start = max(due_on + timedelta(days=1), terms.valid_from)
    while start < end:
        until = start + timedelta(days=PERIOD_DAYS)
        if until > end:
            if terms.valid_until != end:
                return
            until = end
        yield Span(start, until)
        start = until


def days_charged(period: Span, rests: Iterable[Span]) -> int:
    """The days of a period that no rest covers."""
    covered: set[date] = set()
    for rest in rests:
        start, end = max(rest.from_on, period.from_on), min(rest.until_on, period.until_on)
        covered |= {start + timedelta(days=n) for n in range((end - start).days)}
    return period.days - len(covered)


def least_principal(movements: Sequence[Dated], period: Span) -> int:
    """The least principal that was owed at the end of any day of the period; `movements` in the order they happened."""
    before = [one.movement for one in movements if one.on <= period.from_on]
    least = open_parts(before)[1]
    later = [one for one in movements if period.from_on < one.on < period.until_on]
    for place, one in enumerate(later):
        before.append(one.movement)
        if place + 1 == len(later) or later[place + 1].on > one.on:
            least = min(least, open_parts(before)[1])
    return max(least, 0)


def fees_due(
    due_on: date,
    *,
    versions: Iterable[FeeTerms],
    movements: Sequence[Dated],
    rests: Sequence[Span],
    limitation_on: date,
    today: date,
) -> list[Fee]:
    """Every fee due on one payment for the periods that are over, also those charged by now; ones of nothing left out.

    `limitation_on`: the last day on which the claim stands. A later version ends the one before it.
    """
    barred = Span(limitation_on + timedelta(days=1), date.max)
    fees = []
    for terms in _in_turn(versions):
        for period in periods(due_on, terms, today=today):
            principal = least_principal(movements, period)
            days = days_charged(period, [*rests, barred])
            amount = fee_minor(principal, annual_bp=terms.annual_bp, days=days)
            if amount:
                fees.append(Fee(terms.policy_id, period, principal, days, amount))
    return fees


def not_yet_charged(fees: Iterable[Fee], charged: Sequence[Span]) -> list[Fee]:
    """Those for days of which none is charged: what became of a version later never charges a day again."""
    return [
        fee
        for fee in fees
        if not any(
            span.from_on < fee.period.until_on and fee.period.from_on < span.until_on for span in charged
        )
    ]


def _in_turn(versions: Iterable[FeeTerms]) -> list[FeeTerms]:
    aged = sorted(versions, key=lambda terms: terms.valid_from)
    starts = [terms.valid_from for terms in aged[1:]]
    return [
        replace(terms, valid_until=min(terms.valid_until or following, following))
        for terms, following in zip(aged, starts, strict=False)
    ] + aged[-1:]
