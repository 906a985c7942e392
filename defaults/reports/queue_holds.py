"""Cases that rest, and those that do not, in a form that is fast where few rest and where many do. Reads only."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from ..models import DefaultCase, Hold


def held(cases: QuerySet[DefaultCase], *, now: datetime, reason: str = "") -> QuerySet[DefaultCase]:
    """Those with a running hold, of this reason if one is given, their own or their customer's.

    The second condition follows from the first: by it a few holds lead to their cases, by the first a page of many is
    full after a short walk in the queue's own order.
    """
    customers = _running(now, reason).order_by().values("customer_id")
    return cases.filter(Exists(_of_case(now, reason)), customer__in=customers)


def not_held(cases: QuerySet[DefaultCase], *, now: datetime) -> QuerySet[DefaultCase]:
    return cases.filter(~Exists(_of_case(now, "")))


def _of_case(now: datetime, reason: str) -> QuerySet[Hold]:
    here = Q(case=OuterRef("pk")) | Q(case__isnull=True)
    return _running(now, reason).filter(here, customer=OuterRef("customer_id"))


def _running(now: datetime, reason: str) -> QuerySet[Hold]:
    holds = Hold.objects.running(now)
    return holds.filter(reason=reason) if reason else holds
