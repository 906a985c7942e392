"""Reports from channels: repeated, shuffled or late, a message only moves forward."""

import time
from datetime import timedelta

import pytest

from accounts.models import ContactPoint
from reminders.channels.callbacks import is_authentic, sign
from reminders.models import DeliveryEvent, Message, Suppression
from reminders.services.deliveries import Report, apply_deliveries, record_delivery
from reminders.tests.world import NOON, World

pytestmark = pytest.mark.django_db(transaction=True)


def report(message, kind, *, number=1, after=1):
    at = NOON + timedelta(minutes=after)
    return Report(event_id=f"{kind}-{number}", message_key=message.key, kind=kind, occurred_at=at)


def sent():
    world = World()
    case = world.queued()
    # Known before the message left: the world's noon is in the past or in the future of the database's clock.
    ContactPoint.objects.update(updated_at=world.now)
    world.send()
    return world, world.message(case)


def test_a_report_counts_once():
    world, message = sent()
    reports = [report(message, "delivered")] * 2
    assert record_delivery(channel="email", reports=reports) == 1
    assert record_delivery(channel="email", reports=reports) == 0
    assert apply_deliveries(now=world.now) == 1
    assert apply_deliveries(now=world.now) == 0
    message.refresh_from_db()
    assert message.state == "delivered"


@pytest.mark.parametrize("order", [("delivered", "bounced"), ("bounced", "delivered")])
def test_a_bounce_wins_in_whatever_order_the_reports_come(order):
    world, message = sent()
    for place, kind in enumerate(order):
        record_delivery(
            channel="email", reports=[report(message, kind, after=1 if kind == "delivered" else 2)]
        )
        if place == 0:
            apply_deliveries(now=world.now)
    apply_deliveries(now=world.now)
    message.refresh_from_db()
    assert message.state == "bounced"
    assert ContactPoint.objects.get().health == "bounced"


def test_a_new_address_is_not_marked_by_the_old_ones_bounce():
    world, message = sent()
    ContactPoint.objects.update(updated_at=message.contacted_at + timedelta(hours=1))
    record_delivery(channel="email", reports=[report(message, "bounced")])
    apply_deliveries(now=world.now)
    assert ContactPoint.objects.get().health == "ok"


def test_a_complaint_bars_the_address_for_good():
    world, message = sent()
    record_delivery(channel="email", reports=[report(message, "complained")])
    apply_deliveries(now=world.now)
    assert ContactPoint.objects.get().health == "suppressed"
    assert bytes(Suppression.objects.get().fingerprint) == bytes(ContactPoint.objects.get().fingerprint)


def test_a_report_waits_while_the_sender_is_still_writing():
    world, message = sent()
    Message.objects.filter(pk=message.pk).update(state="sending")
    record_delivery(channel="email", reports=[report(message, "delivered")])
    assert apply_deliveries(now=world.now) == 0
    Message.objects.filter(pk=message.pk).update(state="sent")
    assert apply_deliveries(now=world.now) == 1


def test_reports_about_unknown_messages_and_of_other_channels_change_nothing():
    world, message = sent()
    stranger = Report(event_id="x", message_key="AM-999999:x:email:v1", kind="delivered", occurred_at=NOON)
    record_delivery(channel="email", reports=[stranger])
    record_delivery(channel="sms", reports=[report(message, "bounced")])
    assert apply_deliveries(now=world.now) == 2
    message.refresh_from_db()
    assert message.state == "sent"
    assert not DeliveryEvent.objects.filter(applied_at=None).exists()


def test_a_kind_nobody_knows_is_refused():
    _, message = sent()
    with pytest.raises(ValueError, match="teleported"):
        record_delivery(channel="email", reports=[report(message, "teleported")])


def test_only_a_fresh_signature_over_these_bytes_is_authentic():
    now, body, secret = int(time.time()), b'{"events": []}', b"s" * 32
    good = sign(body, secret=secret, at=now)
    assert is_authentic(body, header=good, secret=secret, at=now + 299)
    both = good + "," + sign(body, secret=b"old", at=now).partition(",")[2]
    assert is_authentic(body, header=both, secret=b"old", at=now)
    for header, raw, key, at in [
        (good, body + b" ", secret, now),
        (good, body, b"other", now),
        (good, body, b"", now),
        (good, body, secret, now + 301),
        (good, body, secret, now - 301),
        ("", body, secret, now),
        (good.replace("t=", "t=0,t="), body, secret, now),
        (
            good + ",v1=" + "0" * 64 * 1 + ",v1=x" * 3 + "," + ",".join(["v1=" + "0" * 64] * 5),
            body,
            secret,
            now,
        ),
        (f"t={'9' * 40},v1={'0' * 64}", body, secret, now),
    ]:
        assert not is_authentic(raw, header=header, secret=key, at=at)
