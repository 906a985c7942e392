"""Answers, merchants and customers at the same instant: threads with connections of their own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import ContactPreference, PaymentEvent
from accounts.services import record_events, retry_waiting
from accounts.tests.factories import event
from accounts.tests.holding import violations
from defaults import services
from defaults.models import Deferral, Dispute, Hold, Incident
from defaults.protection_invariants import PROTECTIONS

from .world import NOW, World

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 15
STAFF = {"now": NOW, "actor": "staff:mina", "answer": "Looked up."}


def _at_once(*works: Callable[[], object]) -> list[object]:
    """What each answered, or the refusal it met; all start together."""
    gate = threading.Barrier(len(works))

    def run(work):
        try:
            gate.wait()
            return work()
        except services.Refused as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.fixture
def world() -> World:
    world = World()
    for number in range(ROUNDS):
        world.owes(f"ord-{number}", by=f"u-{number}")
        world.owes(f"too-{number}", 3000, by=f"u-{number}")
    world.tick()
    return world


def _disputed(world, number: int) -> Dispute:
    return services.dispute(
        case_id=world.case(f"u-{number}").id, payment_ids=[world.payment(f"ord-{number}").id],
        reason="not_delivered", now=NOW, actor="customer",
    )  # fmt: skip


def test_of_two_answers_at_once_one_stands(world):
    for number in range(ROUNDS):
        raised = _disputed(world, number)
        answers = _at_once(
            lambda raised=raised: (
                services.resolve_dispute(dispute_id=raised.id, state="upheld", **STAFF).state
            ),
            lambda raised=raised: (
                services.resolve_dispute(dispute_id=raised.id, state="rejected", **STAFF).state
            ),
        )
        raised.refresh_from_db()
        assert sorted(answers) == sorted(["already_resolved", raised.state])
        assert world.payment(f"ord-{number}").is_void == (raised.state == "upheld")


def test_an_answer_and_the_merchant_s_own_undoing_take_off_once(world):
    for number in range(ROUNDS):
        raised = _disputed(world, number)
        told = event("payment.credited", payment=f"ord-{number}", amount=9900)
        _at_once(
            lambda raised=raised: services.resolve_dispute(dispute_id=raised.id, state="upheld", **STAFF),
            lambda told=told: record_events(merchant_id=world.merchant.id, events=[told], now=NOW),
            lambda: services.reassess_touched(now=NOW),
        )
    retry_waiting(now=NOW)
    world.tick()
    payments = [world.payment(f"ord-{number}") for number in range(ROUNDS)]
    assert {(p.outstanding_minor, p.credit_minor) for p in payments} == {(0, 0)}
    assert set(Dispute.objects.values_list("state", flat=True)) == {"upheld"}
    assert violations(PROTECTIONS) == []


def test_a_dispute_about_each_half_at_once_holds_the_whole_case(world):
    for number in range(ROUNDS):
        told = {
            "case_id": world.case(f"u-{number}").id,
            "reason": "wrong_amount",
            "now": NOW,
            "actor": "customer",
        }
        first, second = (world.payment(f"{half}-{number}").id for half in ("ord", "too"))
        _at_once(
            lambda told=told, first=first: services.dispute(payment_ids=[first], **told),
            lambda told=told, second=second: services.dispute(payment_ids=[second], **told),
        )
        assert Hold.objects.running(NOW).filter(case=told["case_id"], reason="dispute").count() == 1


def test_a_deferral_asked_for_twice_at_once_is_one(world):
    for number in range(ROUNDS):
        case_id = world.case(f"u-{number}").id
        ask = [
            lambda case_id=case_id: (
                services.defer(case_id=case_id, reason="illness", now=NOW, actor="customer").id
            )
        ]
        assert len(set(_at_once(*ask * 3))) == 1
    assert Deferral.objects.count() == ROUNDS


def test_preferences_set_at_once_are_both_kept(world):
    for number in range(ROUNDS):
        customer = {"customer_id": world.case(f"u-{number}").customer_id, "now": NOW, "actor": "customer"}
        _at_once(
            lambda customer=customer: services.set_preferences(language="en", **customer),
            lambda customer=customer: services.set_preferences(blocked_channels=["sms"], **customer),
        )
    kept = ContactPreference.objects.values_list("language", "blocked_channels")
    assert [(language, channels) for language, channels in kept] == [("en", ["sms"])] * ROUNDS


def test_of_a_release_and_a_void_at_once_one_stands(world):
    for number in range(ROUNDS):
        incident = services.open_incident(
            merchant_id=world.merchant.id, name=f"n-{number}", reason="fraud", lines=[f"ord-{number}"],
            starts_at=NOW.replace(year=2020), ends_at=NOW.replace(year=2030), now=NOW, actor="staff:mina",
        )  # fmt: skip
        told = {"incident_id": incident.id, "now": NOW, "actor": "staff:mina"}
        _at_once(
            lambda told=told: services.release_incident(**told),
            lambda told=told: services.void_incident(**told),
            lambda: services.finish_incidents(now=NOW),
        )
        state = Incident.objects.get(id=incident.id).state
        assert world.payment(f"ord-{number}").is_void == (state == "voided")
    services.finish_incidents(now=NOW)
    assert not Hold.objects.running(NOW).exists()
    voided = Incident.objects.filter(state="voided").count()
    assert PaymentEvent.objects.filter(event_id__startswith="amends:incident").count() == voided
