"""The offer step: what is offered stands before it is told, and making it costs the same for one case and for many."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import event
from defaults.models import NegotiationTerms, SettlementOffer
from reminders.models import Message
from reminders.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def at_the_offer_step(cases: int, *, discount: int = 20) -> World:
    """So many cases whose reminders are over; the merchant gives that many percent."""
    world = World()
    NegotiationTerms.objects.create(
        merchant=world.merchant, currency="KRW", discount_percent=discount, floor_percent=50
    )
    for number in range(1, cases + 1):
        world.debtor(number)
    for _ in range(2):
        world.plan()
        world.send()
        world.later(days=8)
        world.tell(event("feed.heartbeat"))
    return world


def test_an_offer_stands_before_the_message_that_tells_of_it():
    world = at_the_offer_step(1)
    world.plan()
    offer = SettlementOffer.objects.get()
    message = Message.objects.get(step_key="offer")
    assert (offer.state, offer.pay_minor, offer.outstanding_minor) == ("live", 7920, 9900)
    assert offer.made_at <= message.queued_at
    world.send()
    assert "₩7,920" in world.channel.given[-1].body


def test_a_merchant_that_gives_nothing_makes_no_offer_and_tells_of_none():
    world = at_the_offer_step(1, discount=0)
    world.plan()
    assert not SettlementOffer.objects.exists()
    world.send()
    assert "대신" not in world.channel.given[-1].body


def test_offers_for_many_cases_cost_the_queries_of_one():
    counts = []
    for cases in (1, 6):
        world = at_the_offer_step(cases)
        with CaptureQueriesContext(connection) as seen:
            world.plan(merchant_id=world.merchant.pk)
        assert SettlementOffer.objects.filter(case__merchant=world.merchant).count() == cases
        counts.append(len(seen))
    assert counts[0] == counts[1]
