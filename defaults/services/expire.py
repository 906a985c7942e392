"""What ends by date alone: holds, promises and offers, claims past their limitation, disputes without an answer.

Each step of the ladder of a missed instalment, and each hand-over to an agency, falls due by date as well.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from ..agreement_states import OfferState
from ..case_states import CaseState
from ..delinquency import LIMITATION_YEARS, unknown_zone
from ..models import DefaultCase, Dispute, Hold, PromiseToPay, SettlementOffer
from . import case_facts
from .closing import send_to_review
from .history import Entry
from .placement import place_due
from .plan_ladder import climb_ladders
from .reassess import settle

# Barred wherever the customer may live; the constant bound lets the index do the work.
_BARRED = """
SELECT c.id
  FROM defaults_defaultcase c
  LEFT JOIN defaults_collectionterms t ON t.merchant_id = c.merchant_id AND t.currency = c.currency
 WHERE c.state <> 'closed'
   AND c.oldest_due_on < %(today)s::date - make_interval(years => least(%(years)s, (SELECT min(limitation_years)
                                                                    FROM defaults_collectionterms)))
   AND c.oldest_due_on < %(today)s::date - make_interval(years => coalesce(t.limitation_years, %(years)s))
 ORDER BY c.id LIMIT %(limit)s
"""
_SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Expired:
    """How many holds ended, promises broke, cases became barred, disputes went to staff, offers ended, plans were looked
    at, cases were handed over."""

    holds: int
    promises: int
    barred: int
    disputes: int
    offers: int
    plans: int
    placed: int

    @property
    def found(self) -> int:
        """How much was due: there may be more."""
        return self.holds + self.offers + self.plans + self.placed


def expire(*, now: datetime, limit: int = 500) -> Expired:
    """End what is past its date, up to `limit` of each kind; the same number of queries however many.

    Waits for nobody: what is in use is found again by the next call. A hold ended by date ends at its date, not now.
    """
    placed = place_due(now=now, limit=limit)
    with transaction.atomic():
        holds = list(Hold.objects.over(now).select_for_update(skip_locked=True, no_key=True)[:limit])
        barred, offered = _barred(now=now, limit=limit), _offers_over(now=now, limit=limit)
        by_hold = _cases_of(holds)
        ids = {*barred, *offered, *(case_id for ids in by_hold.values() for case_id in ids)}
        cases = case_facts.claim_cases(ids)
        free = {case.id for case in cases}
        ended = [hold for hold in holds if set(by_hold[hold.id]) <= free]
        entries = [entry for hold in ended for entry in _hold_ended(hold, by_hold[hold.id], now=now)]
        Hold.objects.filter(id__in=[hold.id for hold in ended]).update(ended_at=F("until"), ended_by=_SYSTEM)
        concerned = {entry.case_id for entry in entries} | barred | offered
        assessed = settle(
            [case for case in cases if case.id in concerned],
            now=now,
            actor=_SYSTEM,
            reason="date passed",
            entries=entries,
        )
        broken = PromiseToPay.objects.filter(hold__in=ended, state=PromiseToPay.State.BROKEN).count()
    closed = sum(
        result.state == CaseState.CLOSED for case_id, result in assessed.items() if case_id in barred
    )
    return Expired(
        holds=len(ended),
        promises=broken,
        barred=closed,
        disputes=_overdue_disputes(now=now, limit=limit),
        offers=len(offered & free),
        plans=climb_ladders(now=now, limit=limit),
        placed=placed,
    )


def _offers_over(*, now: datetime, limit: int) -> set[int]:
    """Cases with a live offer past its end. An accepted one is found by its hold."""
    live = SettlementOffer.objects.filter(state=OfferState.LIVE, expires_at__lte=now)
    return set(live.order_by("expires_at", "id").values_list("case_id", flat=True)[:limit])


def _barred(*, now: datetime, limit: int) -> set[int]:
    values = {"today": unknown_zone(now), "years": LIMITATION_YEARS, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_BARRED, values)
        return {case_id for (case_id,) in cursor.fetchall()}


def _cases_of(holds: Sequence[Hold]) -> dict[int, list[int]]:
    """The live cases each hold covers."""
    found: dict[int, list[int]] = defaultdict(list)
    live = DefaultCase.objects.live().filter(customer__in={hold.customer_id for hold in holds})
    by_customer = defaultdict(list)
    for case_id, customer_id in live.values_list("id", "customer_id"):
        by_customer[customer_id].append(case_id)
    for hold in holds:
        covered = by_customer[hold.customer_id]
        found[hold.id] = [case_id for case_id in covered if hold.case_id in (None, case_id)]
    return found


def _hold_ended(hold: Hold, case_ids: Sequence[int], *, now: datetime) -> list[Entry]:
    return [
        Entry(
            case_id=case_id,
            kind="hold_ended",
            at=now,
            actor=_SYSTEM,
            reason=hold.reason,
            data={"hold": hold.id},
        )
        for case_id in case_ids
    ]


def _overdue_disputes(*, now: datetime, limit: int) -> int:
    overdue = Dispute.objects.overdue(unknown_zone(now)).filter(case__needs_staff=False)
    case_ids = set(overdue.order_by("answer_due_on", "id").values_list("case_id", flat=True)[:limit])
    if not case_ids:
        return 0
    return send_to_review(case_ids=case_ids, now=now, actor=_SYSTEM, reason="dispute_unanswered")
