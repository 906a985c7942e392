"""Records of one person: joined and separated by staff, and what protects the person counts for all of them."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.locks import CONTACT_LOCKS
from accounts.models import AuditEvent, ContactPoint, Customer, Person, PersonRecord
from accounts.services.persons import make_one, records_of
from defaults.models import CaseEvent
from defaults.services.acts import Refused
from defaults.services.holds import hold_customer, place_hold, resume_contact, stop_contact
from defaults.services.persons import join_records, separate_record
from defaults.services.preferences import set_preferences
from reminders.models import Message, Suppression
from reminders.services.facts import load_facts

from .world import World

pytestmark = pytest.mark.django_db
EVENING = {"days": [0], "from": "19:00", "until": "21:00"}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def pair(world):
    """Two cases of one merchant whose customers are the same person."""
    return world.debtor(1), world.debtor(2)


def join(world, first, second, reason="same e-mail"):
    join_records(
        customer_id=first.customer_id, other_id=second.customer_id, reason=reason, now=world.now,
        actor="staff:mina", address="10.0.0.7",
    )  # fmt: skip


def separate(world, case):
    separate_record(customer_id=case.customer_id, reason="two people", now=world.now, actor="staff:mina")


@contextmanager
def served_elsewhere(customer_id: int):
    """The customer's contact lock is held by another connection."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [CONTACT_LOCKS + customer_id])
        yield
    finally:
        other.close()


def facts(world, case):
    return load_facts([case.pk], now=world.now)[case.pk]


def kinds(case) -> list[str]:
    return list(CaseEvent.objects.filter(case=case).order_by("seq").values_list("kind", flat=True))


def test_joining_is_told_in_both_histories_and_in_the_audit_log(world, pair) -> None:
    join(world, *pair)
    assert records_of(pair[0].customer_id) == sorted(case.customer_id for case in pair)
    for case in pair:
        entry = CaseEvent.objects.get(case=case, kind="records_joined")
        assert (entry.actor, entry.reason) == ("staff:mina", "same e-mail")
    entry = AuditEvent.objects.get()
    assert (entry.kind, entry.reason, entry.address) == ("records_joined", "same e-mail", "10.0.0.7")
    assert (entry.before, entry.after) == ({"records": []}, {"records": [["u-1", "u-2"]]})


def test_separating_puts_everything_back(world, pair) -> None:
    join(world, *pair)
    separate(world, pair[1])
    assert records_of(pair[0].customer_id) == [pair[0].customer_id]
    assert not Person.objects.exists()
    assert kinds(pair[0])[-1] == kinds(pair[1])[-1] == "records_separated"
    assert AuditEvent.objects.latest("pk").before == {"records": [["u-1", "u-2"]]}


def test_joining_two_who_are_joined_with_others_makes_one_person_of_all(world) -> None:
    cases = [world.debtor(number) for number in range(1, 5)]
    join(world, cases[0], cases[1])
    join(world, cases[2], cases[3])
    join(world, cases[3], cases[0])
    assert records_of(cases[1].customer_id) == sorted(case.customer_id for case in cases)
    assert Person.objects.count() == 1
    separate(world, cases[2])
    assert records_of(cases[0].customer_id) == [cases[index].customer_id for index in (0, 1, 3)]


def test_the_ledger_the_payments_and_the_cases_stay_where_they_are(world, pair) -> None:
    before = [(case.customer_id, case.claimed_minor, case.state) for case in pair]
    join(world, *pair)
    for case in pair:
        case.refresh_from_db()
    assert [(case.customer_id, case.claimed_minor, case.state) for case in pair] == before


@pytest.mark.parametrize(
    ("second", "reason", "code"),
    [
        ("itself", "because", "same_record"),
        ("other", " ", "reason_missing"),
        ("foreign", "same", "other_merchant"),
    ],
)
def test_what_cannot_be_joined_is_refused_and_nothing_is_written(world, pair, second, reason, code) -> None:
    other = {"itself": pair[0], "other": pair[1], "foreign": World().debtor(9)}[second]
    with pytest.raises(Refused) as refusal:
        join(world, pair[0], other, reason)
    assert refusal.value.code == code
    assert not PersonRecord.objects.exists()
    assert not AuditEvent.objects.exists()


def test_joining_twice_or_separating_who_stands_alone_is_refused(world, pair) -> None:
    with pytest.raises(Refused, match="joined with none"):
        separate(world, pair[0])
    join(world, *pair)
    with pytest.raises(Refused, match="joined already"):
        join(world, *reversed(pair))


def test_the_database_joins_no_records_of_two_merchants(world, pair) -> None:
    foreign = World().debtor(9)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_one(first=pair[0].customer_id, second=foreign.customer_id, now=world.now)


