"""Planning over two workers, every decision explained and stored: python -m benchmarks.planning

Against the plain statement of the same run that only inserts a message for every due case, and with nothing due.
"""

import resource
import time
from argparse import ArgumentParser
from multiprocessing import get_context

from .debts import NOON, fill, review_again
from .lab import laboratory

WORKERS = 2
PLAIN = """
INSERT INTO reminders_message (case_id, customer_id, step_key, contact_class, channel, template_key, key, state, due_at,
       queued_at, claims)
SELECT id, customer_id, 'reminder-1', 'D', 'email', 'reminder-1', 'AM-' || id || ':reminder-1:email:v1', 'queued', %s, %s, '{}'
  FROM defaults_defaultcase WHERE next_review_at <= %s AND state <> 'closed'
    ON CONFLICT DO NOTHING
"""


def main() -> None:
    options = ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--workers", type=int, default=WORKERS)
    asked = options.parse_args()
    with laboratory():
        fill(asked.rows)
        for _ in range(asked.rounds):
            plain = asked.rows / seconds_of_plain()
            review_again()
            took, kilobytes = seconds_of_workers(asked.workers)
            check(asked.rows)
            ours = asked.rows / took
            print(f"plain INSERT of messages        {plain:>10,.0f} cases/s")
            print(
                f"planned by {asked.workers} workers            {ours:>10,.0f} cases/s   ({ours / plain:.2f} of plain)"
            )
            print(f"largest worker                  {kilobytes / 1024:>10,.0f} MB")
            print(f"nothing due                     {seconds_of_nothing():>10.3f} s")
            review_again()


def seconds_of_plain() -> float:
    from django.db import connection

    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(PLAIN, [NOON, NOON, NOON])
    return time.monotonic() - began


def seconds_of_workers(count: int) -> tuple[float, int]:
    """From the word to start until the last is done; workers are up and connected before."""
    context = get_context("spawn")
    start, answers = context.Barrier(count + 1), context.Queue()
    workers = [context.Process(target=work, args=(start, answers)) for _ in range(count)]
    for worker in workers:
        worker.start()
    start.wait()
    began = time.monotonic()
    kilobytes = max(answers.get() for _ in workers)
    took = time.monotonic() - began
    for worker in workers:
        worker.join()
    return took, kilobytes


def work(start, answers) -> None:
    import django

    django.setup()
    from django.db import connection

    from reminders.services.plan import plan

    connection.ensure_connection()
    plan(now=NOON, limit=1, dry=True)
    start.wait()
    while plan(now=NOON, limit=5000).considered:
        pass
    answers.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def seconds_of_nothing() -> float:
    from reminders.services.plan import plan

    began = time.monotonic()
    assert plan(now=NOON, limit=5000).considered == 0
    return time.monotonic() - began


def check(rows: int) -> None:
    """Nothing lost, nothing doubled, everything explained."""
    from reminders.models import Decision, Message

    found = Message.objects.count(), Decision.objects.filter(asked__0__isnull=False).count()
    assert found == (rows, rows), found


if __name__ == "__main__":
    main()
