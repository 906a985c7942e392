"""The gate: nothing leaves that should not, what leaves is stored first, and no doubt is guessed away."""

from datetime import timedelta

import pytest

from accounts.models import Merchant, PaymentEvent
from defaults.models import DefaultCase
from defaults.services.holds import place_hold, stop_contact
from reminders.channels import Refused, Unknown
from reminders.models import Attempt, ChannelSetup, Decision, SendHold, Suppression, Template
from reminders.services.said import open_body, open_sent_to
from reminders.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_due_message_leaves_with_live_amounts_and_is_stored_as_sent():
    world = World()
    case = world.queued(amount=9900)
    assert world.send().sent == 1
    (given,) = world.channel.given
    message = world.message(case)
    assert (given.to, given.key, given.ref) == ("u1@example.com", message.key, case.number)
    assert all(part in given.body for part in ("₩9,900", "김서연", "/r/"))
    assert (message.state, message.claimed_minor, message.language) == ("sent", 9900, "ko")
    assert (open_body(message), open_sent_to(message)) == (given.body, given.to)
    assert (message.gate_decision.at_gate, message.gate_decision.verdict) == (True, "allow")
    assert DefaultCase.objects.get(pk=case.pk).contacted_at == world.now
    attempt = Attempt.objects.get()
    assert (attempt.result, attempt.provider_reference) == ("sent", "id-1")


def refused(world, case, *, state, reason):
    result = world.send()
    message = world.message(case)
    assert world.channel.given == []
    assert (result.sent, message.state, message.state_reason) == (0, state, reason)
    assert message.contacted_at is None
    assert message.gate_decision.at_gate
    return message


def test_a_payment_before_the_hand_over_cancels_the_message():
    world = World()
    case = world.queued()
    world.pays("ord-1")
    refused(world, case, state="cancelled", reason="BASE-OWED")


def test_a_part_payment_changes_the_amount_that_is_said():
    world = World()
    world.queued(amount=9900)
    world.pays("ord-1", 4000)
    world.send()
    assert "₩5,900" in world.channel.given[0].body


def test_a_stop_of_the_customer_cancels_the_message():
    world = World()
    case = world.queued()
    stop_contact(customer_id=case.customer_id, now=world.now, actor="customer")
    message = refused(world, case, state="cancelled", reason="BASE-STOP")
    assert message.gate_decision.verdict == "block"


def test_a_hold_defers_the_message_to_its_end():
    world = World()
    case = world.queued()
    place_hold(
        case_id=case.id, reason="staff", until=world.now + timedelta(days=2), now=world.now, actor="staff:a"
    )
    message = refused(world, case, state="queued", reason="BASE-HOLD")
    assert message.due_at >= world.now + timedelta(days=2)


def test_what_was_queued_in_the_evening_waits_for_the_morning():
    world = World()
    case = world.queued()
    world.later(hours=9)
    message = refused(world, case, state="queued", reason="KR-NIGHT")
    assert message.due_at.isoformat() == "2026-11-25T23:00:00+00:00"


def test_an_event_that_is_stored_and_not_applied_silences_its_customer():
    world = World()
    case = world.queued()
    PaymentEvent.objects.create(
        merchant=world.merchant,
        event_id="e-pending",
        type="payment.paid",
        occurred_at=world.now,
        payment_reference="ord-1",
        fingerprint=b"0" * 32,
        body=b"",
        status="pending",
    )
    refused(world, case, state="queued", reason="BASE-INFLIGHT")


def test_a_suppressed_address_is_not_used():
    world = World()
    case = world.queued()
    point = case.customer.contact_points.get()
    Suppression.objects.create(channel="email", fingerprint=point.fingerprint, reason="complaint")
    refused(world, case, state="cancelled", reason="BASE-ADDRESS")


def test_a_merchant_switched_off_keeps_its_messages_waiting():
    world = World()
    case = world.queued()
    Merchant.objects.filter(pk=world.merchant.pk).update(sending_paused_at=world.now)
    refused(world, case, state="queued", reason="BASE-PAUSED")


