"""What `settle` does to agreements: paid offers waive the rest, and what facts or dates overtook ends, with its hold.

The same number of queries for any number of cases.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from accounts.services import waive
from common.calendar import start_of_day

from ..agreement_states import OfferState, PlanState
from ..agreements import next_rung
from ..assessment import Assessment
from ..case_states import CaseState, Outcome
from ..models import Hold, Instalment, PaymentPlan, PromiseToPay, SettlementOffer
from .case_facts import Loaded, with_money_anew, zone_for
from .history import Entry

OFFER_PAID = "offer paid"
_SYSTEM = "system"
# Closed, or not, by what the customer did: an agreement about it was kept. Any other end leaves it void.
_BY_MONEY = (None, Outcome.CURED, Outcome.SETTLED)


def waive_rest(loaded: Sequence[Loaded], *, now: datetime) -> tuple[list[Loaded], dict[int, int]]:
    """Release what paid offers leave open; the cases as they then are, and by id of offer how much that was."""
    paid = [one for one in loaded if (one.agreed.offer_end or ("",))[0] == OfferState.PAID]
    if not paid:
        return list(loaded), {}
    parts, waived = {}, {}
    for one in paid:
        offer = one.agreed.rows.offer
        rest = _rest_of(offer, {item.payment_id: item.outstanding_minor for item in one.facts.items})
        waived[offer.id] = sum(rest.values())
        parts |= rest
    waive(parts=parts, act=OFFER_PAID, now=now)
    anew = {one.case.id: one for one in with_money_anew(paid)}
    return [anew.get(one.case.id, one) for one in loaded], waived


def _rest_of(offer: SettlementOffer, owed: Mapping[int, int]) -> dict[int, int]:
    """What is waived of each payment: never more than the offer gave up, also where a sale grew meanwhile."""
    left, parts = offer.outstanding_minor - offer.pay_minor, {}
    for payment_id, _ in offer.items:
        if minor := min(left, owed.get(payment_id, 0)):
            parts[payment_id] = minor
            left -= minor
    return parts


def end_agreements(
    loaded: Sequence[Loaded], assessed: Mapping[int, Assessment], waived: Mapping[int, int], *, now: datetime
) -> list[Entry]:
    """Write what ended, and which instalments are paid; answers the entries that say so."""
    holds: list[int] = []
    entries = [
        *_end_promises(loaded, assessed, holds, now=now),
        *_end_offers(loaded, assessed, waived, holds, now=now),
        *_follow_plans(loaded, now=now),
        *_end_plans(loaded, assessed, holds, now=now),
    ]
    if holds:
        Hold.objects.filter(id__in=holds, ended_at=None).update(ended_at=now, ended_by=_SYSTEM)
    return entries


def _end_promises(
    loaded: Sequence[Loaded], assessed: Mapping[int, Assessment], holds: list[int], *, now: datetime
) -> list[Entry]:
    """Kept by money; broken by the date; void when the case closed without it, or something else was agreed."""
    ends = defaultdict(list)
    for one in loaded:
        promise, result = one.agreed.rows.promise, assessed[one.case.id]
        if promise is None:
            continue
        state = one.agreed.promise_end
        if result.outcome not in _BY_MONEY or (not state and (result.outcome or one.facts.has_plan)):
            state = PromiseToPay.State.VOID
        if state:
            ends[state].append(promise)
            holds.append(promise.hold_id)
    for state, promises in ends.items():
        PromiseToPay.objects.filter(id__in=[one.id for one in promises]).update(state=state, ended_at=now)
    return [
        _entry(promise.case_id, f"promise_{state}", now=now, promise=promise.id)
        for state, promises in ends.items()
        for promise in promises
    ]


def _end_offers(
    loaded: Sequence[Loaded],
    assessed: Mapping[int, Assessment],
    waived: Mapping[int, int],
    holds: list[int],
    *,
    now: datetime,
) -> list[Entry]:
    """Paid, lapsed, expired or overtaken; a plan, or the end of the case, takes it back."""
    ends: dict[tuple[OfferState, str], list[SettlementOffer]] = defaultdict(list)
    for one in loaded:
        offer, end = one.agreed.rows.offer, one.agreed.offer_end
        if offer is None:
            continue
        if end is None and assessed[one.case.id].outcome:
            end = OfferState.WITHDRAWN, "case closed"
        elif end is None and one.agreed.has_plan and offer.state == OfferState.LIVE:
            end = OfferState.WITHDRAWN, "plan made"
        if end:
            ends[end].append(offer)
            holds += [offer.hold_id] if offer.hold_id else []
    for (state, reason), offers in ends.items():
        SettlementOffer.objects.filter(id__in=[one.id for one in offers]).update(
            state=state, ended_at=now, end_reason=reason
        )
    return [
        _entry(
            offer.case_id, f"offer_{state}", now=now, reason=reason, offer=offer.id,
            **({"amount_minor": offer.pay_minor, "waived_minor": waived[offer.id]} if offer.id in waived else {}),
        )
        for (state, reason), offers in ends.items()
        for offer in offers
    ]  # fmt: skip


def _follow_plans(loaded: Sequence[Loaded], *, now: datetime) -> list[Entry]:
    """Mark which instalments are paid, in their order; when that changes, the ladder begins anew at the oldest unpaid one."""
    entries, plans, paid, unpaid = [], [], [], []
    for one in loaded:
        plan = one.agreed.rows.plan
        if plan is None:
            continue
        parts = list(plan.instalments.all())
        fresh = [
            part for part in parts if (part.paid_at is None) == (part.number <= one.agreed.instalments_paid)
        ]
        if not fresh:
            continue
        for part in fresh:
            was_paid = part.paid_at is not None
            (unpaid if was_paid else paid).append(part.id)
            part.paid_at = None if was_paid else now
            kind = "instalment_reopened" if was_paid else "instalment_paid"
            entries.append(_entry(plan.case_id, kind, now=now, plan=plan.id, number=part.number))
        plan.missed_stage, plan.rescission_told_at = "", None
        plan.next_check_at = next_check(plan, parts, one=one, since=one.as_of)
        plans.append(plan)
    _mark(paid, at=now)
    _mark(unpaid, at=None)
    PaymentPlan.objects.bulk_update(plans, ["missed_stage", "rescission_told_at", "next_check_at"])
    return entries


def next_check(
    plan: PaymentPlan, parts: Sequence[Instalment], *, one: Loaded, since: date
) -> datetime | None:
    """The instant at which the next rung of the ladder is reached; None: nothing is unpaid, or a person has it."""
    first = next((part for part in parts if part.paid_at is None), None)
    rung = first and next_rung(
        missed_on=first.shifted_from or first.due_on,
        stage=plan.missed_stage,
        has_shifted=any(part.shifted_from for part in parts),
        since=since,
    )
    return start_of_day(rung.on, zone_for(one.case)) if rung else None


def _end_plans(
    loaded: Sequence[Loaded], assessed: Mapping[int, Assessment], holds: list[int], *, now: datetime
) -> list[Entry]:
    ends = defaultdict(list)
    for one in loaded:
        plan, result = one.agreed.rows.plan, assessed[one.case.id]
        if plan is None:
            continue
        state = one.agreed.plan_end
        if result.outcome not in _BY_MONEY or (result.outcome and not state):
            state = PlanState.VOID
        if state:
            ends[state].append(plan)
            holds.append(plan.hold_id)
    for state, plans in ends.items():
        PaymentPlan.objects.filter(id__in=[one.id for one in plans]).update(
            state=state, ended_at=now, end_reason="paid" if state == PlanState.COMPLETED else "nothing owed"
        )
    return [
        _entry(plan.case_id, f"plan_{state}", now=now, plan=plan.id)
        for state, plans in ends.items()
        for plan in plans
    ]


def must_be_recalled(one: Loaded, result: Assessment) -> str:
    """Why an agency that has the case, or was announced, gives it back now; '' if it does not."""
    if one.agreed.rows.placement is None:
        return ""
    if result.state == CaseState.CLOSED:
        return "case closed"
    if one.facts.has_plan:
        return "agreement"
    return "claim fell" if result.claimed_minor < one.case.claimed_minor else ""


def _mark(instalments: Iterable[int], *, at: datetime | None) -> None:
    ids = list(instalments)
    if ids:
        Instalment.objects.filter(id__in=ids).update(paid_at=at)


def _entry(case_id: int, kind: str, *, now: datetime, reason: str = "", **data: object) -> Entry:
    return Entry(case_id=case_id, kind=kind, at=now, actor=_SYSTEM, reason=reason, data=data)
