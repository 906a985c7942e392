"""The shape of a case, and how cases are chosen and ordered.

The addresses are in `reminders.api`, which knows the next step.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from msgspec import Meta, Struct

from accounts.api.base import Money, Person, of_merchant
from common.paging import Column, Order, PageQuery

from ..case_states import CaseState, Outcome
from ..models import CaseItem, DefaultCase, Dispute, Hold, Snooze
from ..reports.aging import BUCKETS, aging_bucket, dpd_of, with_dpd
from ..reports.queue_search import search
from .agreements import Agreement, agreements_of, with_agreements

_STATES, _OUTCOMES = tuple(state.value for state in CaseState), tuple(outcome.value for outcome in Outcome)
_BUCKETS = tuple(BUCKETS)
_ID = Column("pk", int)
ORDERS = {
    "due": Order("due", (Column("oldest_due_on", date), _ID)),
    # Amounts of two currencies cannot be compared: one currency after the other.
    "-amount": Order(
        "-amount", (Column("currency", str), Column("claimed_minor", int, descending=True), _ID)
    ),
    # Until uplift is measured, what a minute is worth goes by the sum at stake, and of equal sums by the younger debt.
    "gain": Order(
        "gain",
        (
            Column("currency", str),
            Column("claimed_minor", int, descending=True),
            Column("oldest_due_on", date, descending=True),
            _ID,
        ),
    ),
    "opened": Order("opened", (Column("opened_at", datetime), _ID)),
}


class CaseQuery(PageQuery, frozen=True, kw_only=True):
    state: Literal[_STATES] | None = None
    outcome: Literal[_OUTCOMES] | None = None
    merchant: Annotated[str, Meta(max_length=60, description="Slug.")] | None = None
    assignee: Annotated[str, Meta(max_length=150, description="User name, or `none`.")] | None = None
    bucket: Annotated[Literal[_BUCKETS], Meta(description="Days past due; live cases only.")] | None = None
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] | None = None
    hold: (
        Annotated[Literal["any", "none", *Hold.Reason.values], Meta(description="Of a hold that runs now.")]
        | None
    ) = None
    min_dpd: Annotated[int, Meta(ge=-100_000, le=100_000)] | None = None
    max_dpd: Annotated[int, Meta(ge=-100_000, le=100_000)] | None = None
    opened_after: Annotated[datetime, Meta(tz=True)] | None = None
    q: (
        Annotated[
            str,
            Meta(min_length=1, max_length=200, description="Number, reference, e-mail or phone; or a name."),
        ]
        | None
    ) = None
    order: Literal["due", "-amount", "gain", "opened"] = "due"


class Item(Struct, frozen=True):
    """`outstanding` in whole minor units of the case's currency."""

    payment: str
    outstanding: int
    due_on: date
    disputed: bool


class NextStep(Struct, frozen=True):
    key: str
    not_before: datetime | None


class RunningHold(Struct, frozen=True):
    id: int
    reason: str
    scope: Literal["case", "customer"]
    starts_at: datetime
    until: datetime | None
    placed_by: str


class ShownCase(Struct, frozen=True):
    """`dpd` and `bucket` are null once the case is closed. `version` is the case's ETag. A snooze concerns staff only."""

    number: str
    state: Literal[_STATES]
    outcome: Literal[_OUTCOMES] | None
    version: int
    merchant: str
    customer: Person
    claimed: Money
    dpd: int | None
    bucket: Literal[_BUCKETS] | None
    opened_at: datetime
    closed_at: datetime | None
    assignee: str | None
    items: list[Item]
    next_step: NextStep | None
    holds: list[RunningHold]
    agreements: list[Agreement]
    snoozed_until: datetime | None


def chosen(
    cases: QuerySet[DefaultCase], query: CaseQuery, *, merchant_ids: Iterable[int], now: datetime
) -> QuerySet[DefaultCase]:
    """Those of `cases` that `query` asks for; both `cases` and `merchant_ids` are what the caller may see."""
    given = {
        "state": query.state,
        "outcome": query.outcome,
        "currency": query.currency,
        "opened_at__gt": query.opened_after,
    }
    cases = of_merchant(cases, query.merchant).filter(
        **{name: value for name, value in given.items() if value is not None}
    )
    if query.assignee is not None:
        cases = (
            cases.filter(assignee=None)
            if query.assignee == "none"
            else cases.filter(assignee__username=query.assignee)
        )
    if query.hold is not None:
        cases = _by_hold(cases, query.hold, now=now)
    if query.q is not None:
        cases = search(cases, query.q, merchant_ids)
    return _by_age(cases, query, now=now)


