"""Opening cases against the bare statement, on the same rows in the same run.

    .venv/bin/python -m benchmarks.opening [--rows 1000000] [--rounds 3] [--parts 2]

The bare statement groups overdue payments into tables of the same shape (columns, checks, indexes; no keys to other
tables) with one INSERT … SELECT each for cases and items. The product does that and more: it judges the day by each
customer's zone and each merchant's terms, locks, marks every payment, and writes the sealed history. Both start from
the same restored rows; what each left behind is counted. Uses a database of its own beside the configured one.
"""

import os
import resource
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from statistics import median
from subprocess import Popen
from time import perf_counter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
DATABASE = "amends_benchmark_opening"
CHUNK = 40_000

_FILL = """
INSERT INTO accounts_merchant (slug, name, legal_role, jurisdiction, time_zone, locale, currency, contact_line,
                               feed_silence_limit)
     VALUES ('bench', 'Bench', 'merchant_first_party', 'KR', 'Asia/Seoul', 'ko', 'KRW', '', '26 hours');
INSERT INTO accounts_customer (merchant_id, reference, time_zone)
     SELECT m.id, 'u-' || n, CASE n %% 20 WHEN 0 THEN 'America/New_York' ELSE '' END
       FROM accounts_merchant m, generate_series(1, %(customers)s) n;
INSERT INTO accounts_payment (merchant_id, customer_id, reference, currency, due_on, told_at, told_by, amount_minor,
                              outstanding_minor)
     SELECT u.merchant_id, u.id, 'ord-' || n, 'KRW', date '2026-11-15' - (n * 7919 %% 60)::int, %(now)s, 'evt-' || n,
            5000 + n %% 9000, 5000 + n %% 9000
       FROM generate_series(1, %(customers)s::bigint) n JOIN accounts_customer u ON u.reference = 'u-' || n
      ORDER BY n * 104729 %% %(customers)s;
-- The others are paid, or not due yet.
INSERT INTO accounts_payment (merchant_id, customer_id, reference, currency, due_on, told_at, told_by, amount_minor,
                              paid_minor, outstanding_minor)
     SELECT u.merchant_id, u.id, 'ord-' || n, 'KRW', date '2026-11-20' + (n %% 2 * 10 - n %% 7)::int, %(now)s, 'evt-' || n,
            5000, 5000 * (1 - n %% 2), 5000 * (n %% 2)
       FROM generate_series(%(customers)s + 1, %(rows)s::bigint) n
       JOIN accounts_customer u ON u.reference = 'u-' || (n - %(customers)s);
CREATE TABLE bare_case (LIKE defaults_defaultcase INCLUDING ALL);
CREATE TABLE bare_item (LIKE defaults_caseitem INCLUDING ALL);
"""
_CLEAN = """
TRUNCATE bare_case, bare_item;
ALTER TABLE defaults_caseevent DISABLE TRIGGER USER;
TRUNCATE defaults_defaultcase, defaults_caseitem, defaults_caseevent RESTART IDENTITY CASCADE;
ALTER TABLE defaults_caseevent ENABLE TRIGGER USER;
"""
_BARE = (
    """
INSERT INTO bare_case (merchant_id, customer_id, currency, state, claimed_minor, oldest_due_on, opened_at,
                       next_review_at)
     SELECT merchant_id, customer_id, currency, 'open', sum(outstanding_minor), min(due_on), %(now)s, %(now)s
       FROM accounts_payment
      WHERE outstanding_minor > 0 AND NOT in_case AND due_on < date '2026-11-20'
      GROUP BY merchant_id, customer_id, currency
""",
    """
INSERT INTO bare_item (case_id, payment_id, added_at)
     SELECT c.id, p.id, %(now)s
       FROM accounts_payment p JOIN bare_case c USING (customer_id, currency)
      WHERE p.outstanding_minor > 0 AND NOT p.in_case AND p.due_on < date '2026-11-20'
""",
)


def main() -> None:
    parser = ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="payments, of which 72%% are overdue")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--parts", type=int, default=2, help="connections that open side by side")
    parser.add_argument("--part", type=int, help="internal: be one of them")
    options = parser.parse_args()
    _connect()
    if options.part is not None:
        _work(options.part, options.parts)
        return
    customers = options.rows * 72 // 100
    _prepare(options.rows, customers)
    ratios = []
    for number in range(1, options.rounds + 1):
        bare = _bare(customers)
        product = _product(customers, options.parts)
        ratios.append(product / bare)
        print(
            f"round {number}: bare {bare:,.0f} cases/s, product {product:,.0f} cases/s, ratio {product / bare:.2f}"
        )
    print(f"median ratio {median(ratios):.2f} (at least 0.50)")
    first, next_one = _nothing_due() * 1000, _nothing_due() * 1000
    print(
        f"a run with nothing due: {next_one:.1f} ms, {first:.1f} ms where it is the first and reads the time zones"
    )
    print(f"memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def _connect() -> None:
    from config import embedded

    embedded.use_for_this_process()
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = (
        DATABASE if "--part" in sys.argv else settings.DATABASES["default"]["NAME"]
    )
    django.setup()


def _prepare(rows: int, customers: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        cursor.execute(f"CREATE DATABASE {DATABASE}")
    connection.close()
    connection.settings_dict["NAME"] = DATABASE
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(_FILL, {"rows": rows, "customers": customers, "now": NOW})


def _restore() -> None:
    """The same rows, in the same physical order, without a trace of the round before."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_CLEAN)
        cursor.execute("UPDATE accounts_payment SET in_case = false WHERE in_case")
        cursor.execute("VACUUM FULL ANALYZE accounts_payment")
        cursor.execute("VACUUM ANALYZE accounts_customer")


def _bare(customers: int) -> float:
    from django.db import connection, transaction

    _restore()
    start = perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        counts = []
        for statement in _BARE:
            cursor.execute(statement, {"now": NOW})
            counts.append(cursor.rowcount)
    assert counts == [customers, customers], counts
    return customers / (perf_counter() - start)


def _product(customers: int, parts: int) -> float:
    from defaults.models import CaseEvent, CaseItem, DefaultCase

    _restore()
    command = [sys.executable, "-m", "benchmarks.opening", "--parts", str(parts), "--part"]
    workers = [Popen([*command, str(part)], stdin=-1, stdout=-1) for part in range(parts)]
    for worker in workers:
        worker.stdout.readline()
    start = perf_counter()
    for worker in workers:
        worker.stdin.write(b"go\n")
        worker.stdin.flush()
    for worker in workers:
        assert worker.wait() == 0
    spent = perf_counter() - start
    counts = [model.objects.count() for model in (DefaultCase, CaseItem, CaseEvent)]
    assert counts == [customers] * 3, counts
    return customers / spent


def _work(part: int, parts: int) -> None:
    from django.db import connection

    from defaults.services import open_cases

    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    after = None
    while after := open_cases(now=NOW, limit=CHUNK, part=part, parts=parts, after=after).reached:
        pass


def _nothing_due() -> float:
    from defaults.services import open_cases

    start = perf_counter()
    assert open_cases(now=NOW).payments == 0
    return perf_counter() - start


if __name__ == "__main__":
    main()