def test_a_stop_at_one_record_silences_the_other_until_it_is_taken_back_or_they_are_separated(
    world, pair
) -> None:
    stop_contact(customer_id=pair[0].customer_id, now=world.now, actor="customer")
    assert facts(world, pair[1]).stopped_at is None
    join(world, *pair)
    assert facts(world, pair[1]).stopped_at == world.now
    separate(world, pair[0])
    assert facts(world, pair[1]).stopped_at is None
    join(world, *pair)
    resume_contact(customer_id=pair[0].customer_id, now=world.now, actor="customer")
    assert facts(world, pair[1]).stopped_at is None


def test_a_stop_after_joining_is_told_in_the_history_of_both(world, pair) -> None:
    join(world, *pair)
    stop_contact(customer_id=pair[0].customer_id, now=world.now, actor="customer")
    assert kinds(pair[1])[-1] == "contact_stopped"


@pytest.mark.django_db(transaction=True)
def test_nobody_is_sent_anything_about_one_record_after_stopping_at_the_other(world, pair) -> None:
    world.plan()
    join(world, *pair)
    stop_contact(customer_id=pair[0].customer_id, now=world.now, actor="customer")
    world.send()
    world.later(seconds=3)
    world.send()
    assert world.channel.given == []
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}


def test_wishes_of_all_records_count_the_strictest_of_each(world, pair) -> None:
    ContactPoint.objects.filter(channel="email").update(health="bounced")
    set_preferences(
        customer_id=pair[0].customer_id, now=world.now, actor="customer", blocked_channels=["sms"],
        blocked_bands=[EVENING],
    )  # fmt: skip
    set_preferences(customer_id=pair[1].customer_id, now=world.now, actor="customer", blocked_bands=[EVENING])
    Customer.objects.filter(pk=pair[0].customer_id).update(birth_date="2010-05-05")
    Customer.objects.filter(pk=pair[1].customer_id).update(birth_date="1980-05-05")
    join(world, *pair)
    told = facts(world, pair[1])
    assert told.blocked_channels == ("sms",)
    assert len(told.blocked_bands) == 2
    assert told.birth_date.year == 2010


@pytest.mark.django_db(transaction=True)
def test_a_contact_about_one_record_counts_on_every_claim_of_the_other(world, pair) -> None:
    world.plan()
    world.send()
    world.now += timedelta(hours=1)
    alone = facts(world, pair[0]).contacts
    join(world, *pair)
    together = facts(world, pair[0]).contacts
    assert [len(instants) for instants in alone.values()] == [1]
    assert [len(instants) for instants in together.values()] == [2]


@pytest.mark.django_db(transaction=True)
def test_two_records_of_one_person_are_never_written_to_at_the_same_moment(world, pair) -> None:
    join(world, *pair)
    world.plan()
    world.send()
    assert len(world.channel.given) == 1
    assert sorted(Message.objects.values_list("state", flat=True)) == ["queued", "sent"]


@pytest.mark.django_db(transaction=True)
def test_nobody_is_written_to_about_one_record_while_another_is_being_served(world, pair) -> None:
    join(world, *pair)
    world.plan()
    Message.objects.filter(case=pair[0]).update(due_at=world.now + timedelta(days=9))
    with served_elsewhere(pair[0].customer_id):
        world.send()
        assert world.channel.given == []
    world.later(seconds=3)
    world.send()
    assert len(world.channel.given) == 1


def test_a_hold_of_the_person_counts_for_both_and_one_of_a_case_does_not(world, pair) -> None:
    join(world, *pair)
    hold_customer(customer_id=pair[0].customer_id, reason="lawyer", now=world.now, actor="staff:mina")
    place_hold(case_id=pair[0].pk, reason="hardship", now=world.now, actor="staff:mina")
    assert [hold.reason for hold in facts(world, pair[1]).holds] == ["lawyer"]


def test_a_complaint_at_one_address_closes_the_channel_for_both_and_a_bounce_does_not(world, pair) -> None:
    join(world, *pair)
    first = ContactPoint.objects.get(customer=pair[0].customer_id, channel="email")
    ContactPoint.objects.filter(pk=first.pk).update(health="bounced")
    assert facts(world, pair[1]).addresses == {"email": "ok"}
    Suppression.objects.create(channel="email", fingerprint=first.fingerprint, reason="complaint")
    assert facts(world, pair[1]).addresses == {"email": "suppressed"}


def test_facts_of_joined_records_take_the_same_queries_for_any_number(
    world, django_assert_num_queries
) -> None:
    cases = [world.debtor(number) for number in range(1, 7)]
    join(world, cases[0], cases[1])
    with django_assert_num_queries(15):
        load_facts([cases[0].pk], now=world.now)
    join(world, cases[2], cases[3])
    join(world, cases[3], cases[0])
    with django_assert_num_queries(15):
        load_facts([case.pk for case in cases], now=world.now)
