"""What staff may give up at a merchant, what is left of its forgiveness budget, and what an act would give up."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from common.calendar import local_date, start_of_day, zone_of

from ..authority import Act, Limits, default_limits
from ..models import DefaultCase, NegotiationTerms
from . import case_facts

# What was forgiven in a month, less what came back of it, at one merchant in one currency.
_FORGIVEN = """
SELECT coalesce(sum(CASE WHEN e.to_account = 'forgiven' THEN e.amount_minor ELSE -e.amount_minor END), 0)
  FROM accounts_ledgerentry e JOIN accounts_payment p ON p.id = e.payment_id
 WHERE (e.to_account = 'forgiven' OR e.from_account = 'forgiven')
   AND e.occurred_at >= %s AND e.occurred_at < %s AND p.merchant_id = %s AND e.currency = %s
"""


def budget_left(case: DefaultCase, *, now: datetime) -> int | None:
    """What is left of this month's forgiveness budget where the merchant is; None: there is none.

    Inside a transaction its row stays locked, so that two cannot spend the same won.
    """
    terms = NegotiationTerms.objects.filter(merchant=case.merchant_id, currency=case.currency)
    if connection.in_atomic_block:
        terms = terms.select_for_update(no_key=True)
    row = terms.first()
    if row is None or row.forgiveness_budget_minor is None:
        return None
    zone = zone_of(case.merchant.time_zone) or zone_of("UTC")
    first = local_date(now, zone).replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    with connection.cursor() as cursor:
        bounds = [start_of_day(first, zone), start_of_day(following, zone)]
        cursor.execute(_FORGIVEN, [*bounds, case.merchant_id, case.currency])
        (used,) = cursor.fetchone()
    return max(0, row.forgiveness_budget_minor - max(0, int(used)))


def limits_of(case: DefaultCase) -> Limits:
    """The merchant's own; an amount that it left empty is the product's."""
    row = NegotiationTerms.objects.filter(merchant=case.merchant_id, currency=case.currency).first()
    own = default_limits(case.currency)
    if row is None:
        return own
    return Limits(
        row.agent_percent,
        own.agent_minor if row.agent_minor is None else row.agent_minor,
        row.lead_percent,
        own.lead_minor if row.lead_minor is None else row.lead_minor,
        row.forgiveness_budget_minor,
    )


def weigh(case: DefaultCase, action: str, args: Mapping[str, Any], *, now: datetime) -> tuple[Act, Limits]:
    """What the act gives up of what is open at this moment, and the merchant's limits."""
    (loaded,) = case_facts.load([case], now=now)
    owed = sum(item.outstanding_minor for item in loaded.facts.items if not item.is_disputed)
    minor = {
        "waive": lambda: args["amount"],
        "offer": lambda: max(0, owed - args["pay"]),
        "forgive": lambda: owed,
        "record-payment": lambda: args["amount"],
    }.get(action, lambda: 0)()
    budget = budget_left(case, now=now) if action == "forgive" else None
    outstanding = loaded.open_minor if action == "record-payment" else owed
    act = Act(action=action, minor=minor, outstanding_minor=outstanding, budget_left_minor=budget)
    return act, limits_of(case)
