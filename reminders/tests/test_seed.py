"""The sample world: believable, the same for one seed, and made once."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from accounts.models import ApiKey, Checkout, Customer, Payment, PaymentEvent, User
from defaults.models import (
    AdjustmentRequest,
    DefaultCase,
    Deferral,
    Dispute,
    Hold,
    Incident,
    PaymentPlan,
    Placement,
    PromiseToPay,
    SettlementOffer,
)
from reminders.models import Message
from reminders.rehearsal.world import own_database
from reminders.sample.life import instants
from reminders.sample.story import tell

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


def test_one_seed_tells_one_story_and_another_seed_another():
    assert tell(seed=1, now=NOW) == tell(seed=1, now=NOW)
    assert tell(seed=1, now=NOW) != tell(seed=2, now=NOW)


def test_the_story_has_the_size_of_a_believable_world():
    kinds = Counter(told.event["type"] for told in tell(seed=2026, now=NOW))
    assert 1300 <= kinds["payment.due"] <= 1700
    assert kinds["payment.paid"] > kinds["payment.due"] / 2
    assert min(kinds[kind] for kind in ("payment.failed", "payment.reversed", "payment.voided")) > 0


def test_no_address_of_the_story_can_reach_anybody():
    people = [
        told.event["data"]["customer"]
        for told in tell(seed=2026, now=NOW)
        if "customer" in told.event["data"]
    ]
    assert {person["email"].partition("@")[2] for person in people} == {"example.com"}
    assert {person.get("phone", "+8210000")[:8] for person in people} <= {"+8210000", "+4477009"}


def test_the_clock_of_the_sample_world_ends_now():
    assert instants(NOW)[-1] == NOW
    assert instants(NOW) == sorted(set(instants(NOW)))


@pytest.fixture
def own_world(migrated_once, django_db_blocker):
    """A fresh database, with what the migrations put there."""
    with django_db_blocker.unblock(), own_database(keep=False):
        yield


def test_seeding_makes_cases_in_every_state_once(own_world, capsys):
    call_command("seed")
    assert "password" in capsys.readouterr().out
    assert_every_kind_of_ending()
    assert_what_customers_did()
    assert not Message.objects.filter(state__in=["failed", "unconfirmed"]).exists()
    assert not PaymentEvent.objects.parked().exists()
    assert set(User.objects.values_list("role", flat=True)) == {"agent", "lead", "compliance", "admin"}
    assert ApiKey.objects.count() == 1
    before = (Customer.objects.count(), Payment.objects.count(), Message.objects.count())
    call_command("seed")
    assert "there already" in capsys.readouterr().out
    assert before == (Customer.objects.count(), Payment.objects.count(), Message.objects.count())


def assert_every_kind_of_ending():
    states = Counter(DefaultCase.objects.values_list("state", flat=True))
    assert min(states[name] for name in ("pooling", "open", "promised", "in_plan", "closed")) > 0
    outcomes = set(DefaultCase.objects.values_list("outcome", flat=True))
    assert outcomes >= {"cured", "settled", "forgiven", "written_off", "withdrawn"}
    assert DefaultCase.objects.filter(is_self_cure=True).exists()


def assert_what_customers_did():
    """A little of everything there is, by the services that the pages use."""
    running = set(Hold.objects.filter(ended_at=None).values_list("reason", flat=True))
    assert running >= {"hardship", "promise", "plan", "settlement"}
    assert set(PromiseToPay.objects.values_list("state", flat=True)) >= {"made", "kept", "broken"}
    assert set(SettlementOffer.objects.values_list("state", flat=True)) >= {"live", "accepted", "paid"}
    assert set(PaymentPlan.objects.values_list("state", flat=True)) >= {"live", "completed"}
    assert set(Dispute.objects.values_list("state", flat=True)) >= {"raised", "upheld"}
    assert set(Checkout.objects.values_list("state", flat=True)) >= {"paid", "failed"}
    assert Deferral.objects.exists()
    assert AdjustmentRequest.objects.exists()
    assert Placement.objects.exists()
    assert Incident.objects.filter(state="open").exists()
    assert Payment.objects.filter(credit_minor__gt=0).exists()
    assert set(Message.objects.values_list("contact_class", flat=True)) >= {"D", "O", "T", "N"}
