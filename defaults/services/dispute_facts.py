"""What facts do to disputes: some answer them, and the case is held exactly while nothing undisputed is left to ask for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from accounts.models import Payment

from ..agreement_states import AdjustmentState
from ..models import AdjustmentRequest, DefaultCase, Dispute, Hold
from .case_facts import Loaded
from .history import Entry

_SYSTEM = "system"
_OPEN_ADJUSTMENTS = (AdjustmentState.REQUESTED, AdjustmentState.OFFERED)


def keep_disputes(loaded: Sequence[Loaded], *, now: datetime) -> list[Entry]:
    """End the disputes that facts have answered, and keep the holds of the others in step; for `settle`.

    No query for cases without a dispute, a few for any number of others.
    """
    concerned = [one for one in loaded if any(item.is_disputed for item in one.facts.items)]
    if not concerned:
        return []
    standing: dict[int, list[Dispute]] = defaultdict(list)
    raised = Dispute.objects.filter(case__in=[one.case.id for one in concerned], state=Dispute.State.RAISED)
    for dispute in raised.select_related("hold").prefetch_related("payments").order_by("id"):
        standing[dispute.case_id].append(dispute)
    ends = {dispute: end for some in standing.values() for dispute in some if (end := _answered_by(dispute))}
    entries = _end(ends, now=now)
    for one in concerned:
        left = [dispute for dispute in standing[one.case.id] if dispute not in ends]
        entries += _keep_hold(one, left, now=now)
    return entries


def void_with_case(closed: Collection[int], *, now: datetime) -> None:
    """The cases closed before anybody answered: there is nothing left to say no to, or to adjust."""
    Dispute.objects.filter(case__in=closed, state=Dispute.State.RAISED).update(
        state=Dispute.State.VOID, ended_at=now
    )
    AdjustmentRequest.objects.filter(case__in=closed, state__in=_OPEN_ADJUSTMENTS).update(
        state=AdjustmentState.VOID, ended_at=now
    )


def _answered_by(dispute: Dispute) -> str | None:
    """Upheld where the merchant undid the sales; void where the payments showed up, or the wrong amount was put right."""
    payments = list(dispute.payments.all())
    if any(payment.outstanding_minor for payment in payments):
        return None
    if all(_is_undone(payment) for payment in payments):
        return Dispute.State.UPHELD
    put_right = dispute.reason == Dispute.Reason.WRONG_AMOUNT and any(p.credited_minor for p in payments)
    paid = all(_is_undone(p) or p.paid_minor > p.reversed_minor for p in payments)
    if paid and (dispute.reason == Dispute.Reason.PAID_ALREADY or put_right):
        return Dispute.State.VOID
    return None


def _is_undone(payment: Payment) -> bool:
    return payment.is_void or payment.credited_minor >= payment.amount_minor


def _end(ends: dict[Dispute, str], *, now: datetime) -> list[Entry]:
    for state in set(ends.values()):
        ids = [dispute.id for dispute, end in ends.items() if end == state]
        Dispute.objects.filter(id__in=ids).update(state=state, ended_at=now)
    _end_holds((dispute.hold for dispute in ends if dispute.hold), now=now)
    return [
        Entry(
            case_id=dispute.case_id,
            kind=f"dispute_{state}",
            at=now,
            actor=_SYSTEM,
            reason="credited" if state == Dispute.State.UPHELD else "paid",
            data={"dispute": dispute.id},
        )
        for dispute, state in ends.items()
    ]


def _keep_hold(one: Loaded, left: list[Dispute], *, now: datetime) -> list[Entry]:
    """Held by its disputes exactly while every open payment is disputed; a minor's or a fraud's hold stays in any case."""
    disputed = {payment.id for dispute in left for payment in dispute.payments.all()}
    still_open = {item.payment_id for item in one.facts.items if item.outstanding_minor}
    running = [d.hold for d in left if d.hold and d.hold.ended_at is None]
    if still_open and still_open <= disputed:
        return [] if running or not left else [_hold(one.case, left[0], now=now)]
    over = [hold for hold in running if hold.reason == Hold.Reason.DISPUTE]
    _end_holds(over, now=now)
    return [_told(one.case, "hold_ended", hold, now=now) for hold in over]


def _hold(case: DefaultCase, dispute: Dispute, *, now: datetime) -> Entry:
    hold = Hold.objects.create(
        customer_id=case.customer_id,
        case=case,
        reason=Hold.Reason.DISPUTE,
        placed_by=_SYSTEM,
        starts_at=now,
    )
    Dispute.objects.filter(id=dispute.id).update(hold=hold)
    return _told(case, "held", hold, now=now)


def _end_holds(holds: Iterable[Hold], *, now: datetime) -> None:
    ids = [hold.id for hold in holds]
    if ids:
        Hold.objects.filter(id__in=ids, ended_at=None).update(ended_at=now, ended_by=_SYSTEM)


def _told(case: DefaultCase, kind: str, hold: Hold, *, now: datetime) -> Entry:
    return Entry(
        case_id=case.id, kind=kind, at=now, actor=_SYSTEM, reason=hold.reason, data={"hold": hold.id}
    )
