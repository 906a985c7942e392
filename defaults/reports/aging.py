"""How old what is owed is: buckets by days past due, on each customer's own calendar. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    F,
    Func,
    IntegerField,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, NullIf
from django.db.models.lookups import In

from accounts.models import Payment
from common.calendar import days_past_due

from ..delinquency import today_by_zone, unknown_zone
from ..models import DefaultCase

# Name to (least, most) days past due, both inclusive; None: no bound.
BUCKETS: dict[str, tuple[int | None, int | None]] = {
    "current": (None, 0),
    "1-30": (1, 30),
    "31-60": (31, 60),
    "61-90": (61, 90),
    "90+": (91, None),
}


@dataclass(frozen=True, slots=True)
class Aged:
    """What is owed in one currency and bucket."""

    currency: str
    bucket: str
    payments: int
    outstanding_minor: int


class _DaysBetween(Func):
    """A date less a date: whole days in PostgreSQL, where Django would make an interval of them."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()


def aging_bucket(dpd: int) -> str:
    return next(name for name, (_, most) in BUCKETS.items() if most is None or dpd <= most)


def dpd_of(case: DefaultCase, *, now: datetime) -> int:
    """Days past due of the oldest item, on the customer's calendar; `case` with its customer and merchant at hand."""
    zone = case.customer.time_zone or case.merchant.time_zone
    return days_past_due(case.oldest_due_on, _today(now).get(zone) or unknown_zone(now))


def local_today(now: datetime, *, customer: str, merchant: str) -> Case:
    """The customer's local date in SQL; `customer`, `merchant`: paths to their rows.

    At any instant the zones of the world hold two or three dates, so the zones of each date are listed: names that the
    database's own zone table may lack do no harm.
    """
    zone = Coalesce(
        NullIf(F(f"{customer}__time_zone"), Value("")), F(f"{merchant}__time_zone"), output_field=CharField()
    )
    by_date: dict[date, list[str]] = {}
    for name, day in _today(now).items():
        by_date.setdefault(day, []).append(name)
    whens = [When(In(zone, sorted(names)), then=Value(day)) for day, names in sorted(by_date.items())]
    return Case(*whens, default=Value(unknown_zone(now)), output_field=DateField())


def with_dpd(
    rows: QuerySet, *, due_on: str, now: datetime, customer: str = "customer", merchant: str = "merchant"
) -> QuerySet:
    """`rows` with `dpd` in SQL, as `dpd_of` counts it; `due_on` is the path to the due date."""
    today = local_today(now, customer=customer, merchant=merchant)
    return rows.annotate(dpd=_DaysBetween(today, F(due_on)))


def aging(*, merchant_ids: Iterable[int] | None, now: datetime, merchant: str | None = None) -> list[Aged]:
    """Every currency and bucket with something owed in it, of these merchants (None: of all). One query."""
    owed = Payment.objects.filter(outstanding_minor__gt=0)
    if merchant_ids is not None:
        owed = owed.filter(merchant_id__in=merchant_ids)
    if merchant is not None:
        owed = owed.filter(merchant__slug=merchant)
    bucket = Case(
        *(When(dpd__lte=most, then=Value(name)) for name, (_, most) in BUCKETS.items() if most is not None),
        default=Value("90+"),
        output_field=CharField(),
    )
    rows = with_dpd(owed, due_on="due_on", now=now).annotate(bucket=bucket).values_list("currency", "bucket")
    found = {(currency, name): (count, total) for currency, name, count, total in
             rows.annotate(Count("pk"), Sum("outstanding_minor")).order_by()}  # fmt: skip
    currencies = sorted({currency for currency, _ in found})
    keys = [(currency, name) for currency in currencies for name in BUCKETS if (currency, name) in found]
    return [Aged(*key, found[key][0], int(found[key][1])) for key in keys]


def _today(now: datetime) -> dict[str, date]:
    return _today_at(now.replace(second=0, microsecond=0))


@lru_cache(maxsize=4)
def _today_at(minute: datetime) -> dict[str, date]:
    """No zone changes its date within a minute."""
    return dict(today_by_zone(minute))
