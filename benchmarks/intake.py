"""Intake over HTTP against its limits, in one run: python -m benchmarks.intake

Batches of 1,000 against a plain multi-row INSERT of the same events into one table; one event a request against a Django
view with one INSERT under the same server. Everything is committed; afterwards the books are counted.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from argparse import ArgumentParser
from itertools import count

from .lab import ROOT, interleaved, laboratory, rate, verdict
from .load import post, send_all

PATH = "/api/v1/events/"
PORTS = {"config.wsgi:application": 8765, "benchmarks.bare:application": 8766}
SETTINGS = {"config.wsgi:application": "config.settings", "benchmarks.bare:application": "benchmarks.bare"}
PLAIN_TABLE = """
    CREATE TABLE bare_event (
        id bigserial PRIMARY KEY, merchant_id bigint NOT NULL, event_id text NOT NULL, body text NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(), UNIQUE (merchant_id, event_id))"""
_numbers = count()


def main() -> None:
    options = ArgumentParser(description=__doc__)
    options.add_argument("--batches", type=int, default=30, help="batches of 1,000 a round")
    options.add_argument("--singles", type=int, default=4000, help="single events a round")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--connections", type=int, default=32)
    asked = options.parse_args()
    os.environ |= {"AMENDS_RATE_PER_SECOND": "1000000", "AMENDS_RATE_BURST": "1000000"}
    with laboratory():
        key = prepare()
        servers = [serve(application, port) for application, port in PORTS.items()]
        try:
            compare(asked, key)
        finally:
            for server in servers:
                server.terminate()
            for server in servers:
                server.wait(20)


def compare(asked, key: str) -> None:
    ours, bare = PORTS.values()
    batches, singles, connections = asked.batches, asked.singles, asked.connections

    def batch_requests() -> list[bytes]:
        return [post(PATH, json.dumps({"events": fresh(1000)}).encode(), key=key) for _ in range(batches)]

    def single_requests() -> list[bytes]:
        return [post(PATH, json.dumps(event).encode(), key=key) for event in fresh(singles)]

    rates = interleaved(
        {
            "multi-row INSERT, one connection": lambda: plain_rate([fresh(1000) for _ in range(batches)]),
            "product, batches of 1,000": lambda: 1000 * send_all(batch_requests(), port=ours, connections=8),
            "bare view, one INSERT": lambda: send_all(single_requests(), port=bare, connections=connections),
            "product, one event a request": lambda: send_all(
                single_requests(), port=ours, connections=connections
            ),
        },
        rounds=asked.rounds,
    )
    insert, batched, view, single = rates.values()
    verdict("batches of 1,000 / multi-row INSERT", batched / insert, 0.4)
    verdict("one event a request / bare view", single / view, 0.5)
    count_the_books(asked.rounds * (batches * 1000 + singles))


def prepare() -> str:
    from django.db import connection

    from accounts.models import Merchant
    from accounts.services.keys import issue_api_key

    shop = Merchant.objects.create(
        slug="lab", name="Lab", jurisdiction="KR", time_zone="Asia/Seoul", locale="ko", currency="KRW"
    )
    with connection.cursor() as cursor:
        cursor.execute(PLAIN_TABLE)
    return issue_api_key(merchant=shop, scopes=["events:write"])


def serve(application: str, port: int) -> subprocess.Popen:
    """The web server of the Procfile, and a first answer from it."""
    line = next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web:"))
    command = line.removeprefix("web:").replace("config.wsgi:application", application)
    environment = os.environ | {
        "PORT": str(port),
        "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
    }
    environment["DJANGO_SETTINGS_MODULE"] = SETTINGS[application]
    server = subprocess.Popen(f"exec {command}", shell=True, cwd=ROOT, env=environment)
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5)
            return server
        except urllib.error.HTTPError:
            return server
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{application} does not answer")


def fresh(size: int) -> list[dict]:
    """Events nobody has seen: payments that fall due, each of a new customer."""
    return [
        {
            "id": f"evt_{number:032d}",
            "type": "payment.due",
            "occurred_at": "2026-11-01T09:30:00+09:00",
            "data": {
                "payment": f"ord-{number}",
                "amount": 9900,
                "currency": "KRW",
                "due_on": "2026-11-15",
                "description": "Webtoon coins 100",
                "customer": {"reference": f"u-{number}", "name": "Kim", "locale": "ko", "jurisdiction": "KR"},
            },
        }
        for number in (next(_numbers) for _ in range(size))
    ]


def plain_rate(batches: list[list[dict]]) -> float:
    from django.db import connection
    from psycopg2.extras import execute_values

    rows = [[(1, event["id"], json.dumps(event)) for event in batch] for batch in batches]

    def insert() -> None:
        with connection.cursor() as cursor:
            for batch in rows:
                execute_values(
                    cursor.cursor,
                    "INSERT INTO bare_event (merchant_id, event_id, body) VALUES %s ON CONFLICT DO NOTHING",
                    batch,
                    page_size=1000,
                )

    return rate(sum(map(len, batches)), insert)


def count_the_books(expected: int) -> None:
    from accounts.models import Customer, LedgerEntry, Payment, PaymentEvent

    seen = {model.__name__: model.objects.count() for model in (PaymentEvent, Customer, Payment, LedgerEntry)}
    assert set(seen.values()) == {expected}, seen
    print(f"nothing lost, nothing doubled: {seen}")


if __name__ == "__main__":
    main()
