"""What is told of an entry of history: once, by a channel that can be used, and never missed for being committed late."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import ContactPoint, ContactPreference
from defaults.models.case import ANSWERED
from defaults.services.acts import locked_case, record
from defaults.services.holds import stop_contact
from defaults.services.promise import promise
from reminders.correspondence import EVERYWHERE, LETTERS, values_of
from reminders.models import LastLook, Message
from reminders.services import correspondence
from reminders.services.correspondence import answer
from reminders.services.explain import why
from reminders.services.facts import load_facts
from reminders.tests.world import NOON, World

pytestmark = pytest.mark.django_db(transaction=True)
IN_SEOUL = {
    "at_night": datetime(2026, 11, 25, 13, 30, tzinfo=UTC),
    "morning": datetime(2026, 11, 25, 23, tzinfo=UTC),
}


def test_every_kind_of_entry_that_is_answered_has_a_letter():
    assert set(LETTERS) == set(ANSWERED)
    assert all(len(letter.template_key) <= 40 for letter in LETTERS.values())


def test_a_text_may_ask_only_for_what_its_letter_fills():
    assert "code" in values_of("code")
    assert values_of("reminder-1") == values_of("reminder-1-soft") == EVERYWHERE
    assert values_of("receipt-in-full") == values_of("receipt")


def promised(world, case):
    return promise(
        case_id=case.id, on=(world.now + timedelta(days=5)).date(), now=world.now, actor="customer"
    )


def tell(case, kind, *, now, actor="system", **data):
    """An entry of that kind, written as the services write it."""
    with locked_case(case.id) as held:
        record(held, kind=kind, now=now, actor=actor, **data)
    return case.events.get(kind=kind)


def letter(case):
    return Message.objects.get(case=case, answers__isnull=False)


def test_a_promise_is_confirmed_once_whatever_is_asked_again():
    world = World()
    case = world.debtor()
    promised(world, case)
    assert [answer(now=world.now), answer(now=world.now)] == [1, 0]
    told = letter(case)
    assert (told.contact_class, told.template_key, told.channel) == ("T", "promise-noted", "email")
    assert told.step_key == f"promised-{told.answers.seq}"
    assert world.send().sent == 1
    assert "₩9,900" in world.channel.given[0].body
    assert answer(now=world.now) == 0


def test_an_entry_that_commits_late_is_still_told(monkeypatch):
    """The look in between goes past the instant the entry was recorded at, on another connection."""
    monkeypatch.setattr(correspondence, "_FOUND", correspondence._FOUND.replace("10 minutes", "0 minutes"))
    world = World()
    case = world.debtor()
    written, looked = threading.Event(), threading.Event()

    def write():
        try:
            with transaction.atomic():
                promised(world, case)
                written.set()
                assert looked.wait(20)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        assert written.wait(20)
        assert answer(now=world.now) == 0
        looked.set()
        writing.result()
    assert answer(now=world.now) == 1


def test_looks_at_the_same_time_queue_one_message():
    world = World()
    for number in range(1, 21):
        promised(world, world.debtor(number))

    def look(_):
        try:
            return answer(now=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(look, range(8))) == 20
    assert Message.objects.filter(answers__isnull=False).count() == 20


def test_more_entries_than_one_look_takes_are_all_told(django_assert_max_num_queries):
    world = World()
    for number in range(1, 8):
        promised(world, world.debtor(number))
    looked_at = timezone.now() - timedelta(hours=1)
    LastLook.objects.update_or_create(pk=1, defaults={"at": looked_at})
    with django_assert_max_num_queries(7):
        assert answer(now=world.now, limit=3) == 3
    assert LastLook.objects.get().at == looked_at, "a look that is not over goes no further"
    assert [answer(now=world.now, limit=3) for _ in range(3)] == [3, 1, 0]


def test_the_second_channel_is_taken_when_the_first_cannot_be_used():
    world = World()
    case = world.debtor(phone="+821000000001")
    ContactPoint.objects.filter(customer=case.customer_id, channel="email").update(health="bounced")
    promised(world, case)
    answer(now=world.now)
    assert letter(case).channel == "sms"


def test_a_closed_channel_is_left_alone_but_for_a_reply():
    world = World()
    case = world.debtor()
    ContactPreference.objects.create(customer=case.customer, blocked_channels=["email"])
    promised(world, case)
    tell(case, "link_asked", now=world.now)
    answer(now=world.now)
    told = {m.template_key: (m.state, m.state_reason) for m in Message.objects.filter(case=case)}
    assert told == {"promise-noted": ("cancelled", "no_usable_address"), "new-link": ("queued", "")}


def test_who_said_stop_gets_no_receipt_but_the_notices_and_replies():
    world = World()
    case = world.debtor()
    promised(world, case)
    tell(case, "link_asked", now=world.now)
    stop_contact(customer_id=case.customer_id, now=world.now, actor="customer")
    answer(now=world.now)
    world.send()
    told = {m.template_key: (m.state, m.state_reason) for m in Message.objects.filter(case=case)}
    assert told == {"promise-noted": ("cancelled", "BASE-STOP"), "new-link": ("sent", "")}


def test_at_night_a_reply_leaves_and_a_receipt_waits_for_the_morning():
    world = World()
    case = world.debtor()
    world.now = IN_SEOUL["at_night"]
    promised(world, case)
    tell(case, "link_asked", now=world.now)
    answer(now=world.now)
    assert world.send().sent == 1
    assert [m.template_key for m in Message.objects.filter(case=case, state="sent")] == ["new-link"]
    waiting = Message.objects.get(case=case, state="queued")
    assert (waiting.template_key, waiting.due_at) == ("promise-noted", IN_SEOUL["morning"])
    world.now = IN_SEOUL["morning"]
    assert world.send().sent == 1


def test_a_reply_does_not_leave_on_the_day_after_the_request():
    world = World()
    case = world.debtor()
    tell(case, "link_asked", now=world.now)
    answer(now=world.now)
    world.later(days=1)
    world.send()
    assert (letter(case).state, letter(case).state_reason) == ("cancelled", "BASE-REPLY")


def test_a_closed_case_is_told_of_its_payment():
    world = World()
    case = world.debtor()
    tell(
        case, "money_received", now=world.now, amount_minor=9900, payments=[[world.payment("ord-1").id, 9900]]
    )
    world.pays("ord-1")
    world.tick()
    answer(now=world.now)
    assert world.send().sent == 1
    case.refresh_from_db()
    assert case.is_closed
    assert "완납확인서" in world.channel.given[0].body
    assert case.contacted_at is None, "a receipt is not what made the customer pay"
    assert letter(case).claims == []


def test_a_letter_that_cannot_leave_does_not_have_the_next_step_decided():
    world = World()
    case = world.debtor()
    promised(world, case)
    stop_contact(customer_id=case.customer_id, now=world.now, actor="customer")
    answer(now=world.now)
    case.refresh_from_db()
    before = case.next_review_at
    world.send()
    case.refresh_from_db()
    assert (case.next_review_at, letter(case).state) == (before, "cancelled")


def test_a_letter_in_between_does_not_renew_the_patience_with_a_step():
    world = World()
    case = world.debtor()
    world.now = IN_SEOUL["at_night"]
    world.plan()
    waiting = load_facts([case.id], now=world.now)[case.id].waiting_since
    assert waiting == world.now
    world.later(minutes=1)
    tell(case, "link_asked", now=world.now)
    answer(now=world.now)
    assert world.send().sent == 1
    assert load_facts([case.id], now=world.now)[case.id].waiting_since == waiting
    case.refresh_from_db()
    assert why(case, at=world.now, now=world.now)["step"] == "reminder-1"


def test_a_payment_that_completes_an_agreement_is_told_once():
    world = World()
    case = world.debtor()
    money = {"amount_minor": 9900, "payments": [[world.payment("ord-1").id, 9900]]}
    tell(case, "money_received", now=world.now, **money)
    tell(case, "offer_paid", now=world.now)
    answer(now=world.now)
    told = {m.template_key: (m.state, m.state_reason) for m in Message.objects.filter(case=case)}
    assert told == {"receipt": ("cancelled", "told_together"), "offer-paid": ("queued", "")}
