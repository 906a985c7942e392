"""A page of a list of cases, with what stands beside each row. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import QuerySet

from ..models import DefaultCase, Hold
from .queue_holds import holds_on
from .queue_order import Order, slice_of

PAGE = 50
_BESIDE = """
SELECT c.id, items.number, coalesce(items.first, ''), promise."on", snooze.until
  FROM unnest(%s::bigint[]) AS c (id)
 CROSS JOIN LATERAL (SELECT count(*) AS number, (array_agg(p.description ORDER BY p.due_on, i.id))[1] AS first
                       FROM defaults_caseitem i JOIN accounts_payment p ON p.id = i.payment_id
                      WHERE i.case_id = c.id) items
  LEFT JOIN defaults_promisetopay promise ON promise.case_id = c.id AND promise.state = 'made'
  LEFT JOIN defaults_snooze snooze ON snooze.case_id = c.id AND snooze.ended_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Beside:
    """How many payments a case is about and what the one is called that is due the longest, the day its customer
    promised, and until when staff have put it away.
    """

    item_count: int
    first_item: str
    promised_on: date | None
    snoozed_until: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """Cases in order; `beside` and `holds` by case id.

    `before` and `after` are places in the order; empty where there is nothing further.
    """

    cases: list[DefaultCase]
    beside: dict[int, Beside]
    holds: dict[int, Hold]
    before: str
    after: str


def page(
    cases: QuerySet[DefaultCase], *, order: Order, now: datetime, after: str = "", before: str = ""
) -> Page:
    """Up to PAGE cases behind `after`, or up to PAGE in front of `before`; three queries whatever their number."""
    rows, (first, last) = slice_of(
        cases,
        order,
        after=after,
        before=before,
        limit=PAGE,
        dressed=lambda some: some.select_related("customer", "assignee"),
    )
    return Page(rows, beside(rows), holds_of(rows, now=now), before=first, after=last)


def beside(cases: Sequence[DefaultCase]) -> dict[int, Beside]:
    """By case id; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_BESIDE, [[case.pk for case in cases]])
        return {case_id: Beside(*told) for case_id, *told in cursor.fetchall()}


def holds_of(cases: Sequence[DefaultCase], *, now: datetime) -> dict[int, Hold]:
    """The running hold of each case that has one, its own or its customer's; a dispute speaks first."""
    by_customer: dict[int, list[DefaultCase]] = {}
    for case in cases:
        by_customer.setdefault(case.customer_id, []).append(case)
    running = holds_on(by_customer, now=now).order_by("starts_at", "id")
    found: dict[int, Hold] = {}
    for hold in sorted(running, key=lambda hold: hold.reason != Hold.Reason.DISPUTE):
        for case in by_customer[hold.customer_id]:
            if hold.case_id in (None, case.pk):
                found.setdefault(case.pk, hold)
    return found
