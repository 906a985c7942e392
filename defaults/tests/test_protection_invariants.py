import pytest
from django.db import connection

from accounts.tests.holding import violations
from defaults import services
from defaults.protection_invariants import PROTECTIONS

from .world import NOW, World

pytestmark = pytest.mark.django_db
STAFF = {"now": NOW, "actor": "staff:mina"}


@pytest.fixture
def world() -> World:
    """Everything that protects somebody, at work: partly and wholly disputed, upheld, deferred twice, adjusted, an incident."""
    world = World()
    for number in range(1, 7):
        world.owes(f"ord-{number}", by=f"u-{number}")
    world.owes("ord-7", by="u-1")
    world.tick()
    case = {number: world.case(f"u-{number}").id for number in range(1, 7)}
    told = {"reason": "not_delivered", "now": NOW, "actor": "customer"}
    part = services.dispute(case_id=case[1], payment_ids=[world.payment("ord-7").id], **told)
    services.resolve_dispute(dispute_id=part.id, state="upheld", **STAFF)
    services.dispute(case_id=case[2], **told)
    services.defer(case_id=case[3], reason="illness", now=NOW, actor="customer")
    services.ask_adjustment(case_id=case[4], now=NOW, actor="customer")
    lines = {"starts_at": NOW.replace(year=2020), "ends_at": NOW.replace(year=2030)}
    for number in (5, 6):
        services.open_incident(
            merchant_id=world.merchant.id, name=f"n-{number}", reason="fraud", lines=[f"ord-{number}"], **lines, **STAFF
        )  # fmt: skip
    voided = world.merchant.incidents.get(name="n-6")
    services.void_incident(incident_id=voided.id, **STAFF)
    world.tick()
    return world


def test_what_protects_breaks_nothing(world):
    assert violations(PROTECTIONS) == []


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("UPDATE defaults_hold SET ended_at = now() WHERE reason = 'dispute'", "protection: a case is held"),
        ("UPDATE defaults_dispute SET hold_id = NULL", "protection: a case is held"),
        ("UPDATE accounts_payment SET is_void = false WHERE reference = 'ord-7'", "protection: the sale"),
        ("UPDATE defaults_hold SET ended_at = now() WHERE reason = 'protection'", "protection: asking rests"),
        ("UPDATE defaults_hold SET until = NULL WHERE reason = 'hardship'", "protection: a deferral"),
        ("UPDATE defaults_deferral SET is_extension = true", "protection: a deferral"),
        ("UPDATE accounts_payment SET is_void = false WHERE reference = 'ord-6'", "protection: payments and holds"),
        ("UPDATE defaults_incident SET merchant_id = merchant_id + 1", "protection: payments and holds"),
    ],
)  # fmt: skip
def test_damage_by_hand_is_found(world, damage, found):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(damage)
        assert cursor.rowcount > 0
    broken = violations(PROTECTIONS)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE defaults_incident SET merchant_id = %s", [world.merchant.id])
    assert any(found in str(line) for line in broken)
