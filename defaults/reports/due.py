"""What a customer can usefully pay now: everything, what is left of an accepted offer, the next instalment. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import Payment

from ..agreement_states import OfferState
from ..models import Instalment, PaymentPlan, SettlementOffer


@dataclass(frozen=True, slots=True)
class NextPart:
    """The earliest instalment that is not paid in full, and what is missing of the sum up to it."""

    instalment: Instalment
    missing_minor: int


def left_of_offer(offer: SettlementOffer | None) -> int:
    """What is still to be paid of an accepted offer; 0 without one."""
    if offer is None or offer.state != OfferState.ACCEPTED:
        return 0
    return max(0, offer.pay_minor - _fallen(offer.items))


def next_part(plan: PaymentPlan | None) -> NextPart | None:
    if plan is None:
        return None
    fallen, up_to = _fallen(plan.items), 0
    for instalment in plan.instalments.all():
        up_to += instalment.amount_minor
        if up_to > fallen:
            return NextPart(instalment, up_to - fallen)
    return None


def payment_ids(items: Iterable[Sequence[int]]) -> list[int]:
    return [payment_id for payment_id, _ in items]


def last_day(plan: PaymentPlan) -> date:
    return list(plan.instalments.all())[-1].due_on


def _fallen(items: Sequence[Sequence[int]]) -> int:
    """By how much what these payments owe has fallen since it was agreed."""
    now = dict(Payment.objects.filter(pk__in=payment_ids(items)).values_list("pk", "outstanding_minor"))
    return sum(then for _, then in items) - sum(now.values())
