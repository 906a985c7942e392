"""What becomes of messages whose sender went silent, by what their channel remembers."""

import pytest
from django.db import connection

from reminders.channels import Handed, Unknown
from reminders.message_states import MoveRefused
from reminders.models import Attempt, ChannelSetup
from reminders.services import results
from reminders.services.claim import claim
from reminders.services.gate import judge
from reminders.services.release import release, resolve_unconfirmed
from reminders.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
KEY, LOOKUP, NONE = ChannelSetup.Memory.KEY, ChannelSetup.Memory.LOOKUP, ChannelSetup.Memory.NONE


def lease_is_over() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE reminders_message SET lease_until = clock_timestamp() - interval '1 s' WHERE state = 'sending'"
        )


def claimed(world, *, started: bool):
    (mine,) = claim(now=world.now, channels=["email"], limit=10)
    if started:
        ready, _ = judge([mine], channel="email", remembers_seconds=3600, now=world.now)
        assert ready
        assert results.start([mine]) == {mine.id}
    lease_is_over()
    return mine


@pytest.mark.parametrize("memory", [KEY, LOOKUP, NONE])
def test_what_was_never_started_goes_back_to_the_queue(memory):
    world = World(memory=memory)
    case = world.queued()
    claimed(world, started=False)
    assert release(channels=world.channels).queued == 1
    assert world.message(case).state == "queued"
    assert world.send().sent == 1


def test_a_running_lease_is_left_alone():
    world = World()
    world.queued()
    claim(now=world.now, channels=["email"], limit=10)
    assert release(channels=world.channels).found == 0


def test_a_crash_after_the_start_without_memory_goes_to_a_person_and_is_never_sent_again():
    world = World(memory=NONE)
    case = world.queued()
    claimed(world, started=True)
    assert release(channels=world.channels).unconfirmed == 1
    message = world.message(case)
    assert (message.state, message.contacted_at) == ("unconfirmed", world.now)
    assert world.send().claimed == 0


def test_a_doubt_is_sent_again_with_the_same_key_and_words_where_the_channel_drops_repeats():
    world = World(Unknown("time-out"), memory=KEY)
    case = world.queued()
    assert world.send().unknown == 1
    assert world.message(case).state == "sending"
    assert world.send().claimed == 0
    lease_is_over()
    assert release(channels=world.channels).queued == 1
    assert world.send().sent == 1
    first, second = world.channel.given
    assert first == second
    assert list(Attempt.objects.order_by("number").values_list("result", flat=True)) == ["unknown", "sent"]


def test_a_doubt_about_another_amount_goes_to_a_person():
    world = World(Unknown("time-out"), memory=KEY)
    case = world.queued()
    world.send()
    lease_is_over()
    release(channels=world.channels)
    world.pays("ord-1", 4000)
    world.send()
    assert len(world.channel.given) == 1
    assert (world.message(case).state, world.message(case).state_reason) == ("unconfirmed", "amount_changed")


def test_a_doubt_that_a_payment_overtakes_stays_a_contact():
    world = World(Unknown("time-out"), memory=KEY)
    case = world.queued()
    world.send()
    lease_is_over()
    release(channels=world.channels)
    world.pays("ord-1")
    world.send()
    message = world.message(case)
    assert (message.state, message.contacted_at) == ("unconfirmed", world.now)
    assert message.gate_decision.verdict == "allow"


def test_a_key_the_provider_has_forgotten_is_not_used_again():
    world = World(Unknown("time-out"), memory=KEY)
    case = world.queued()
    world.send()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reminders_attempt SET started_at = started_at - interval '2 hours'")
    lease_is_over()
    assert release(channels=world.channels).unconfirmed == 1
    assert world.message(case).state == "unconfirmed"


def test_a_provider_that_finds_it_settles_the_doubt():
    world = World(Unknown("time-out"), memory=LOOKUP)
    case = world.queued()
    world.send()
    lease_is_over()
    world.channel.known[world.message(case).key] = Handed("p-9")
    assert release(channels=world.channels).sent == 1
    assert (world.message(case).state, Attempt.objects.get().provider_reference) == ("sent", "p-9")


def test_absent_on_two_askings_five_minutes_apart_is_sent_again():
    world = World(Unknown("time-out"), memory=LOOKUP)
    case = world.queued()
    world.send()
    lease_is_over()
    assert release(channels=world.channels).waiting == 1
    assert release(channels=world.channels).found == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT lease_until - clock_timestamp() > '4 min' FROM reminders_message")
        assert cursor.fetchone() == (True,)
    lease_is_over()
    assert release(channels=world.channels).queued == 1
    assert world.message(case).contacted_at is None
    assert world.send().sent == 1


def test_who_was_taken_over_writes_nothing(caplog):
    world = World(memory=KEY)
    case = world.queued()
    slow = claimed(world, started=True)
    release(channels=world.channels)
    assert world.send().sent == 1
    results.record([(slow, Unknown("woke up late"))], memory=KEY, now=world.now)
    assert world.message(case).state == "sent"
    assert "taken over" in caplog.text
    assert results.start([slow]) == set()


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"was_sent": True}, "sent"),
        ({"was_sent": False}, "failed"),
        ({"was_sent": False, "send_again": True}, "queued"),
    ],
)
def test_a_person_settles_what_is_unconfirmed(answer, state):
    world = World(Unknown("time-out"))
    case = world.queued()
    world.send()
    message = world.message(case)
    assert resolve_unconfirmed(message_id=message.pk, now=world.now, **answer) == state
    with pytest.raises(MoveRefused):
        resolve_unconfirmed(message_id=message.pk, now=world.now, was_sent=True)
    if state == "queued":
        assert world.send().sent == 1
