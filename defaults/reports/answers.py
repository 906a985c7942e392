"""What a customer has said about a case so far, and what was agreed, as far as it is still in force. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from ..agreement_states import LIVE_OFFERS, AdjustmentState, OfferState, PlanState
from ..models import (
    AdjustmentRequest,
    DefaultCase,
    Deferral,
    Dispute,
    Hold,
    PaymentPlan,
    PromiseToPay,
    SettlementOffer,
)


@dataclass(frozen=True, slots=True)
class Answers:
    """`offer`: live and not over, or accepted. `plan` comes with its instalments, in order."""

    claimed_paid: Hold | None
    disputes: tuple[Dispute, ...]
    promise: PromiseToPay | None
    offer: SettlementOffer | None
    plan: PaymentPlan | None
    deferral: Deferral | None
    adjustment: AdjustmentRequest | None
    stopped_at: datetime | None

    @property
    def dispute(self) -> Dispute | None:
        """The latest of those not answered yet."""
        return self.disputes[-1] if self.disputes else None


def answers_of(case: DefaultCase, *, now: datetime) -> Answers:
    """`case` comes with its customer's preference."""
    holds = Hold.objects.running(now).filter(case=case).select_related("deferral").order_by("starts_at")
    holds = {hold.reason: hold for hold in holds}
    preference = getattr(case.customer, "preference", None)
    return Answers(
        claimed_paid=holds.get(Hold.Reason.CLAIMED_PAID),
        disputes=tuple(case.disputes.filter(state=Dispute.State.RAISED).order_by("raised_at", "id")),
        promise=case.promises.filter(state=PromiseToPay.State.MADE).first(),
        offer=_offer(case, now=now),
        plan=case.plans.filter(state=PlanState.LIVE).prefetch_related("instalments").first(),
        deferral=getattr(holds.get(Hold.Reason.HARDSHIP), "deferral", None),
        adjustment=_adjustment(case),
        stopped_at=preference.stopped_at if preference else None,
    )


def _offer(case: DefaultCase, *, now: datetime) -> SettlementOffer | None:
    offer = case.offers.filter(state__in=LIVE_OFFERS).first()
    return None if offer and offer.state == OfferState.LIVE and offer.expires_at <= now else offer


def _adjustment(case: DefaultCase) -> AdjustmentRequest | None:
    running = [AdjustmentState.REQUESTED, AdjustmentState.OFFERED]
    return case.adjustments.filter(state__in=running).first()
