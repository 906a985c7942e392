"""Payment plans: 2 to 6 instalments, which nobody is asked for before their dates."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import pairwise

from common.calendar import local_date

from ..agreement_states import PlanState
from ..agreements import RESCISSION_NOTICE_BUSINESS_DAYS, after_business_days, rescindable_from
from ..models import DefaultCase, Hold, Instalment, PaymentPlan
from ..negotiation import MOST_PARTS, Accept, Counter, Refer, answer_instalments, equal_instalments
from . import case_facts
from .acts import (
    CALENDAR,
    Refused,
    country_for,
    load_current,
    locked_case,
    open_hold,
    record,
    refuse_beside_agreement,
    zone_for,
)
from .agreement_ends import next_check
from .bounds import load_bounds
from .case_facts import Loaded
from .closing import send_to_review
from .history import Entry, append

Parts = Sequence[tuple[int, date]]


def propose_plan(
    *,
    case_id: int,
    now: datetime,
    actor: str,
    evidence: Mapping[str, object],
    parts: int | None = None,
    first_on: date | None = None,
    instalments: Parts | None = None,
) -> PaymentPlan | Counter | Refer:
    """The customer proposes `parts` equal monthly instalments (from `first_on`, default today) or names them all.

    Answers the plan; or what we would agree to, to be proposed again as `instalments`; or that a person decides, to whom
    the case then goes. The same plan proposed twice is one. Raises Refused: case_closed, nothing_open, agreement_stands.
    """
    with locked_case(case_id) as case:
        loaded = load_current(case, now=now)
        total = _total(loaded)
        if instalments is None:
            count = min(max(parts or 2, 2), MOST_PARTS)
            instalments = equal_instalments(total, parts=count, first_on=first_on or loaded.as_of)
        if same := _same(loaded, instalments):
            return same
        _refuse_unfit(loaded)
        bounds = load_bounds(case.merchant_id, case.currency)
        answer = answer_instalments(
            total_minor=total, instalments=instalments, today=loaded.as_of, bounds=bounds
        )
        if isinstance(answer, Accept):
            return _agree(loaded, answer.instalments, now=now, actor=actor, evidence=evidence)
        if isinstance(answer, Refer):
            _refer(case, instalments, code=answer.code, now=now, actor=actor)
        return answer


def make_plan(
    *,
    case_id: int,
    instalments: Parts,
    now: datetime,
    actor: str,
    evidence: Mapping[str, object],
) -> PaymentPlan:
    """A person agrees to instalments (amount, local day) beyond the bounds. A live promise ends as void.

    Raises Refused: case_closed, nothing_open, agreement_stands, sum_differs, not_two_to_six, dates_out_of_range.
    """
    with locked_case(case_id) as case:
        loaded = load_current(case, now=now)
        if same := _same(loaded, instalments):
            return same
        _refuse_unfit(loaded)
        _refuse_parts(instalments, total_minor=_total(loaded), today=loaded.as_of)
        return _agree(loaded, instalments, now=now, actor=actor, evidence=evidence)


def tell_rescission(*, plan_id: int, now: datetime, actor: str) -> PaymentPlan:
    """Give notice that the plan will be rescinded. Raises Refused: plan_over, too_early (unpaid for less than 3 months)."""
    with _live_plan(plan_id, now=now) as (loaded, plan, missed_on):
        if plan.rescission_told_at is not None:
            return plan
        if loaded.as_of < rescindable_from(missed_on):
            raise Refused("too_early", "Only what was unpaid for three months is rescinded (S-PDPD 33).")
        plan.rescission_told_at = now
        plan.save(update_fields=["rescission_told_at"])
        until = _notice_until(loaded.case, told_at=now)
        record(
            loaded.case, kind="plan_rescission_told", now=now, actor=actor,
            plan=plan.id, until=until.isoformat(),
        )  # fmt: skip
    return plan


def rescind_plan(*, plan_id: int, now: datetime, actor: str, reason: str = "") -> PaymentPlan:
    """End a plan that was not kept; nothing that was waived before comes back.

    Raises Refused: plan_over, not_told, too_early (within 10 business days after the notice).
    """
    with _live_plan(plan_id, now=now) as (loaded, plan, _missed_on):
        if plan.rescission_told_at is None:
            raise Refused("not_told", "Give notice first.")
        if now < _notice_until(loaded.case, told_at=plan.rescission_told_at):
            raise Refused("too_early", "The notice runs for ten business days.")
        plan.state, plan.ended_at = PlanState.RESCINDED, now
        plan.end_reason = (reason or "not kept")[:60]
        plan.save(update_fields=["state", "ended_at", "end_reason"])
        Hold.objects.filter(id=plan.hold_id, ended_at=None).update(ended_at=now, ended_by=actor)
        record(loaded.case, kind="plan_rescinded", now=now, actor=actor, reason=reason, plan=plan.id)
    return plan


@contextmanager
def _live_plan(plan_id: int, *, now: datetime) -> Iterator[tuple[Loaded, PaymentPlan, date]]:
    """The plan under its case's locks, and the day since when its oldest unpaid instalment is missed."""
    with locked_case(PaymentPlan.objects.values_list("case_id", flat=True).get(id=plan_id)) as case:
        (loaded,) = case_facts.load([case], now=now)
        plan = loaded.agreed.rows.plan
        if plan is None or plan.id != plan_id or loaded.agreed.plan_end:
            raise Refused("plan_over", "This plan is over.")
        first = list(plan.instalments.all())[loaded.agreed.instalments_paid]
        yield loaded, plan, first.shifted_from or first.due_on


