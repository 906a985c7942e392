"""Cases that rest, and those that do not, in a form that is fast where few rest and where many do. Reads only."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)

from ..models import DefaultCase, Dispute, Hold, Snooze


class _IsAmong(Func):
    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    output_field = BooleanField()


def among(cases: QuerySet[DefaultCase], ids: QuerySet) -> QuerySet[DefaultCase]:
    """Those of these few ids. As an array they are looked up one by one, whatever the planner thinks of their number."""
    return cases.filter(_IsAmong(F("pk"), ArraySubquery(ids)))


def holds_on(customer_ids: Iterable[int], *, now: datetime) -> QuerySet[Hold]:
    """The running holds of these customers and of their cases."""
    array = Value(list(customer_ids), output_field=ArrayField(BigIntegerField()))
    return Hold.objects.running(now).filter(_IsAmong(F("customer_id"), array))


def disputed_ids(now: datetime) -> QuerySet:
    """Ids of the cases the customer disputes, wholly or in part."""
    raised = Dispute.objects.filter(state=Dispute.State.RAISED).order_by().values("case_id")
    holds = _running(now, Hold.Reason.DISPUTE).order_by()
    wide = holds.filter(case__isnull=True).values("customer_id")
    return raised.union(
        holds.filter(case__isnull=False).values("case_id"),
        DefaultCase.objects.filter(customer__in=wide).values("pk"),
        all=True,
    )


def snoozed_ids(now: datetime) -> QuerySet:
    return Snooze.objects.filter(ended_at=None, until__gt=now).order_by().values("case_id")


def held(cases: QuerySet[DefaultCase], *, now: datetime, reason: str = "") -> QuerySet[DefaultCase]:
    """Those with a running hold, of this reason if one is given, their own or their customer's.

    The first condition follows from the second and is what the planner goes by: from a few holds to their cases, or
    along the queue's own order until a page is full. The second is a subquery it does not count, or it would count twice.
    """
    customers = _running(now, reason).order_by().values("customer_id")
    first = Subquery(_of_case(now, reason).values("pk")[:1])
    return cases.filter(customer__in=customers).alias(first_hold=first).filter(first_hold__isnull=False)


def not_held(cases: QuerySet[DefaultCase], *, now: datetime) -> QuerySet[DefaultCase]:
    return cases.filter(~Exists(_of_case(now, "")))


def _of_case(now: datetime, reason: str) -> QuerySet[Hold]:
    here = Q(case=OuterRef("pk")) | Q(case__isnull=True)
    return _running(now, reason).filter(here, customer=OuterRef("customer_id"))


def _running(now: datetime, reason: str) -> QuerySet[Hold]:
    holds = Hold.objects.running(now)
    return holds.filter(reason=reason) if reason else holds
