"""What is agreed about cases, loaded and held against the facts: the same five queries for one case and for five hundred."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Prefetch

from ..agreement_states import LIVE_OFFERS, OfferState, PlacementState, PlanState
from ..agreements import count_paid, is_kept, is_overtaken
from ..assessment import ItemFacts
from ..models import Instalment, PaymentPlan, Placement, PromiseToPay, SettlementOffer

_OFFERS = [*LIVE_OFFERS, OfferState.PAID]
_PLACED = [PlacementState.ANNOUNCED, PlacementState.PLACED]


@dataclass(slots=True)
class Rows:
    """The rows of one case that live; `paid_offers`: how many offers of it were paid."""

    promise: PromiseToPay | None = None
    offer: SettlementOffer | None = None
    plan: PaymentPlan | None = None
    placement: Placement | None = None
    paid_offers: int = 0


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the facts make of them. `promise_end`, `offer_end` (with why), `plan_end`: where each moves; None: it goes on.

    `instalments_paid`: how many of the live plan's, in their order. A case that closes ends what is left.
    """

    rows: Rows = field(default_factory=Rows)
    promise_end: str | None = None
    offer_end: tuple[OfferState, str] | None = None
    plan_end: PlanState | None = None
    instalments_paid: int = 0

    @property
    def has_promise(self) -> bool:
        return self.rows.promise is not None and self.promise_end is None

    @property
    def is_over(self) -> bool:
        """Whether one of them has ended by facts and is not written so yet."""
        return not (self.promise_end is None and self.offer_end is None and self.plan_end is None)

    @property
    def has_accepted_offer(self) -> bool:
        offer = self.rows.offer
        return offer is not None and offer.state == OfferState.ACCEPTED and self.offer_end is None

    @property
    def has_plan(self) -> bool:
        return self.rows.plan is not None and self.plan_end is None

    @property
    def has_paid_offer(self) -> bool:
        return self.rows.paid_offers > 0 or (self.offer_end or ("",))[0] == OfferState.PAID


def load_rows(case_ids: Sequence[int]) -> Mapping[int, Rows]:
    """By case; the caller holds the cases locked."""
    found: dict[int, Rows] = defaultdict(Rows)
    made = PromiseToPay.objects.filter(case__in=case_ids, state=PromiseToPay.State.MADE)
    for promise in made.select_related("hold"):
        found[promise.case_id].promise = promise
    for offer in SettlementOffer.objects.filter(case__in=case_ids, state__in=_OFFERS):
        if offer.state == OfferState.PAID:
            found[offer.case_id].paid_offers += 1
        else:
            found[offer.case_id].offer = offer
    plans = PaymentPlan.objects.filter(case__in=case_ids, state=PlanState.LIVE)
    for plan in plans.prefetch_related(Prefetch("instalments", Instalment.objects.order_by("number"))):
        found[plan.case_id].plan = plan
    for placement in Placement.objects.filter(case__in=case_ids, state__in=_PLACED):
        found[placement.case_id].placement = placement
    return found


def weigh(
    rows: Rows,
    items: Collection[ItemFacts],
    *,
    leaving: Collection[int],
    joined_by: Mapping[int, datetime],
    now: datetime,
) -> Agreed:
    """Hold the rows against the case's payments; those that are `leaving` are asked for no longer.

    `joined_by`: when each payment joined the case.
    """
    staying = {item.payment_id: item for item in items if item.payment_id not in leaving}
    plan_end, paid = _plan_end(rows.plan, staying) if rows.plan else (None, 0)
    return Agreed(
        rows,
        promise_end=_promise_end(rows.promise, items, joined_by=joined_by, now=now) if rows.promise else None,
        offer_end=_offer_end(rows.offer, staying, now=now) if rows.offer else None,
        plan_end=plan_end,
        instalments_paid=paid,
    )


def _promise_end(
    promise: PromiseToPay, items: Collection[ItemFacts], *, joined_by: Mapping[int, datetime], now: datetime
) -> str | None:
    """Money keeps it whenever it came; only then may the date break it."""
    outstanding = sum(i.outstanding_minor for i in items if joined_by[i.payment_id] <= promise.made_at)
    if is_kept(
        amount_minor=promise.amount_minor,
        outstanding_before_minor=promise.outstanding_before_minor,
        outstanding_minor=outstanding,
    ):
        return PromiseToPay.State.KEPT
    return PromiseToPay.State.BROKEN if promise.hold.until and promise.hold.until <= now else None


def _offer_end(
    offer: SettlementOffer, staying: Mapping[int, ItemFacts], *, now: datetime
) -> tuple[OfferState, str] | None:
    """A live offer loses to any money; of an accepted one, money pays it whenever it came, and only then dates end it."""
    if offer.state == OfferState.LIVE:
        claimed = {i.payment_id: i.outstanding_minor for i in staying.values() if not i.is_disputed}
        if is_overtaken(offer.items, claimed):
            return OfferState.WITHDRAWN, "overtaken"
        return (OfferState.EXPIRED, "date passed") if offer.expires_at <= now else None
    mine = [staying[payment_id] for payment_id, _ in offer.items if payment_id in staying]
    if not any(item.outstanding_minor for item in mine):
        return OfferState.WITHDRAWN, "nothing owed"
    if sum(item.paid_minor for item in mine) - offer.paid_before_minor >= offer.pay_minor:
        return OfferState.PAID, "paid"
    return (OfferState.LAPSED, "not paid in time") if offer.pay_until <= now else None


def _plan_end(plan: PaymentPlan, staying: Mapping[int, ItemFacts]) -> tuple[PlanState | None, int]:
    """Completed by money, void where its payments owe nothing for another reason; and how many instalments are paid."""
    mine = [staying[payment_id] for payment_id, _ in plan.items if payment_id in staying]
    open_minor = sum(item.outstanding_minor for item in mine)
    amounts = [each.amount_minor for each in plan.instalments.all()]
    paid = count_paid(amounts, total_minor=plan.total_minor, open_minor=open_minor)
    if open_minor:
        return None, paid
    return (PlanState.COMPLETED if any(item.paid_minor for item in mine) else PlanState.VOID), paid
