"""Cases that rest, and those that do not, in a form that is fast where few rest and where many do. Reads only."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from ..models import DefaultCase, Hold


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
