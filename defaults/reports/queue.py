"""The staff's queue: named views of cases, capped counts, search, and pages by key. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Customer, Payment
from accounts.services.contacts import fingerprint_of

from ..case_states import CaseState
from ..models import CaseItem, DefaultCase, Hold, PromiseToPay
from ..models.case import id_of

PAGE = 50
COUNT_LIMIT = 1_000
MATCH_LIMIT = 500
VIEWS = ("open", "due", "staff", "held", "promised", "pooling", "closed")


@dataclass(frozen=True, slots=True)
class Key:
    """A place in the order of a view: due date, then id."""

    due_on: date
    case_id: int

    @classmethod
    def read(cls, text: str) -> "Key | None":
        """`2026-11-22.123`; None for anything else."""
        day, _, number = text.partition(".")
        try:
            return (
                cls(date.fromisoformat(day), int(number)) if number.isascii() and number.isdigit() else None
            )
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.due_on.isoformat()}.{self.case_id}"


@dataclass(frozen=True, slots=True)
class Page:
    """Cases in order, each with `item_count` and `first_item`; `hold` and `promise` by case id."""

    cases: list[DefaultCase]
    holds: dict[int, Hold]
    promises: dict[int, PromiseToPay]
    before: Key | None
    after: Key | None


def running_holds(now: datetime) -> QuerySet[Hold]:
    return Hold.objects.filter(
        Q(until__isnull=True) | Q(until__gt=now), ended_at__isnull=True, starts_at__lte=now
    )


def view_of(name: str, merchant_ids: Iterable[int], *, now: datetime) -> QuerySet[DefaultCase]:
    """The cases of one of VIEWS at these merchants."""
    cases = DefaultCase.objects.filter(merchant_id__in=list(merchant_ids))
    if name == "closed":
        return cases.filter(state=CaseState.CLOSED)
    live = cases.exclude(state=CaseState.CLOSED)
    match name:
        case "due":
            return live.filter(next_review_at__lte=now)
        case "staff":
            return live.filter(needs_staff=True)
        case "held":
            return live.filter(
                Exists(running_holds(now).filter(_of_case(OuterRef("pk"), OuterRef("customer_id"))))
            )
        case "promised":
            return live.filter(state__in=[CaseState.PROMISED, CaseState.IN_PLAN])
        case "pooling":
            return live.filter(state=CaseState.POOLING)
    return live


def counts(merchant_ids: Sequence[int], *, now: datetime) -> dict[str, int]:
    """How many cases each view has, in one query; nobody counts further than COUNT_LIMIT + 1."""
    parts, params = [], []
    for name in VIEWS:
        some = view_of(name, merchant_ids, now=now).order_by().values("pk")[: COUNT_LIMIT + 1]
        if not merchant_ids:
            return dict.fromkeys(VIEWS, 0)
        sql, given = some.query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS cases)")
        params.extend(given)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return dict(zip(VIEWS, cursor.fetchone(), strict=True))


def search(cases: QuerySet[DefaultCase], text: str, merchant_ids: Sequence[int]) -> QuerySet[DefaultCase]:
    """Cases by case number; else by exact e-mail, telephone or reference; else by a part of the name."""
    text = text.strip().replace("\x00", "")
    case_id = id_of(text.upper())
    if case_id is not None:
        return cases.filter(pk=case_id)
    customers = Customer.objects.filter(merchant_id__in=merchant_ids)
    if prints := _fingerprints(text):
        found = customers.filter(contact_points__fingerprint__in=prints)
    else:
        found = customers.filter(Q(reference=text) | Q(name__icontains=text))
    bought = Payment.objects.filter(merchant_id__in=merchant_ids, reference=text).values("customer_id")
    ids = Subquery(found.values("pk")[:MATCH_LIMIT])
    return cases.filter(Q(customer_id__in=ids) | Q(customer_id__in=bought))


def page(
    cases: QuerySet[DefaultCase], *, now: datetime, after: Key | None = None, before: Key | None = None
) -> Page:
    """Up to PAGE cases behind `after`, or up to PAGE in front of `before`; four queries whatever their number."""
    rows = list(_with_items(_slice(cases, after=after, before=before))[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if before:
        rows.reverse()
    has_earlier = more if before else after is not None
    has_later = True if before else more
    first, last = (Key(row.oldest_due_on, row.pk) for row in (rows[0], rows[-1])) if rows else (None, None)
    return Page(
        rows,
        holds_of(rows, now=now),
        {promise.case_id: promise for promise in PromiseToPay.objects.filter(case__in=rows, state="made")},
        before=first if has_earlier else None,
        after=last if has_later else None,
    )


def holds_of(cases: Sequence[DefaultCase], *, now: datetime) -> dict[int, Hold]:
    """The running hold of each case that has one, its own or its customer's; a dispute speaks first."""
    running = (
        running_holds(now)
        .filter(customer__in={case.customer_id for case in cases})
        .order_by("starts_at", "id")
    )
    found: dict[int, Hold] = {}
    for hold in sorted(running, key=lambda hold: hold.reason != Hold.Reason.DISPUTE):
        for case in cases:
            if hold.case_id in (None, case.pk) and hold.customer_id == case.customer_id:
                found.setdefault(case.pk, hold)
    return found


def _slice(cases: QuerySet[DefaultCase], *, after: Key | None, before: Key | None) -> QuerySet[DefaultCase]:
    # The plain bound beside the exact one lets the index start at the right place.
    if before:
        earlier = Q(oldest_due_on__lt=before.due_on) | Q(pk__lt=before.case_id)
        return cases.filter(earlier, oldest_due_on__lte=before.due_on).order_by("-oldest_due_on", "-pk")
    if after:
        cases = cases.filter(
            Q(oldest_due_on__gt=after.due_on) | Q(pk__gt=after.case_id), oldest_due_on__gte=after.due_on
        )
    return cases.order_by("oldest_due_on", "pk")


def _with_items(cases: QuerySet[DefaultCase]) -> QuerySet[DefaultCase]:
    items = CaseItem.objects.filter(case=OuterRef("pk"))
    count = items.order_by().values("case").annotate(count=Count("pk")).values("count")
    first = items.order_by("payment__due_on", "pk").values("payment__description")[:1]
    return cases.select_related("customer", "merchant", "assignee").annotate(
        item_count=Coalesce(Subquery(count, output_field=IntegerField()), 0), first_item=Subquery(first)
    )


def _of_case(case_id: OuterRef, customer_id: OuterRef) -> Q:
    return Q(case=case_id) | Q(case__isnull=True, customer=customer_id)


def _fingerprints(text: str) -> list[bytes]:
    """Of a text that looks like an address; one that is none matches nothing."""
    if "@" in text:
        return [fingerprint_of("email", text)]
    digits = sum(sign.isdigit() for sign in text)
    looks_like_number = digits >= 8 and all(sign.isdigit() or sign in "+-() ." for sign in text)
    return [fingerprint_of("sms", text)] if looks_like_number else []
