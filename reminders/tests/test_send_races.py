"""Senders against each other, and against payments: threads with connections of their own, forced to meet."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import Merchant
from accounts.services import record_events
from accounts.tests.factories import paid
from reminders.channels import Handed, OpenChannel
from reminders.models import Decision, Message
from reminders.services.plan import plan
from reminders.services.send import send_due
from reminders.tests.world import NOON, World

pytestmark = pytest.mark.django_db(transaction=True)
RACES = 300


def with_connection(work):
    def run(*arguments):
        try:
            return work(*arguments)
        finally:
            connection.close()

    return run


class Clocked:
    """A channel that notes when each call began, and takes its time."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.began, self.lock = seconds, {}, threading.Lock()
        self.calls = []

    def send(self, outgoing):
        with self.lock:
            self.calls.append(outgoing.key)
            self.began[outgoing.ref] = time.monotonic()
        time.sleep(self.seconds)
        return Handed(outgoing.key)

    def look_up(self, key, ref):
        return None

    def close(self) -> None:
        pass


def test_four_planners_at_once_queue_one_message_a_case():
    world = World()
    for number in range(1, 41):
        world.debtor(number)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(with_connection(lambda _: plan(now=NOON, limit=1000)), range(4)))
    assert Message.objects.count() == 40
    assert Decision.objects.count() == 40


def test_four_senders_at_once_hand_every_message_over_once():
    world = World()
    for number in range(1, 41):
        world.debtor(number)
    world.plan()
    channel = Clocked(0.002)

    def send(_):
        while send_due(clock=lambda: NOON, channels={"email": OpenChannel("none", channel)}, limit=7).claimed:
            pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(with_connection(send), range(4)))
    assert sorted(channel.calls) == sorted(Message.objects.values_list("key", flat=True))
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


def test_no_call_begins_after_a_payment_has_been_answered():
    world = World()
    cases = {number: world.debtor(number).number for number in range(1, RACES + 1)}
    world.plan()
    channel = Clocked(0.004)
    answered: dict[str, float] = {}
    shop = Merchant.objects.get(pk=world.merchant.pk)
    numbers = list(cases)

    def pay(number):
        fates = record_events(merchant_id=shop.pk, events=[paid(f"ord-{number}")], now=NOON)
        answered[cases[number]] = time.monotonic()
        assert fates[0].status in ("applied", "pending")

    def send(_):
        for _round in range(30):
            if not send_due(
                clock=lambda: NOON, channels={"email": OpenChannel("none", channel)}, limit=10
            ).claimed:
                return

    with ThreadPoolExecutor(5) as pool:
        senders = [pool.submit(with_connection(send), place) for place in range(3)]
        payers = [
            pool.submit(with_connection(lambda some: [pay(n) for n in some]), numbers[k::2]) for k in range(2)
        ]
        for future in [*senders, *payers]:
            future.result()
    late = [case for case, at in channel.began.items() if at > answered[case]]
    assert late == []
    assert len(answered) == RACES
    assert len(channel.calls) == len(set(channel.calls))
    states = set(Message.objects.values_list("state", flat=True))
    assert states <= {"sent", "cancelled", "queued"}


def test_a_customer_who_is_being_served_is_not_waited_for():
    world = World()
    case = world.queued()
    ready, done = threading.Event(), threading.Event()

    def hold():
        from accounts.locks import contact_lock

        with contact_lock(case.customer_id) as held:
            assert held
            ready.set()
            done.wait(10)

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(with_connection(hold))
        ready.wait(10)
        assert world.send().put_back == 1
        done.set()
        holding.result()
    assert world.message(case).state == "queued"
    world.later(seconds=3)
    assert world.send().sent == 1
