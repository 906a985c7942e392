"""Two at once on one offer: threads with connections of their own, forced to meet. One wins, and the books agree (C6)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from accounts.invariants import CHECKS as ACCOUNTS
from accounts.models import Payment
from accounts.services import record_events
from accounts.tests.factories import due, paid
from accounts.tests.holding import violations
from defaults import services
from defaults.invariants import CHECKS as DEFAULTS
from defaults.models import CaseEvent, Hold, NegotiationTerms, SettlementOffer

from .world import DUE_ON, NOW, World

pytestmark = pytest.mark.django_db(transaction=True)
RACES = 300
OVER = NOW + timedelta(days=15)


class Arena:
    """So many customers, each with a case about 9,900 won and a live offer of 7,920; two runners that start together."""

    def __init__(self, races: int = RACES) -> None:
        self.world = World()
        self.shop = self.world.merchant
        NegotiationTerms.objects.create(merchant=self.shop, currency="KRW", discount_percent=20)
        told = [due(f"ord-{n}", due_on=DUE_ON, customer={"reference": f"u-{n}"}) for n in range(races)]
        record_events(merchant_id=self.shop.id, events=told, now=NOW)
        services.open_cases(now=NOW)
        cases = self.shop.cases.order_by("id").values_list("id", flat=True)
        self.offers = sorted(services.make_offers(case_ids=list(cases), now=NOW).values(), key=lambda o: o.id)
        references = self.shop.cases.values_list("id", "customer__reference")
        self.reference = {case_id: by.replace("u-", "ord-") for case_id, by in references}

    def race(self, *runners) -> list[list[str]]:
        """What each runner answered for each offer; both look at the same offer at the same time."""
        start = Barrier(len(runners))

        def run(runner) -> list[str]:
            try:
                answers = []
                for offer in self.offers:
                    start.wait(timeout=30)
                    answers.append(runner(offer))
                return answers
            finally:
                connection.close()

        with ThreadPoolExecutor(len(runners)) as pool:
            return list(zip(*pool.map(run, runners), strict=True))

    def accept(self, offer, *, actor: str = "customer", now=NOW) -> str:
        try:
            services.accept_offer(offer_id=offer.id, evidence={}, now=now, actor=actor)
        except services.Refused as refused:
            return refused.code
        return "accepted"

    def pay(self, offer) -> str:
        told = paid(self.reference[offer.case_id], amount=offer.pay_minor)
        (fate,) = record_events(merchant_id=self.shop.id, events=[told], now=NOW)
        return fate.status

    def settle(self, now=NOW) -> None:
        while services.reassess_touched(now=now).cases:
            pass


def _count(kind: str) -> int:
    return CaseEvent.objects.filter(kind=kind).count()


def test_two_who_accept_at_once_agree_once():
    arena = Arena()
    answers = arena.race(arena.accept, lambda offer: arena.accept(offer, actor="staff:mina"))
    assert {tuple(sorted(pair)) for pair in answers} == {("accepted", "already_accepted")}
    assert (_count("offer_accepted"), Hold.objects.count()) == (RACES, RACES)
    assert set(SettlementOffer.objects.values_list("state", flat=True)) == {"accepted"}
    assert violations((*ACCOUNTS, *DEFAULTS)) == []


def test_a_click_that_repeats_at_once_is_one_acceptance():
    arena = Arena(50)
    answers = arena.race(arena.accept, arena.accept)
    assert set(answers) == {("accepted", "accepted")}
    assert (_count("offer_accepted"), Hold.objects.count()) == (50, 50)
    assert violations((*ACCOUNTS, *DEFAULTS)) == []


def test_an_offer_is_accepted_or_expires_and_never_both():
    arena = Arena()
    # The customer's click was in time by its own clock; the tick already lives after the end.
    last = arena.offers[0].expires_at - timedelta(seconds=1)

    def expire(_offer) -> str:
        services.expire(now=OVER, limit=1)
        return ""

    won = [answer == "accepted" for answer, _ in arena.race(lambda o: arena.accept(o, now=last), expire)]
    while services.expire(now=last + timedelta(seconds=2)).offers:
        pass
    states = list(SettlementOffer.objects.order_by("id").values_list("state", flat=True))
    assert set(states) <= {"accepted", "lapsed", "expired"}
    assert won == [state != "expired" for state in states]
    assert _count("offer_accepted") == sum(won)
    assert _count("offer_expired") == RACES - sum(won)
    assert violations((*ACCOUNTS, *DEFAULTS)) == []


def test_an_offer_loses_to_a_payment_or_is_paid_by_it():
    arena = Arena()
    answers = arena.race(arena.accept, arena.pay)
    assert {fate for _, fate in answers} <= {"applied", "pending"}
    won = [answer == "accepted" for answer, _ in answers]
    arena.settle()
    ended = list(SettlementOffer.objects.order_by("id").values_list("state", "end_reason"))
    assert ended == [("paid", "paid") if first else ("withdrawn", "overtaken") for first in won]
    open_minor = dict(Payment.objects.values_list("reference", "outstanding_minor"))
    owed = [open_minor[arena.reference[offer.case_id]] for offer in arena.offers]
    assert owed == [0 if first else 1980 for first in won]
    assert violations((*ACCOUNTS, *DEFAULTS)) == []
