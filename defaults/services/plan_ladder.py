"""The soft ladder of a missed instalment: a reminder, a second chance with a later date, then a person."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from ..agreement_states import PlanState
from ..agreements import REVIEW, SECOND_CHANCE, SECOND_CHANCE_DAYS, next_rung
from ..models import Hold, Instalment, PaymentPlan
from . import case_facts
from .agreement_ends import next_check
from .case_facts import Loaded
from .closing import send_to_review
from .history import Entry
from .reassess import settle

_SYSTEM = "system"
_DAY = timedelta(days=1)


def climb_ladders(*, now: datetime, limit: int = 500) -> int:
    """Take the next rung of every plan that has reached it; the same number of queries however many.

    Money counts first: what it covers is marked by `settle`. While another hold runs or a payment of the case is
    disputed the ladder waits a day. Waits for nobody. Answers how many plans were looked at.
    """
    with transaction.atomic():
        due = PaymentPlan.objects.filter(state=PlanState.LIVE, next_check_at__lte=now)
        ids = list(due.order_by("next_check_at", "id").values_list("case_id", flat=True)[:limit])
        cases = case_facts.claim_cases(ids) if ids else []
        if not cases:
            return 0
        # What money covers by now is marked first, and may move the ladder of its plan.
        settle(cases, now=now, actor=_SYSTEM, reason="date passed")
        live = [case for case in cases if not case.is_closed]
        loaded = [one for one in case_facts.load(live, now=now) if _is_due(one, now=now)]
        shielded = _shielded(loaded, now=now)
        entries = [_climb(one, is_shielded=one.case.id in shielded, now=now) for one in loaded]
        _write(loaded)
        concerned = {entry.case_id for entry in entries if entry}
        settle(
            [one.case for one in loaded if one.case.id in concerned],
            now=now,
            actor=_SYSTEM,
            reason="date passed",
            entries=[entry for entry in entries if entry],
        )
        review = [entry.case_id for entry in entries if entry and entry.kind == f"plan_{REVIEW}"]
        if review:
            send_to_review(case_ids=review, now=now, actor=_SYSTEM, reason="plan_review")
    return len(cases)


def _is_due(one: Loaded, *, now: datetime) -> bool:
    plan = one.agreed.rows.plan
    return plan is not None and plan.next_check_at is not None and plan.next_check_at <= now


def _shielded(loaded: Sequence[Loaded], *, now: datetime) -> set[int]:
    """Cases in which nothing may be asked for now, for another reason than the plan's own hold."""
    disputed = {one.case.id for one in loaded if any(item.is_disputed for item in one.facts.items)}
    holds = Hold.objects.running(now).filter(customer__in=[one.case.customer_id for one in loaded])
    held = holds.exclude(reason=Hold.Reason.PLAN).values_list("case_id", "customer_id")
    own, wide = {case_id for case_id, _ in held}, {customer for case_id, customer in held if case_id is None}
    return disputed | {one.case.id for one in loaded if one.case.id in own or one.case.customer_id in wide}


def _climb(one: Loaded, *, is_shielded: bool, now: datetime) -> Entry | None:
    """Change the loaded plan by one rung; the entry that says so."""
    plan = one.agreed.rows.plan
    if is_shielded:
        plan.next_check_at = now + _DAY
        return None
    parts = list(plan.instalments.all())
    first = parts[one.agreed.instalments_paid]
    missed_on = first.shifted_from or first.due_on
    rung = next_rung(
        missed_on=missed_on,
        stage=plan.missed_stage,
        has_shifted=any(part.shifted_from for part in parts),
        since=date.min,
    )
    if rung is None:
        plan.next_check_at = None
        return None
    if rung.stage == SECOND_CHANCE:
        first.shifted_from, first.due_on = first.due_on, one.as_of + timedelta(days=SECOND_CHANCE_DAYS)
    plan.missed_stage = rung.stage
    plan.next_check_at = next_check(plan, parts, one=one, since=one.as_of)
    data = {
        "plan": plan.id,
        "number": first.number,
        "missed_on": missed_on.isoformat(),
        "due_on": first.due_on.isoformat(),
    }
    return Entry(case_id=plan.case_id, kind=f"plan_{rung.stage}", at=now, actor=_SYSTEM, data=data)


def _write(loaded: Collection[Loaded]) -> None:
    plans = [one.agreed.rows.plan for one in loaded]
    PaymentPlan.objects.bulk_update(plans, ["missed_stage", "next_check_at"])
    parts = [part for plan in plans for part in plan.instalments.all() if part.shifted_from]
    Instalment.objects.bulk_update(parts, ["shifted_from", "due_on"])
