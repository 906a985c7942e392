"""The merchants of the sample world: what their systems tell, and how they answer what customers object to."""

import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from accounts.models import Merchant, Payment
from accounts.services import record_events
from defaults.models import Dispute

from .story import Told, event_of

# Of a hundred objections, how many wait for our staff because the shop's own system has no answer.
LEFT_TO_STAFF = 4
# Of a hundred who have paid on the page, how many pay at the shop as well.
PAID_TWICE = 5


class Shops:
    """What is still to come, in the order in which it happens."""

    def __init__(self, told: list[Told], merchants: Mapping[str, Merchant], chance: random.Random) -> None:
        self._ahead, self._merchants, self._chance = sorted(told), merchants, chance
        self._not_paid: set[str] = set()

    def tell_until(self, at: datetime) -> None:
        """Every shop tells what has happened, or at least that it is alive."""
        events: dict[str, list[dict]] = defaultdict(list)
        while self._ahead and self._ahead[0].at <= at:
            next_one = self._ahead.pop(0)
            events[next_one.shop].append(next_one.event)
        for slug, merchant in self._merchants.items():
            alive = event_of("feed.heartbeat", f"{at:%Y%m%d%H%M}", at, {})
            told = self._as_it_went(merchant, events[slug])
            record_events(merchant_id=merchant.pk, events=[*told, alive], now=at)

    def answer_disputes(self, at: datetime) -> None:
        """The shop's own system answers an objection within a week by what it does to the sale; the rest waits for staff."""
        raised = Dispute.objects.filter(state="raised", raised_at=at).select_related("case__merchant")
        for dispute in raised.order_by("id"):
            if self._chance.randrange(100) < LEFT_TO_STAFF:
                continue
            answered_at = at + timedelta(days=self._chance.uniform(1, 7))
            for payment in dispute.payments.order_by("id"):
                self._tell_later(
                    answered_at, dispute.case.merchant.slug, self._answer(dispute, payment, answered_at)
                )

    def _answer(self, dispute: Dispute, payment: Payment, at: datetime) -> dict:
        about, key = {"payment": payment.reference}, f"{payment.reference}-answer-{dispute.pk}"
        if dispute.reason == "wrong_amount":
            return event_of("payment.credited", key, at, about | {"amount": payment.amount_minor})
        if dispute.reason == "paid_already":
            paid = about | {"amount": payment.outstanding_minor, "method": "transfer"}
            return event_of("payment.paid", key, at, paid)
        return event_of("payment.voided", key, at, about)

    def _tell_later(self, at: datetime, shop: str, event: dict) -> None:
        self._ahead.append(Told(at, shop, len(self._ahead) + 100_000, event))
        self._ahead.sort()

    def _as_it_went(self, merchant: Merchant, events: list[dict]) -> list[dict]:
        """Who has settled it on the page does not pay a second time, but for a few; and no bank takes back what was not paid."""
        paying = [e["data"]["payment"] for e in events if e["type"] == "payment.paid"]
        known = Payment.objects.filter(merchant=merchant, reference__in=paying, outstanding_minor=0)
        settled = set(known.values_list("reference", flat=True))
        self._not_paid |= {each for each in sorted(settled) if self._chance.randrange(100) >= PAID_TWICE}
        moves = {"payment.paid", "payment.reversed"}
        return [e for e in events if e["type"] not in moves or e["data"]["payment"] not in self._not_paid]
