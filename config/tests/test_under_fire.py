"""The promises under fire: real processes, killed in the middle of their work."""

import itertools
import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
import redis

from accounts.tests.factories import due, paid
from config import embedded
from config.tests.fire import Gateway, Instance, push, wait_until
from config.tests.test_up import free_port

BUSINESS_NOW = "2026-11-18T10:00:00+09:00"  # a Wednesday morning in Seoul
CUSTOMERS, PAYING, WORKERS = 400, 100, 4


@pytest.fixture
def instance(environment, folder):
    """An empty instance with one merchant, its servers running and its business clock standing still."""
    clock = folder / "clock"
    clock.write_text(BUSINESS_NOW)
    port = free_port()
    environment |= {
        "PORT": str(port),
        "AMENDS_CLOCK_FILE": str(clock),
        "AMENDS_REHEARSAL": "1",
        "AMENDS_RATE_PER_SECOND": "100000",
        "AMENDS_RATE_BURST": "100000",
        "WORKER_CONCURRENCY": "1",
    }
    use = embedded.use(folder / "var")
    instance = Instance(environment)
    instance.port, instance.place = port, use.place
    instance.manage("migrate", "--verbosity", "0")
    instance.manage("create_merchant", "songbird", "--name", "Songbird", "--jurisdiction", "KR",
                    "--time-zone", "Asia/Seoul", "--currency", "KRW")  # fmt: skip
    instance.key = instance.manage("create_key", "songbird", "--scopes", "events:write,read")
    yield instance
    instance.stop()
    use.close(wait=30)


def rows(instance, sql, *parameters):
    with psycopg2.connect(instance.place.database_url) as connection, connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def answers(instance):
    try:
        push(instance.port, instance.key, {"events": []}, patience=1)
    except AssertionError:
        return False
    return True


def test_two_thousand_events_survive_killed_web_servers_and_a_crashed_database(instance):
    """Acknowledged but missing 0, counted twice 0: 4 clients, a fifth of the events sent twice."""
    instance.start("web", kind="web")
    wait_until(lambda: answers(instance), seconds=60)
    fresh = [due(f"ord-{n}", id=f"fire-{n}", amount=1_000 + n) for n in range(2_000)]
    lots = [fresh[start : start + 5] for start in range(0, 2_000, 5)]
    work = lots + random.Random(7).sample(lots, 80)
    random.Random(8).shuffle(work)
    acknowledged = itertools.count()

    def send(lot):
        answer = push(instance.port, instance.key, lot)
        assert answer["accepted"] + answer["duplicates"] == len(lot), answer
        next(acknowledged)

    with ThreadPoolExecutor(4) as clients:
        sent = [clients.submit(send, lot) for lot in work]
        for share in (0.2, 0.6):
            wait_until(
                lambda share=share: sum(done.done() for done in sent) > share * len(sent),
                seconds=120,
                every=0.02,
            )
            instance.kill("web")
            instance.start("web", kind="web")
        wait_until(lambda: sum(done.done() for done in sent) > 0.8 * len(sent), seconds=120, every=0.02)
        os.kill(int((instance.place.data / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
        for done in sent:
            done.result()

    assert next(acknowledged) == len(work)
    assert rows(instance, "SELECT count(*), count(DISTINCT event_id) FROM accounts_paymentevent") == [
        (2_000, 2_000)
    ]
    expected = sum(event["data"]["amount"] for event in fresh)
    assert rows(instance, "SELECT sum(amount_minor) FROM accounts_ledgerentry") == [(expected,)]
    assert rows(instance, "SELECT sum(outstanding_minor) FROM accounts_payment") == [(expected,)]


def test_four_hundred_messages_survive_killed_workers_and_a_flushed_broker(instance):
    """Never sent 0, sent twice 0, sent after the payment was acknowledged 0."""
    gateway = Gateway(seconds_a_call=0.1)
    try:
        acknowledged = send_under_fire(instance, gateway)
        unpaid = {f"s{n}@example.com" for n in range(PAYING, CUSTOMERS)}
        wait_until(
            lambda: unpaid <= {to for _, to, _ in gateway.calls} and nothing_left(instance), seconds=240
        )
        calls = gateway.calls
    finally:
        gateway.close()
    keys = {to: {key for key, other, _ in calls if other == to} for _, to, _ in calls}
    assert {to: found for to, found in keys.items() if len(found) > 1} == {}
    late = [(to, at - acknowledged[to]) for _, to, at in calls if at > acknowledged.get(to, float("inf"))]
    assert late == []
    sent = rows(instance, "SELECT count(*) FROM reminders_message WHERE state = 'sent'")[0][0]
    assert CUSTOMERS - PAYING <= sent <= CUSTOMERS
    instance.manage("verify")


def send_under_fire(instance, gateway):
    """The whole story; answers when the payment of each paying customer was acknowledged (monotonic)."""
    rows(instance, "UPDATE reminders_channelsetup SET adapter = 'http', memory = 'key', url = %s WHERE channel = 'email'",
         gateway.url)  # fmt: skip
    instance.start("web", kind="web")
    wait_until(lambda: answers(instance), seconds=60)
    push(instance.port, instance.key, [owed(n) for n in range(CUSTOMERS)])
    instance.start("beat", kind="beat")
    for n in range(WORKERS):
        instance.start(f"worker-{n}", kind="worker")
    wait_until(lambda: gateway.calls, seconds=120, every=0.1)

    acknowledged = {}
    payers = threading.Thread(target=pay, args=[instance, acknowledged])
    payers.start()
    broker = redis.Redis(unix_socket_path=instance.place.redis_url.removeprefix("unix://"))
    for round_ in range(10):
        time.sleep(1)
        victim = f"worker-{round_ % WORKERS}"
        instance.kill(victim)
        instance.start(victim, kind="worker")
        if round_ in (3, 7):
            broker.flushall()
    payers.join(120)
    assert len(acknowledged) == PAYING
    return acknowledged


def owed(n):
    customer = {
        "reference": f"u-{n}",
        "email": f"s{n}@example.com",
        "locale": "ko",
        "time_zone": "Asia/Seoul",
    }
    return due(f"ord-{n}", id=f"due-{n}", due_on="2026-11-02", customer=customer | {"jurisdiction": "KR"})


def pay(instance, acknowledged):
    for n in range(PAYING):
        answer = push(instance.port, instance.key, paid(f"ord-{n}", id=f"paid-{n}"))
        assert answer["rejected"] == answer["parked"] == 0
        acknowledged[f"s{n}@example.com"] = time.monotonic()
        time.sleep(0.05)


def nothing_left(instance):
    return rows(instance, "SELECT count(*) FROM reminders_message WHERE state IN ('queued', 'sending')") == [
        (0,)
    ]
