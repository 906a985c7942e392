"""Each check of agreements finds nothing in a world that kept its promises, and finds what SQL broke."""

from datetime import date, timedelta

import pytest
from django.db import connection

from accounts.tests.holding import violations
from defaults import services
from defaults.agreement_invariants import AGREEMENTS
from defaults.models import NegotiationTerms

from .world import NOW, World

pytestmark = pytest.mark.django_db
CUSTOMER = {"now": NOW, "actor": "customer"}


@pytest.fixture
def world() -> World:
    """One customer promised, one accepted, one paid an offer, one pays in instalments."""
    world = World()
    NegotiationTerms.objects.create(merchant=world.merchant, currency="KRW", discount_percent=20)
    for number in range(4):
        world.owes(f"ord-{number}", by=f"u-{number}")
    world.tick()
    promised, accepted, paid, planned = (world.case(f"u-{number}").id for number in range(4))
    services.promise(case_id=promised, on=date(2026, 11, 27), **CUSTOMER)
    for case_id in (accepted, paid):
        offer = services.standing_offer(case_id=case_id, **CUSTOMER)
        services.accept_offer(offer_id=offer.id, evidence={}, **CUSTOMER)
    services.propose_plan(case_id=planned, parts=3, evidence={}, **CUSTOMER)
    world.pays("ord-2", 7920)
    world.tick()
    return world


BROKEN = [
    "UPDATE defaults_hold SET ended_at = starts_at WHERE reason = 'plan'",
    "UPDATE defaults_promisetopay SET state = 'void'",
    "UPDATE defaults_defaultcase SET state = 'open' WHERE state = 'in_plan'",
    "UPDATE defaults_defaultcase SET state = 'in_plan' WHERE state = 'promised'",
    "UPDATE defaults_settlementoffer SET outstanding_minor = 9901",
    "UPDATE defaults_settlementoffer SET accepted_at = expires_at WHERE state = 'accepted'",
    "UPDATE defaults_settlementoffer SET ended_at = ended_at + interval '1 day' WHERE state = 'paid'",
    "UPDATE defaults_instalment SET amount_minor = amount_minor + 1 WHERE number = 1",
]


def test_a_world_that_keeps_its_agreements_has_nothing_to_find(world):
    assert violations(AGREEMENTS) == []


@pytest.mark.parametrize("statement", BROKEN)
def test_what_is_broken_is_found(world, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert violations(AGREEMENTS)


def test_a_better_offer_for_waiting_is_found(world):
    world.owes("ord-9", by="u-9")
    world.tick()
    case_id = world.case("u-9").id
    first = services.standing_offer(case_id=case_id, **CUSTOMER)
    services.withdraw_offer(offer_id=first.id, **CUSTOMER)
    services.make_offer(
        case_id=case_id,
        pay_minor=6000,
        expires_at=NOW + timedelta(days=1),
        authority="compliance",
        **CUSTOMER,
    )
    assert len(violations(AGREEMENTS)) == 1
