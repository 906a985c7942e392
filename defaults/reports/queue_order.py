"""The two orders of the queue, and pages by key in either. Reads only."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import BooleanField, F, Func, Q, QuerySet, Value

from ..gain import COSTS_MINOR, Gain
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
    """A place in the order by expected gain, one currency after the other: `KRW.4950000.123`, the middle in thousandths."""

    currency: str
    worth: int
    case_id: int

    def __str__(self) -> str:
        return f"{self.currency}.{self.worth}.{self.case_id}"


class Beyond(Func):
    """(a, b, c) > (x, y, z) as one condition, which lets an index of a, b and c start at the right place."""

    output_field = BooleanField()

    def __init__(self, *columns: str, sign: str, place: tuple) -> None:
        super().__init__(*(F(column) for column in columns), *(Value(part) for part in place))
        self.sign = sign

    def as_sql(self, compiler, connection, **_: object) -> tuple[str, list]:
        parts = [compiler.compile(source) for source in self.source_expressions]
        texts, half = [text for text, _ in parts], len(parts) // 2
        sql = f"({', '.join(texts[:half])}) {self.sign} ({', '.join(texts[half:])})"
        return sql, [value for _, values in parts for value in values]


class ByDue:
    """The longest overdue first."""

    name = "due"

    def __init__(self, *, now: datetime) -> None:
        del now

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
    """The largest expected gain first; amounts of two currencies cannot be compared, so one after the other.

    Within a currency the cost is the same for all, so sum times chance has the order of the net gain, and none of its ties.
    """

    name = "gain"
    columns = ("currency", "gain_rank", "pk")
    forwards = columns
    backwards = tuple(f"-{column}" for column in columns)

    def __init__(self, *, now: datetime) -> None:
        del now

    def read(self, text: str) -> GainKey | None:
        """None for anything that is no place."""
        currency, _, rest = text.partition(".")
        worth, _, number = rest.partition(".")
        if not (currency.isascii() and len(currency) == 3 and _is_id(number) and _is_id(worth)):
            return None
        return GainKey(currency, int(worth), int(number))

    def key_of(self, case: DefaultCase) -> GainKey:
        return GainKey(case.currency, -case.gain_rank, case.pk)

    def after(self, cases: QuerySet[DefaultCase], key: GainKey) -> QuerySet[DefaultCase]:
        return cases.filter(Beyond(*self.columns, sign=">", place=(key.currency, -key.worth, key.case_id)))

    def before(self, cases: QuerySet[DefaultCase], key: GainKey) -> QuerySet[DefaultCase]:
        return cases.filter(Beyond(*self.columns, sign="<", place=(key.currency, -key.worth, key.case_id)))

    def gain(self, case: DefaultCase) -> Gain:
        return Gain(case.claimed_minor, case.chance, COSTS_MINOR.get(case.currency, 0))


Order = ByDue | ByGain
ORDERS: dict[str, type[ByDue] | type[ByGain]] = {"due": ByDue, "gain": ByGain}


def order_of(name: str, *, now: datetime) -> Order:
    """By due date unless `name` is `gain`."""
    return ORDERS.get(name, ByDue)(now=now)


def ordered(cases: QuerySet[DefaultCase], order: Order) -> QuerySet[DefaultCase]:
    return cases.order_by(*order.forwards)


def slice_of(
    cases: QuerySet[DefaultCase],
    order: Order,
    *,
    after: str,
    before: str,
    limit: int,
    dressed: Callable[[QuerySet[DefaultCase]], QuerySet[DefaultCase]] = lambda cases: cases,
) -> tuple[list[DefaultCase], Iterable[str]]:
    """Up to `limit` cases in order, and the places before the first and behind the last; empty where nothing follows.

    `dressed` adds what the rows carry: to the page alone, for a view that must be sorted is sorted without it.
    """
    later, earlier = order.read(after), order.read(before)
    if earlier:
        cases = order.before(cases, earlier).order_by(*order.backwards)
    else:
        cases = (order.after(cases, later) if later else cases).order_by(*order.forwards)
    directions = order.backwards if earlier else order.forwards
    page = DefaultCase.objects.filter(pk__in=cases.values("pk")[: limit + 1])
    rows = list(dressed(page).order_by(*directions))
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
