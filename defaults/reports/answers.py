"""What a customer has said about a case so far and is still in force. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from ..models import DefaultCase, Dispute, Hold, PromiseToPay
from .queue import running_holds


@dataclass(frozen=True, slots=True)
class Answers:
    claimed_paid: Hold | None
    dispute: Dispute | None
    promise: PromiseToPay | None
    stopped_at: datetime | None


def answers_of(case: DefaultCase, *, now: datetime) -> Answers:
    """`case` comes with its customer's preference."""
    claimed = (
        running_holds(now).filter(case=case, reason=Hold.Reason.CLAIMED_PAID).order_by("-starts_at").first()
    )
    preference = getattr(case.customer, "preference", None)
    return Answers(
        claimed_paid=claimed,
        dispute=case.disputes.filter(state=Dispute.State.RAISED).order_by("-raised_at").first(),
        promise=case.promises.filter(state=PromiseToPay.State.MADE).first(),
        stopped_at=preference.stopped_at if preference else None,
    )