def test_a_channel_switched_off_keeps_its_messages_waiting():
    world = World()
    case = world.queued()
    ChannelSetup.objects.filter(channel="email").update(paused_at=world.now)
    refused(world, case, state="queued", reason="BASE-PAUSED")


def test_a_silent_feed_keeps_messages_waiting():
    world = World()
    case = world.queued()
    Merchant.objects.filter(pk=world.merchant.pk).update(feed_seen_at=world.now - timedelta(days=3))
    refused(world, case, state="queued", reason="BASE-FEED")


def test_a_send_hold_leaves_the_queue_alone():
    world = World()
    case = world.queued()
    SendHold.objects.create(reason="restored copy", placed_by="staff:a")
    assert world.send().claimed == 0
    assert world.message(case).state == "queued"


def test_a_text_with_an_unknown_placeholder_fails_alone():
    world = World()
    case, other = world.debtor(1), world.debtor(2, locale="en")
    Template.objects.create(
        merchant=world.merchant,
        key="reminder-1",
        channel="email",
        language="en",
        subject="x",
        body="{secret.key}",
    )
    world.plan()
    result = world.send()
    assert (result.sent, result.refused) == (1, 1)
    assert world.message(case).state == "sent"
    assert (world.message(other).state, world.message(other).state_reason) == ("failed", "UnknownPlaceholder")


def test_a_refusal_is_tried_again_later_and_fails_after_eight_tries():
    world = World(*[Refused("HTTP 400")] * 8)
    case = world.queued()
    for _ in range(8):
        world.send()
        world.later(minutes=61)
        if world.message(case).state == "queued":
            assert world.message(case).contacted_at is None
    message = world.message(case)
    assert (message.state, message.attempts_made, len(world.channel.given)) == ("failed", 8, 8)
    assert Decision.objects.filter(case=case, at_gate=True).count() == 8


def test_no_answer_from_a_channel_without_memory_goes_to_a_person_and_counts_as_a_contact():
    world = World(Unknown("time-out"))
    case = world.queued()
    assert world.send().unknown == 1
    message = world.message(case)
    assert (message.state, message.contacted_at) == ("unconfirmed", world.now)
    world.later(hours=1)
    assert world.send().claimed == 0


def test_a_channel_that_breaks_is_a_doubt_too():
    def breaks(_):
        raise RuntimeError("bug")

    world = World(on_send=breaks)
    case = world.queued()
    world.send()
    assert world.message(case).state == "unconfirmed"


def test_facts_grown_old_are_read_again(monkeypatch):
    monkeypatch.setattr("reminders.services.send.FRESH", -1.0)
    world = World()
    case = world.queued()
    assert (world.send().put_back, world.channel.given) == (1, [])
    monkeypatch.undo()
    assert world.send().sent == 1
    assert world.message(case).attempts_made == 1


def test_a_channel_that_says_no_again_and_again_is_left_alone():
    world = World(*[Refused("no connection")] * 5)
    for number in range(1, 9):
        world.debtor(number)
    world.plan()
    result = world.send()
    assert (result.failed, result.put_back, len(world.channel.given)) == (5, 3, 5)


def test_sending_costs_the_same_queries_for_one_and_for_ten(django_assert_max_num_queries):
    world = World()
    world.queued(1)
    with django_assert_max_num_queries(29):
        world.send()
    for number in range(2, 12):
        world.debtor(number)
    world.plan()
    with django_assert_max_num_queries(29 + 2 * 9 + 30):
        assert world.send().sent == 10


def test_the_mail_has_a_subject_that_says_nothing_of_a_debt():
    for template in Template.objects.filter(merchant=None, channel="email"):
        words = template.subject.lower()
        assert not any(
            word in words for word in ("owe", "debt", "overdue", "unpaid", "연체", "미납", "{amount}", "채무")
        )
