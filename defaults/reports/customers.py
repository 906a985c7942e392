"""The list of customers: a page by merchant and reference, with what each owes. Reads only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan

from accounts.models import Customer, Payment

from ..models import DefaultCase

PAGE = 50
_PLACE = ("merchant_id", "reference")


@dataclass(frozen=True, slots=True)
class Page:
    """`owed`: by customer id, sums of what is open by currency; `live`: their numbers of open cases.

    `before` and `after` are places in the order; empty where there is nothing further.
    """

    customers: list[Customer]
    owed: Mapping[int, Mapping[str, int]]
    live: Mapping[int, int]
    before: str
    after: str


def page(customers: QuerySet[Customer], *, after: str = "", before: str = "") -> Page:
    """Up to PAGE customers behind `after`, or in front of `before`; five queries whatever their number."""
    later, earlier = _read(after), _read(before)
    if earlier:
        wanted = customers.filter(TupleLessThan(_columns(), earlier)).order_by("-merchant_id", "-reference")
    elif later:
        wanted = customers.filter(TupleGreaterThan(_columns(), later)).order_by(*_PLACE)
    else:
        wanted = customers.order_by(*_PLACE)
    rows = list(
        wanted.select_related("merchant", "person_record").prefetch_related("contact_points")[: PAGE + 1]
    )
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if earlier:
        rows.reverse()
    has_earlier, has_later = (more, True) if earlier else (later is not None, more)
    ids = [customer.pk for customer in rows]
    return Page(
        rows,
        owed_by(ids),
        _live(ids),
        before=_place(rows[0]) if rows and has_earlier else "",
        after=_place(rows[-1]) if rows and has_later else "",
    )


def owed_by(customer_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """What each of them owes, by currency: two currencies are never added up."""
    sums = Payment.objects.filter(customer__in=list(customer_ids), outstanding_minor__gt=0)
    found: dict[int, dict[str, int]] = {}
    rows = sums.order_by("currency").values_list("customer_id", "currency")
    for customer_id, currency, minor in rows.annotate(Sum("outstanding_minor")):
        found.setdefault(customer_id, {})[currency] = int(minor)
    return found


def _live(customer_ids: list[int]) -> dict[int, int]:
    live = DefaultCase.objects.live().filter(customer__in=customer_ids).order_by()
    return dict(live.values_list("customer_id").annotate(Count("pk")))


def _columns() -> tuple[F, ...]:
    return tuple(F(name) for name in _PLACE)


def _place(customer: Customer) -> str:
    return f"{customer.merchant_id}.{customer.reference}"


def _read(text: str) -> tuple[int, str] | None:
    """None for anything that is no place."""
    merchant_id, dot, reference = text.partition(".")
    if not (dot and merchant_id.isdecimal() and merchant_id.isascii() and len(merchant_id) <= 18):
        return None
    return int(merchant_id), reference
