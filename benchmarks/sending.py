"""Sending through the gate over two workers: python -m benchmarks.sending

Against smtplib alone on one kept connection to the same sink in the same run.
"""

import os
import smtplib
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from multiprocessing import get_context

from .debts import NOON, fill, review_again
from .lab import ROOT, laboratory

WORKERS = 2
_MAIL = (
    "Subject: [Songbird] note\r\nFrom: a@x.test\r\nTo: b@x.test\r\n\r\n"
    + "An ordinary line of text.\r\n" * 16
)


def main() -> None:
    options = ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--workers", type=int, default=WORKERS)
    asked = options.parse_args()
    port = free_port()
    os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
    sink = subprocess.Popen([sys.executable, "-m", "benchmarks.sink", str(port)], cwd=ROOT)
    try:
        with laboratory():
            fill(asked.rows)
            for _ in range(asked.rounds):
                alone = rate_alone(port)
                plan_all()
                ours = asked.rows / seconds_of_workers(asked.workers)
                check(asked.rows)
                print(f"smtplib alone, one connection   {alone:>10,.0f} messages/s")
                print(
                    f"through the gate, {asked.workers} workers     {ours:>10,.0f} messages/s   ({ours / alone:.2f} of smtplib)"
                )
                review_again()
    finally:
        sink.terminate()
        sink.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def rate_alone(port: int, count: int = 4000) -> float:
    for _ in range(50):
        try:
            server = smtplib.SMTP("127.0.0.1", port, local_hostname="localhost")
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    began = time.monotonic()
    for _ in range(count):
        server.sendmail("a@x.test", ["b@x.test"], _MAIL)
    took = time.monotonic() - began
    server.quit()
    return count / took


def plan_all() -> None:
    from reminders.services.plan import plan

    while plan(now=NOON, limit=5000).considered:
        pass


def seconds_of_workers(count: int) -> float:
    context = get_context("spawn")
    start, answers = context.Barrier(count + 1), context.Queue()
    workers = [context.Process(target=work, args=(start, answers)) for _ in range(count)]
    for worker in workers:
        worker.start()
    start.wait()
    began = time.monotonic()
    for _ in workers:
        answers.get()
    took = time.monotonic() - began
    for worker in workers:
        worker.join()
    return took


def work(start, answers) -> None:
    import django

    django.setup()
    from django.db import connection

    from reminders.channels import open_channels
    from reminders.services.send import send_due

    connection.ensure_connection()
    with open_channels() as channels:
        start.wait()
        while send_due(clock=lambda: NOON, channels=channels, limit=200).claimed:
            pass
    answers.put(os.getpid())


def check(rows: int) -> None:
    """Each was sent once, with a decision at the gate."""
    from django.db.models import Count

    from reminders.models import Attempt, Message

    states = list(
        Message.objects.values_list("state", "state_reason", "gate_decision__at_gate").annotate(Count("id"))
    )
    assert states == [("sent", "", True, rows)], states
    assert Attempt.objects.filter(result="sent").count() == rows


if __name__ == "__main__":
    main()
