"""Disputes: the customer says a payment is not owed. Only its payments leave the claim; the case falls silent."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from accounts.models import Payment

from ..agreements import DISPUTE_ANSWER_DAYS
from ..models import Dispute, Hold
from .acts import Refused, locked_case, open_hold, record
from .case_facts import load


def dispute(
    *,
    case_id: int,
    reason: str,
    now: datetime,
    actor: str,
    payment_ids: Iterable[int] | None = None,
    text: str = "",
) -> Dispute:
    """Raise a dispute about some payments of the case; None: all that are open. Silent until it is answered.

    `reason` is one of Dispute.Reason. Payments disputed already are not disputed again: a repeated click answers the
    dispute that stands. Raises Refused(not_in_case) for a payment that is not open in this case.
    """
    with locked_case(case_id) as case:
        (facts,) = load([case], now=now)
        open_items = {i.payment_id: i for i in facts.facts.items if i.outstanding_minor}
        wanted = set(open_items) if payment_ids is None else set(payment_ids)
        if not wanted or wanted - set(open_items):
            raise Refused("not_in_case", "Only payments open in this case can be disputed.")
        fresh = sorted(payment_id for payment_id in wanted if not open_items[payment_id].is_disputed)
        if not fresh:
            return (
                case.disputes.filter(state=Dispute.State.RAISED, payments__in=wanted).order_by("id").first()
            )
        raised = _raise(case, reason=reason, now=now, actor=actor, text=text, due_on=facts.as_of)
        raised.payments.set(Payment.objects.filter(id__in=fresh))
        record(
            case, kind="disputed", now=now, actor=actor, reason=reason,
            dispute=raised.id, payments=fresh, answer_due_on=raised.answer_due_on.isoformat(),
        )  # fmt: skip
    return raised


def resolve_dispute(*, dispute_id: int, state: str, now: datetime, actor: str, reason: str) -> Dispute:
    """Answer a dispute: `upheld` takes its payments out for good, `rejected` puts them back into the claim.

    Raises Refused(already_resolved) when somebody was quicker, with the other answer.
    """
    case_id = Dispute.objects.values_list("case_id", flat=True).get(id=dispute_id)
    if state not in (Dispute.State.UPHELD, Dispute.State.REJECTED):
        raise ValueError(f"A dispute ends upheld or rejected, not {state!r}.")
    with locked_case(case_id) as case:
        resolved = Dispute.objects.select_for_update().get(id=dispute_id)
        if resolved.state == state:
            return resolved
        if resolved.state != Dispute.State.RAISED:
            raise Refused("already_resolved", f"The dispute was {resolved.get_state_display()} already.")
        resolved.state, resolved.ended_at = state, now
        resolved.save(update_fields=["state", "ended_at"])
        Hold.objects.filter(id=resolved.hold_id, ended_at=None).update(ended_at=now, ended_by=actor)
        record(case, kind=f"dispute_{state}", now=now, actor=actor, reason=reason, dispute=resolved.id)
    return resolved


def _raise(case, *, reason: str, now: datetime, actor: str, text: str, due_on) -> Dispute:
    hold = open_hold(case, reason=Hold.Reason.DISPUTE, now=now, until=None, actor=actor)
    return Dispute.objects.create(
        case=case,
        reason=Dispute.Reason(reason),
        text=text,
        hold=hold,
        raised_at=now,
        answer_due_on=due_on + timedelta(days=DISPUTE_ANSWER_DAYS),
        state=Dispute.State.RAISED,
    )
