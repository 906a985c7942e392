"""The staff's queue: named views of cases, their capped counts, and a page of one. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ..case_states import CaseState
from ..models import CaseItem, DefaultCase, Hold, PromiseToPay, Snooze
from .queue_holds import among, disputed_ids, held, not_held, snoozed_ids
from .queue_order import Order, slice_of

PAGE = 50
COUNT_LIMIT = 1_000
VIEWS = ("open", "mine", "unassigned", "due", "soon", "staff", "disputed", "promised", "snoozed")
# Looked up, not worked off: without a number and a key.
OTHERS = ("held", "closed")
SOON = timedelta(hours=24)
_THEN = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Page:
    """Cases in order, each with `item_count`, `first_item` and `snoozed_until`; `holds` and `promises` by case id.

    `before` and `after` are places in the order; empty where there is nothing further.
    """

    cases: list[DefaultCase]
    holds: dict[int, Hold]
    promises: dict[int, PromiseToPay]
    before: str
    after: str


def running_holds(now: datetime) -> QuerySet[Hold]:
    return Hold.objects.running(now)


def view_of(
    name: str, merchant_ids: Iterable[int], *, user_id: int, now: datetime, with_snoozed: bool = False
) -> QuerySet[DefaultCase]:
    """The cases of one of VIEWS or OTHERS at these merchants, for this person. What is snoozed has a view of its own."""
    cases = DefaultCase.objects.filter(merchant_id__in=list(merchant_ids))
    if name == "closed":
        return cases.filter(state=CaseState.CLOSED)
    live = cases.exclude(state=CaseState.CLOSED)
    if name == "snoozed":
        return among(live, snoozed_ids(now))
    if not with_snoozed:
        live = live.exclude(pk__in=snoozed_ids(now))
    match name:
        case "mine":
            return live.filter(assignee=user_id)
        case "unassigned":
            return live.filter(assignee__isnull=True)
        case "due":
            return live.filter(next_review_at__lte=now)
        case "soon":
            return live.filter(next_review_at__gt=now, next_review_at__lte=now + SOON)
        case "staff":
            return live.filter(needs_staff=True)
        case "disputed":
            return among(live, disputed_ids(now))
        case "held":
            return held(live, now=now)
        case "promised":
            return live.filter(state__in=[CaseState.PROMISED, CaseState.IN_PLAN])
    return live


def workable(name: str, merchant_ids: Iterable[int], *, user_id: int, now: datetime) -> QuerySet[DefaultCase]:
    """The cases of a view from which the next one may be taken; of general views without those that rest anyway."""
    if name in ("staff", "disputed", "promised", "held"):
        return view_of(name, merchant_ids, user_id=user_id, now=now)
    view = name if name in ("due", "soon") else "open"
    cases = view_of(view, merchant_ids, user_id=user_id, now=now).filter(state=CaseState.OPEN)
    return not_held(cases, now=now)


def counts(
    merchant_ids: Sequence[int],
    *,
    user_id: int,
    now: datetime,
    saved: Mapping[str, QuerySet[DefaultCase]] | None = None,
) -> dict[str, int]:
    """How many cases each view has, and each of `saved`, in one query; nobody counts further than COUNT_LIMIT + 1."""
    parts, params = _counting(tuple(merchant_ids), user_id)
    params = [given + (now - _THEN) if isinstance(given, datetime) else given for given in params]
    for cases in (saved or {}).values():
        part, given = _counted(cases)
        parts, params = (*parts, part), [*params, *given]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return dict(zip((*VIEWS, *(saved or {})), cursor.fetchone(), strict=True))


@lru_cache(maxsize=1_000)
def _counting(merchant_ids: tuple[int, ...], user_id: int) -> tuple[tuple[str, ...], tuple]:
    """The counts of VIEWS as SQL, with their parameters as of _THEN: only the instant changes, and writing them costs
    more than counting.
    """
    counted = [_counted(view_of(name, merchant_ids, user_id=user_id, now=_THEN)) for name in VIEWS]
    return tuple(sql for sql, _ in counted), tuple(one for _, params in counted for one in params)


def _counted(cases: QuerySet[DefaultCase]) -> tuple[str, tuple]:
    try:
        sql, params = cases.order_by().values("pk")[: COUNT_LIMIT + 1].query.sql_with_params()
    except EmptyResultSet:
        sql, params = "SELECT WHERE false", ()
    return f"(SELECT count(*) FROM ({sql}) AS cases)", params


def page(
    cases: QuerySet[DefaultCase], *, order: Order, now: datetime, after: str = "", before: str = ""
) -> Page:
    """Up to PAGE cases behind `after`, or up to PAGE in front of `before`; three queries whatever their number."""
    rows, (first, last) = slice_of(cases, order, after=after, before=before, limit=PAGE, dressed=_as_rows)
    return Page(
        rows,
        holds_of(rows, now=now),
        promises_of(rows),
        before=first,
        after=last,
    )


def holds_of(cases: Sequence[DefaultCase], *, now: datetime) -> dict[int, Hold]:
    """The running hold of each case that has one, its own or its customer's; a dispute speaks first."""
    by_customer: dict[int, list[DefaultCase]] = {}
    for case in cases:
        by_customer.setdefault(case.customer_id, []).append(case)
    running = running_holds(now).filter(customer__in=by_customer).order_by("starts_at", "id")
    found: dict[int, Hold] = {}
    for hold in sorted(running, key=lambda hold: hold.reason != Hold.Reason.DISPUTE):
        for case in by_customer[hold.customer_id]:
            if hold.case_id in (None, case.pk):
                found.setdefault(case.pk, hold)
    return found


def promises_of(cases: Sequence[DefaultCase]) -> dict[int, PromiseToPay]:
    ids = [case.pk for case in cases]
    return {promise.case_id: promise for promise in PromiseToPay.objects.filter(case__in=ids, state="made")}


def _as_rows(cases: QuerySet[DefaultCase]) -> QuerySet[DefaultCase]:
    snoozes = Snooze.objects.filter(case=OuterRef("pk"), ended_at=None)
    dressed = with_items(cases).annotate(snoozed_until=Subquery(snoozes.values("until")))
    return dressed.select_related("customer", "assignee")


def with_items(cases: QuerySet[DefaultCase]) -> QuerySet[DefaultCase]:
    """Each with `item_count`, and `first_item`: the description of the one that is due the longest."""
    items = CaseItem.objects.filter(case=OuterRef("pk"))
    count = items.order_by().values("case").annotate(count=Count("pk")).values("count")
    first = items.order_by("payment__due_on", "pk").values("payment__description")[:1]
    return cases.annotate(
        item_count=Coalesce(Subquery(count, output_field=IntegerField()), 0), first_item=Subquery(first)
    )
