"""What was agreed about a case, in the shape of the API."""

from datetime import UTC, date, datetime, timedelta
from typing import Literal

from django.db.models import Prefetch, QuerySet
from msgspec import UNSET, Struct, UnsetType

from accounts.api.base import Money
from common.calendar import zone_of

from ..models import DefaultCase, PaymentPlan, SettlementOffer


class ShownInstalment(Struct, frozen=True):
    """`amount` in whole minor units of the case's currency."""

    amount: int
    on: date
    paid_at: datetime | None


class Agreement(Struct, frozen=True):
    """`amount`: what is to be paid. `on`: until when, the last day of an offer, the last date of a plan."""

    kind: Literal["promise", "offer", "plan"]
    id: int
    state: str
    amount: Money
    on: date
    made_at: datetime
    ended_at: datetime | None
    instalments: list[ShownInstalment] | UnsetType = UNSET


def with_agreements(cases: QuerySet[DefaultCase]) -> QuerySet[DefaultCase]:
    """All that `agreements_of` reads, in four queries more, however many cases."""
    offers = SettlementOffer.objects.exclude(state="draft").order_by("pk")
    plans = PaymentPlan.objects.order_by("pk").prefetch_related("instalments")
    return cases.prefetch_related(
        "promises", Prefetch("offers", queryset=offers), Prefetch("plans", queryset=plans)
    )


def agreements_of(case: DefaultCase) -> list[Agreement]:
    """Promises, offers, then plans, each the oldest first."""
    return [
        *(
            _agreement("promise", one, case, one.amount_minor, one.on)
            for one in sorted(case.promises.all(), key=lambda one: one.pk)
        ),
        *(
            _agreement("offer", one, case, one.pay_minor, _last_day(case, one.pay_until or one.expires_at))
            for one in case.offers.all()
        ),
        *(_plan(one, case) for one in case.plans.all()),
    ]


def _agreement(kind: str, row: object, case: DefaultCase, minor: int, on: date, **more: object) -> Agreement:
    return Agreement(
        kind, row.pk, row.state, Money(minor, case.currency), on, row.made_at, row.ended_at, **more
    )


def _plan(plan: PaymentPlan, case: DefaultCase) -> Agreement:
    dates = [
        ShownInstalment(one.amount_minor, one.due_on, one.paid_at)
        for one in sorted(plan.instalments.all(), key=lambda one: one.number)
    ]
    last = max((one.on for one in dates), default=_last_day(case, plan.made_at))
    return _agreement("plan", plan, case, plan.total_minor, last, instalments=dates)


def _last_day(case: DefaultCase, end: datetime) -> date:
    """The last local day before an exclusive end, where the customer is."""
    zone = zone_of(case.customer.time_zone) or zone_of(case.merchant.time_zone) or UTC
    return (end - timedelta(microseconds=1)).astimezone(zone).date()