def with_details(cases: QuerySet[DefaultCase]) -> QuerySet[DefaultCase]:
    """All that `shown` reads of a case, in seven queries more, however many cases."""
    items = CaseItem.objects.select_related("payment").order_by("payment__due_on", "pk")
    disputes = Dispute.objects.filter(state=Dispute.State.RAISED).prefetch_related("payments")
    snoozes = Snooze.objects.filter(case=OuterRef("pk"), ended_at=None)
    cases = (
        cases.select_related("merchant", "customer", "assignee")
        .prefetch_related(Prefetch("items", queryset=items), Prefetch("disputes", queryset=disputes))
        .annotate(snoozed_until=Subquery(snoozes.values("until")))
    )
    return with_agreements(cases)


def shown(cases: Sequence[DefaultCase], *, next_steps: dict[int, NextStep], now: datetime) -> list[ShownCase]:
    """The answers about `cases`, which came `with_details`; `next_steps` by case id. One query, for the holds."""
    holds = _holds(cases, now=now)
    return [_shown(case, holds=holds, next_step=next_steps.get(case.pk), now=now) for case in cases]


def etag(case: DefaultCase) -> dict[str, str]:
    return {"ETag": f'"{case.version}"'}


def _shown(
    case: DefaultCase, *, holds: dict[int, list[Hold]], next_step: NextStep | None, now: datetime
) -> ShownCase:
    dpd = None if case.is_closed else dpd_of(case, now=now)
    snoozed = case.snoozed_until
    return ShownCase(
        number=case.number,
        state=case.state,
        outcome=case.outcome,
        version=case.version,
        merchant=case.merchant.slug,
        customer=Person(case.customer.reference, case.customer.name),
        claimed=Money(case.claimed_minor, case.currency),
        dpd=dpd,
        bucket=None if dpd is None else aging_bucket(dpd),
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        assignee=case.assignee.username if case.assignee else None,
        items=_items(case),
        next_step=next_step,
        holds=[_hold(hold) for hold in holds[case.customer_id] if hold.case_id in (None, case.pk)],
        agreements=agreements_of(case),
        snoozed_until=snoozed if snoozed and snoozed > now else None,
    )


def _items(case: DefaultCase) -> list[Item]:
    """Of a live case what is in it now; of a closed one all that was."""
    disputed = {payment.pk for dispute in case.disputes.all() for payment in dispute.payments.all()}
    return [
        Item(
            item.payment.reference,
            item.payment.outstanding_minor,
            item.payment.due_on,
            item.payment_id in disputed,
        )
        for item in case.items.all()
        if case.is_closed or item.released_at is None
    ]


def _holds(cases: Iterable[DefaultCase], *, now: datetime) -> dict[int, list[Hold]]:
    found: dict[int, list[Hold]] = defaultdict(list)
    for hold in (
        Hold.objects.running(now).filter(customer_id__in={case.customer_id for case in cases}).order_by("pk")
    ):
        found[hold.customer_id].append(hold)
    return found


def _hold(hold: Hold) -> RunningHold:
    return RunningHold(
        id=hold.pk,
        reason=hold.reason,
        scope="customer" if hold.case_id is None else "case",
        starts_at=hold.starts_at,
        until=hold.until,
        placed_by=hold.placed_by,
    )


def _by_hold(cases: QuerySet[DefaultCase], reason: str, *, now: datetime) -> QuerySet[DefaultCase]:
    of_case = Q(case=OuterRef("pk")) | Q(case__isnull=True, customer=OuterRef("customer_id"))
    holds = Hold.objects.running(now).filter(of_case)
    if reason == "none":
        return cases.filter(~Exists(holds))
    return cases.filter(Exists(holds if reason == "any" else holds.filter(reason=reason)))


def _by_age(cases: QuerySet[DefaultCase], query: CaseQuery, *, now: datetime) -> QuerySet[DefaultCase]:
    least, most = BUCKETS[query.bucket] if query.bucket else (None, None)
    bounds = {"dpd__gte": [least, query.min_dpd], "dpd__lte": [most, query.max_dpd]}
    if all(value is None for values in bounds.values() for value in values):
        return cases
    cases = with_dpd(cases.live(), due_on="oldest_due_on", now=now)
    for lookup, values in bounds.items():
        for value in values:
            cases = cases if value is None else cases.filter(**{lookup: value})
    return cases