def _agree(
    loaded: Loaded, instalments: Parts, *, now: datetime, actor: str, evidence: Mapping[str, object]
) -> PaymentPlan:
    case = loaded.case
    plan = PaymentPlan(
        case=case,
        state=PlanState.LIVE,
        total_minor=_total(loaded),
        items=[[payment_id, item.outstanding_minor] for payment_id, item in sorted(loaded.claimed.items())],
        made_by=actor,
        made_at=now,
        missed_stage="",
        hold=open_hold(case, reason=Hold.Reason.PLAN, now=now, until=None, actor=actor),
        evidence=dict(evidence) | {"accepted_by": actor},
    )
    parts = [
        Instalment(plan=plan, number=number, due_on=on, amount_minor=amount)
        for number, (amount, on) in enumerate(instalments, start=1)
    ]
    plan.next_check_at = next_check(plan, parts, one=loaded, since=loaded.as_of)
    plan.save(force_insert=True)
    for part in parts:
        part.plan_id = plan.id
    Instalment.objects.bulk_create(parts)
    record(
        case, kind="plan_made", now=now, actor=actor, plan=plan.id, total_minor=plan.total_minor,
        instalments=[[amount, on.isoformat()] for amount, on in instalments],
    )  # fmt: skip
    return plan


def _refer(case: DefaultCase, instalments: Parts, *, code: str, now: datetime, actor: str) -> None:
    """Write down what was asked for, and have a person answer."""
    asked = [[amount, on.isoformat()] for amount, on in instalments]
    data = {"instalments": asked, "code": code}
    append([Entry(case_id=case.id, kind="plan_asked", at=now, actor=actor, data=data)])
    send_to_review(case_ids=[case.id], now=now, actor="system", reason="plan_asked")


def _total(loaded: Loaded) -> int:
    return sum(item.outstanding_minor for item in loaded.claimed.values())


def _same(loaded: Loaded, instalments: Parts) -> PaymentPlan | None:
    plan = loaded.agreed.rows.plan
    if plan is None or not loaded.agreed.has_plan:
        return None
    running = [(part.amount_minor, part.shifted_from or part.due_on) for part in plan.instalments.all()]
    return plan if running == [tuple(part) for part in instalments] else None


def _refuse_unfit(loaded: Loaded) -> None:
    refuse_beside_agreement(loaded)
    if not loaded.claimed:
        raise Refused("nothing_open", "Nothing of this case is open and undisputed.")


def _refuse_parts(instalments: Parts, *, total_minor: int, today: date) -> None:
    if not 2 <= len(instalments) <= MOST_PARTS:
        raise Refused("not_two_to_six", "A plan has two to six instalments.")
    amounts = [amount for amount, _ in instalments]
    if sum(amounts) != total_minor or min(amounts) < 1:
        raise Refused("sum_differs", f"The instalments sum to what is open, {total_minor}.")
    days = [on for _, on in instalments]
    if days[0] < today or any(after <= before for before, after in pairwise(days)):
        raise Refused("dates_out_of_range", "The dates follow each other, from today on.")


def _notice_until(case: DefaultCase, *, told_at: datetime) -> datetime:
    zone = zone_for(case)
    return after_business_days(
        local_date(told_at, zone),
        RESCISSION_NOTICE_BUSINESS_DAYS,
        country=country_for(case),
        zone=zone,
        calendar=CALENDAR,
    )
