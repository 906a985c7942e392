"""The customers of the sample world: what they do on the page behind their link, and whether they keep their word."""

import heapq
import random
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import count
from zoneinfo import ZoneInfo

from accounts.allocation import OLDEST_FIRST, allocate
from accounts.models import SandboxPayment
from accounts.services import read_owed
from accounts.services.checkouts import CheckoutRefused, start_checkout
from accounts.services.sandbox import choose, in_process, tell_sandbox
from defaults import services as defaults
from defaults.models import DefaultCase, PaymentPlan, SettlementOffer
from defaults.negotiation import Counter

from .cast import ADJUSTMENT, AGREED, DEFERRALS, DISPUTES, MINOR

CUSTOMER = "customer"
# Of a hundred who gave their word, how many keep it.
KEEP_PROMISE, KEEP_OFFER, KEEP_INSTALMENT = 70, 85, 88
# Of a hundred evenings, on how many somebody takes an offer that stands.
ACCEPT_OFFER = 80
MOST_TRIED = 5
Act = Callable[[DefaultCase, datetime], object]


class People:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._agenda: list[tuple[datetime, int, Callable[[datetime], object]]] = []
        self._numbers = count()
        self._days = 0

    def keep_word(self, at: datetime) -> None:
        """Whatever somebody meant to do by now."""
        while self._agenda and self._agenda[0][0] <= at:
            _, _, act = heapq.heappop(self._agenda)
            as_far_as_possible(lambda act=act: act(at))

    def act(self, at: datetime, *, is_last: bool) -> None:
        """What customers do on this evening; on the last one a little of everything."""
        self._days += 1
        for every, act in (
            (1, self._pay_all),
            (2, self._promise),
            (2, self._plan),
            (3, self._pay_part),
            (3, self._dispute),
            (5, self._claim_paid),
            (6, self._defer),
            (7, self._close_hours),
            (9, self._stop),
            (19, self._was_a_child),
            (41, self._ask_adjustment),
        ):
            if is_last or self._days % every == 0:
                self._with_case(act, at)
        if is_last or self._chance.randrange(100) < ACCEPT_OFFER:
            self._accept_offer(at)

    def _with_case(self, act: Act, at: datetime) -> None:
        """Somebody who has had a message and has said nothing yet."""
        quiet = DefaultCase.objects.filter(state="open", needs_staff=False, contacted_at__isnull=False)
        ids = list(
            quiet.filter(holds=None, customer__preference=None).order_by("id").values_list("id", flat=True)
        )
        if ids:
            self._chance.shuffle(ids)
            any(as_far_as_possible(partial(act, _case(case_id), at)) for case_id in ids[:MOST_TRIED])

    def _pay_all(self, case: DefaultCase, at: datetime) -> None:
        _pay(case, at)

    def _pay_part(self, case: DefaultCase, at: datetime) -> None:
        if self._chance.random() < 0.3:
            _pay(case, at, answer=SandboxPayment.Answer.DECLINED)
        _pay(case, at, minor=case.claimed_minor * self._chance.randint(30, 70) // 100)

    def _promise(self, case: DefaultCase, at: datetime) -> None:
        day = _today(case, at) + timedelta(days=self._chance.randint(3, 8))
        defaults.promise(case_id=case.id, on=day, now=at, actor=CUSTOMER)
        self._mean_to_pay(case, day, KEEP_PROMISE)

    def _accept_offer(self, at: datetime) -> None:
        offers = SettlementOffer.objects.filter(state="live", expires_at__gt=at, case__holds=None)
        standing = list(offers.select_related("case__merchant", "case__customer").order_by("id"))
        self._chance.shuffle(standing)
        for offer in standing:
            if as_far_as_possible(partial(_accept, offer, at)):
                day = _today(offer.case, at) + timedelta(days=self._chance.randint(0, 1))
                self._mean_to_pay(offer.case, day, KEEP_OFFER, minor=offer.pay_minor)
                return

    def _plan(self, case: DefaultCase, at: datetime) -> None:
        parts, first = self._chance.choice([2, 3]), _today(case, at)
        days = [first + timedelta(days=self._chance.randint(4, 8) * number) for number in range(1, parts + 1)]
        each = case.claimed_minor // parts
        sums = [each] * (parts - 1) + [case.claimed_minor - each * (parts - 1)]
        made = _propose(case, list(zip(sums, days, strict=True)), at)
        if isinstance(made, Counter):
            made = _propose(case, made.instalments, at)
        if not isinstance(made, PaymentPlan):
            return
        for instalment in made.instalments.order_by("number"):
            late = timedelta() if self._chance.randrange(100) < KEEP_INSTALMENT else timedelta(days=9)
            self._mean_to_pay(case, instalment.due_on + late, 100, minor=instalment.amount_minor)

    def _dispute(self, case: DefaultCase, at: datetime) -> None:
        """Half of those with several payments object to one of them only."""
        reason, text = self._chance.choice(DISPUTES[case.merchant.locale])
        items = case.items.filter(released_at=None, payment__outstanding_minor__gt=0).order_by("payment_id")
        payments = list(items.values_list("payment_id", flat=True))
        if len(payments) > 1 and self._chance.random() < 0.5:
            payments = [self._chance.choice(payments)]
        defaults.dispute(
            case_id=case.id, reason=reason, text=text, payment_ids=payments, now=at, actor=CUSTOMER
        )

    def _was_a_child(self, case: DefaultCase, at: datetime) -> None:
        text = MINOR[case.merchant.locale]
        defaults.dispute(case_id=case.id, reason="made_by_minor", text=text, now=at, actor=CUSTOMER)

    def _claim_paid(self, case: DefaultCase, at: datetime) -> None:
        defaults.claim_paid(case_id=case.id, now=at, actor=CUSTOMER)

    def _defer(self, case: DefaultCase, at: datetime) -> None:
        reason, text = self._chance.choice(DEFERRALS[case.merchant.locale])
        defaults.defer(case_id=case.id, reason=reason, text=text, now=at, actor=CUSTOMER)

    def _close_hours(self, case: DefaultCase, at: datetime) -> None:
        evenings = [{"days": [0, 1, 2, 3, 4], "from": "18:00", "until": "21:00"}]
        defaults.set_preferences(customer_id=case.customer_id, blocked_bands=evenings, now=at, actor=CUSTOMER)

    def _stop(self, case: DefaultCase, at: datetime) -> None:
        defaults.stop_contact(customer_id=case.customer_id, now=at, actor=CUSTOMER)

    def _ask_adjustment(self, case: DefaultCase, at: datetime) -> None:
        text = ADJUSTMENT[case.merchant.locale]
        defaults.ask_adjustment(case_id=case.id, text=text, now=at, actor=CUSTOMER)

    def _mean_to_pay(self, case: DefaultCase, day: date, percent: int, *, minor: int | None = None) -> None:
        """Pay on that day, as `percent` of a hundred do."""
        if self._chance.randrange(100) < percent:
            at = datetime.combine(day, time(9), tzinfo=ZoneInfo(case.merchant.time_zone))
            heapq.heappush(self._agenda, (at, next(self._numbers), lambda now: _pay(case, now, minor=minor)))


def _pay(
    case: DefaultCase, at: datetime, *, minor: int | None = None, answer: str = SandboxPayment.Answer.APPROVED
) -> None:
    """Through the page and the sandbox gateway, as anybody pays: the checkout, the choice, the callback."""
    open_items = case.items.filter(released_at=None, payment__outstanding_minor__gt=0)
    disputed = open_items.filter(payment__disputes__state="raised").values("payment_id")
    ids = open_items.exclude(payment_id__in=disputed).values_list("payment_id", flat=True)
    owed = read_owed(payment_ids=list(ids))
    total = sum(one.total_minor for one in owed)
    if not total:
        return
    checkout = start_checkout(
        merchant_id=case.merchant_id,
        customer_id=case.customer_id,
        parts=allocate(min(minor or total, total), owed, rule=OLDEST_FIRST),
        rule=OLDEST_FIRST,
        origin=f"case {case.number}",
        return_url=f"/r/case/{case.number}/",
        now=at,
    )
    choose(reference=checkout.reference, answer=answer, now=at)
    tell_sandbox(now=at, send=in_process(at), only=checkout)


def _accept(offer: SettlementOffer, at: datetime) -> None:
    defaults.accept_offer(offer_id=offer.id, now=at, actor=CUSTOMER, evidence=_evidence(offer.case))


def _case(case_id: int) -> DefaultCase:
    return DefaultCase.objects.select_related("merchant", "customer").get(id=case_id)


def _propose(case: DefaultCase, instalments: Sequence[tuple[int, date]], at: datetime):
    return defaults.propose_plan(
        case_id=case.id, instalments=instalments, now=at, actor=CUSTOMER, evidence=_evidence(case)
    )


def _today(case: DefaultCase, at: datetime) -> date:
    return at.astimezone(ZoneInfo(case.merchant.time_zone)).date()


def _evidence(case: DefaultCase) -> dict:
    locale = case.merchant.locale
    return {"language": locale, "text": AGREED[locale], "address": "", "level": "second_factor"}


def as_far_as_possible(act: Callable[[], object]) -> bool:
    """What the page would have refused does not happen; whether it did."""
    try:
        act()
    except (defaults.Refused, CheckoutRefused):
        return False
    return True
