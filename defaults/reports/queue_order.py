"""The two orders of the queue, and pages by key in either. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Value, When
from django.utils import timezone

from common.calendar import days_past_due

from ..gain import CHANCES, COSTS_MINOR, PER_MILLE, Gain, gain_of
from ..models import DefaultCase

LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class DueKey:
    """A place in the order by due date, then id: `2026-11-22.123`."""

    due_on: date
    case_id: int

    def __str__(self) -> str:
        return f"{self.due_on.isoformat()}.{self.case_id}"


@dataclass(frozen=True, slots=True)
class GainKey:
    """A place in the order by expected gain, one currency after the other: `KRW.4300.123`."""

    currency: str
    net_minor: int
    case_id: int

    def __str__(self) -> str:
        return f"{self.currency}.{self.net_minor}.{self.case_id}"


class ByDue:
    """The longest overdue first."""

    name = "due"

    def __init__(self, *, now: datetime) -> None:
        del now

    def prepared(self, cases: QuerySet[DefaultCase]) -> QuerySet[DefaultCase]:
        return cases

    def read(self, text: str) -> DueKey | None:
        """None for anything that is no place."""
        day, _, number = text.partition(".")
        try:
            return DueKey(date.fromisoformat(day), int(number)) if _is_id(number) else None
        except ValueError:
            return None

    def key_of(self, case: DefaultCase) -> DueKey:
        return DueKey(case.oldest_due_on, case.pk)

    # The plain bound beside the exact one lets the index start at the right place.
    def after(self, cases: QuerySet[DefaultCase], key: DueKey) -> QuerySet[DefaultCase]:
        exact = Q(oldest_due_on__gt=key.due_on) | Q(pk__gt=key.case_id)
        return cases.filter(exact, oldest_due_on__gte=key.due_on)

    def before(self, cases: QuerySet[DefaultCase], key: DueKey) -> QuerySet[DefaultCase]:
        exact = Q(oldest_due_on__lt=key.due_on) | Q(pk__lt=key.case_id)
        return cases.filter(exact, oldest_due_on__lte=key.due_on)

    forwards = ("oldest_due_on", "pk")
    backwards = ("-oldest_due_on", "-pk")


class ByGain:
    """The largest expected net gain first; amounts of two currencies cannot be compared, so one after the other."""

    name = "gain"

    def __init__(self, *, now: datetime) -> None:
        self.today = timezone.localtime(now).date()

    def prepared(self, cases: QuerySet[DefaultCase]) -> QuerySet[DefaultCase]:
        """`net` in SQL is `defaults.gain` in SQL: integers, rounded down."""
        aged = [
            When(oldest_due_on__gte=self.today - timedelta(days=most), then=Value(chance))
            for most, chance in CHANCES
            if most is not None
        ]
        chance = Case(*aged, default=Value(CHANCES[-1][1]), output_field=BigIntegerField())
        known = [When(currency=currency, then=Value(cost)) for currency, cost in COSTS_MINOR.items()]
        cost = Case(*known, default=Value(0), output_field=BigIntegerField())
        return cases.annotate(net=F("claimed_minor") * chance / PER_MILLE - cost)

    def read(self, text: str) -> GainKey | None:
        currency, _, rest = text.partition(".")
        net, _, number = rest.partition(".")
        plain = net.removeprefix("-")
        if not (currency.isascii() and len(currency) == 3 and _is_id(number) and _is_id(plain)):
            return None
        return GainKey(currency, int(net), int(number))

    def key_of(self, case: DefaultCase) -> GainKey:
        return GainKey(case.currency, case.net, case.pk)

    def after(self, cases: QuerySet[DefaultCase], key: GainKey) -> QuerySet[DefaultCase]:
        within = Q(net__lt=key.net_minor) | Q(net=key.net_minor, pk__gt=key.case_id)
        return cases.filter(Q(currency__gt=key.currency) | Q(currency=key.currency) & within)

    def before(self, cases: QuerySet[DefaultCase], key: GainKey) -> QuerySet[DefaultCase]:
        within = Q(net__gt=key.net_minor) | Q(net=key.net_minor, pk__lt=key.case_id)
        return cases.filter(Q(currency__lt=key.currency) | Q(currency=key.currency) & within)

    forwards = ("currency", "-net", "pk")
    backwards = ("-currency", "net", "-pk")

    def gain(self, case: DefaultCase) -> Gain:
        days = days_past_due(case.oldest_due_on, self.today)
        return gain_of(amount_minor=case.claimed_minor, currency=case.currency, days=days)


Order = ByDue | ByGain
ORDERS: dict[str, type[ByDue] | type[ByGain]] = {"due": ByDue, "gain": ByGain}


def order_of(name: str, *, now: datetime) -> Order:
    """By due date unless `name` is `gain`."""
    return ORDERS.get(name, ByDue)(now=now)


def ordered(cases: QuerySet[DefaultCase], order: Order) -> QuerySet[DefaultCase]:
    return order.prepared(cases).order_by(*order.forwards)


def slice_of(
    cases: QuerySet[DefaultCase], order: Order, *, after: str, before: str, limit: int
) -> tuple[list[DefaultCase], Iterable[str]]:
    """Up to `limit` cases in order, and the places before the first and behind the last; empty where nothing follows."""
    later, earlier = order.read(after), order.read(before)
    cases = order.prepared(cases)
    if earlier:
        cases = order.before(cases, earlier).order_by(*order.backwards)
    else:
        cases = (order.after(cases, later) if later else cases).order_by(*order.forwards)
    rows = list(cases[: limit + 1])
    more, rows = len(rows) > limit, rows[:limit]
    if earlier:
        rows.reverse()
    if not rows:
        return rows, ("", "")
    has_earlier, has_later = (more, True) if earlier else (later is not None, more)
    return rows, (
        str(order.key_of(rows[0])) if has_earlier else "",
        str(order.key_of(rows[-1])) if has_later else "",
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST
