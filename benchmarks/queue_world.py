"""A database as a busy house has it after a year, filled with a few statements however large: for `benchmarks.queue`."""

from datetime import datetime

MERCHANTS = 8
RARE_NAME, RARE_AT, RARE_ADDRESS = "독고영재", 777, "reader@x.test"

# Shares of merchants fall by halves or so; a Korean name comes with the country's own skew of family names.
_SEED = """
SELECT setseed(0.42);
INSERT INTO accounts_merchant (slug, name, legal_role, jurisdiction, time_zone, locale, currency, contact_line,
       feed_silence_limit, feed_seen_at)
SELECT 'm-' || n, 'Merchant ' || n, 'merchant_first_party', 'KR', 'Asia/Seoul', 'ko', 'KRW', '1600-0000', '26 hours',
       %(now)s
  FROM generate_series(1, %(merchants)s) n ORDER BY n;
CREATE TEMPORARY TABLE seed AS
SELECT n, (SELECT min(id) FROM accounts_merchant) + least(%(merchants)s - 1, floor(-ln(1 - r1) * 1.6))::int AS merchant_id,
       CASE WHEN n = %(rare_at)s THEN %(rare)s
            WHEN r2 < 0.25 THEN (%(firsts)s::text[])[1 + floor(r3 * array_length(%(firsts)s::text[], 1))::int] || ' '
                             || (%(lasts)s::text[])[1 + floor(r4 * array_length(%(lasts)s::text[], 1))::int]
            ELSE (%(families)s::text[])[1 + floor(r3 * r3 * array_length(%(families)s::text[], 1))::int]
              || (%(heads)s::text[])[1 + floor(r4 * array_length(%(heads)s::text[], 1))::int]
              || (%(tails)s::text[])[1 + floor(r5 * array_length(%(tails)s::text[], 1))::int] END AS name,
       CASE WHEN r6 < 0.9 THEN 'KRW' WHEN r6 < 0.97 THEN 'USD' ELSE 'JPY' END AS currency,
       (%(amounts)s::bigint[])[1 + floor(r7 * r7 * array_length(%(amounts)s::bigint[], 1))::int] AS amount,
       %(today)s::date - 3 - least(1000, floor(-ln(1 - r8) * 60))::int AS due_on,
       CASE WHEN r9 < 0.39 THEN 'closed' WHEN r9 < 0.41 THEN 'pooling' WHEN r9 < 0.43 THEN 'promised'
            WHEN r9 < 0.44 THEN 'in_plan' WHEN r9 < 0.46 THEN 'placed' ELSE 'open' END AS state
  FROM (SELECT n, random() r1, random() r2, random() r3, random() r4, random() r5, random() r6, random() r7, random() r8,
               random() r9
          FROM generate_series(1, %(cases)s) n) drawn;
ANALYZE seed;
"""
_FACTS = """
INSERT INTO accounts_customer (id, merchant_id, reference, name, locale)
SELECT n, merchant_id, 'u-' || n, name, 'ko' FROM seed ORDER BY n;
INSERT INTO accounts_contactpoint (customer_id, channel, sealed, fingerprint)
SELECT n, 'email', '\\x00', sha256(n::text::bytea) FROM seed ORDER BY n;
INSERT INTO accounts_payment (id, merchant_id, customer_id, reference, currency, due_on, description, told_at, told_by,
       amount_minor, paid_minor, outstanding_minor, in_case)
SELECT n, merchant_id, n, 'ord-' || n, currency, due_on, '웹툰 코인 100', due_on, 'e-' || n, amount,
       CASE state WHEN 'closed' THEN amount ELSE 0 END, CASE state WHEN 'closed' THEN 0 ELSE amount END, state <> 'closed'
  FROM seed ORDER BY n;
INSERT INTO defaults_defaultcase (id, merchant_id, customer_id, currency, state, outcome, claimed_minor, oldest_due_on,
       opened_at, closed_at, assignee_id, next_review_at, needs_staff, chance)
SELECT n, merchant_id, n, currency, state, CASE state WHEN 'closed' THEN 'cured' END, amount, due_on,
       due_on + interval '4 days', CASE state WHEN 'closed' THEN due_on + interval '9 days' END,
       CASE WHEN n %% 25 = 0 AND state <> 'closed' THEN %(first_user)s + n / 25 %% %(users)s END,
       CASE WHEN state IN ('closed', 'pooling') OR n %% 50 = 1 THEN NULL
            ELSE %(now)s::timestamptz + (n %% 100 - 3) * interval '1 hour' END,
       n %% 50 = 1 AND state <> 'closed', {chance}
  FROM seed ORDER BY n;
INSERT INTO defaults_caseitem (case_id, payment_id, added_at, released_at)
SELECT n, n, due_on + interval '4 days', CASE state WHEN 'closed' THEN due_on + interval '9 days' END
  FROM seed ORDER BY n;
INSERT INTO defaults_caseevent (case_id, seq, kind, to_state, at, actor, digest)
SELECT n, 1, 'opened', 'open', due_on + interval '4 days', 'system', sha256(n::text::bytea) FROM seed ORDER BY n;
"""
# Every fortieth live case rests for a reason: its own, its customer's, a dispute, or a promise.
_AGREED = """
INSERT INTO defaults_hold (id, customer_id, case_id, reason, placed_by, starts_at, until)
SELECT n, n, CASE WHEN n %% 7 <> 0 OR n / 40 %% 4 = 2 THEN n END,
       (ARRAY['staff', 'hardship', 'dispute', 'claimed_paid'])[1 + n / 40 %% 4],
       'system', %(now)s::timestamptz - interval '2 days',
       CASE WHEN n %% 3 = 0 THEN %(now)s::timestamptz + interval '20 days' END
  FROM seed WHERE n %% 40 = 3 AND state <> 'closed' ORDER BY n;
INSERT INTO defaults_dispute (case_id, reason, state, raised_at, answer_due_on, evidence, hold_id)
SELECT n, 'not_mine', 'raised', %(now)s, %(today)s::date + 14, '[]', n
  FROM seed WHERE n %% 40 = 3 AND state <> 'closed' AND n / 40 %% 4 = 2 ORDER BY n;
INSERT INTO defaults_hold (id, customer_id, case_id, reason, placed_by, starts_at, until)
SELECT n, n, n, 'promise', 'customer', %(now)s::timestamptz - interval '2 days', %(now)s::timestamptz + interval '9 days'
  FROM seed WHERE n %% 40 <> 3 AND state = 'promised' ORDER BY n;
INSERT INTO defaults_promisetopay (case_id, amount_minor, outstanding_before_minor, "on", hold_id, made_at)
SELECT n, amount, amount, %(today)s::date + 7, n, %(now)s
  FROM seed WHERE n %% 40 <> 3 AND state = 'promised' ORDER BY n;
"""
# Twenty people have sixty cases each put away, at the full size.
_PUT_AWAY = """
INSERT INTO defaults_snooze (case_id, until, version, snoozed_by, made_at)
SELECT n, %(now)s::timestamptz + interval '3 days', 1, 'staff:mina', %(now)s
  FROM seed WHERE n %% 500 = 7 AND state <> 'closed' ORDER BY n;
"""
# One case in twenty has been talked to and worked on.
_WORKED = """
INSERT INTO defaults_caseevent (case_id, seq, kind, at, actor, reason, digest)
SELECT n, 1 + step, (ARRAY['claimed', 'noted', 'released'])[1 + step %% 3], %(now)s::timestamptz - step * interval '5 hours',
       'staff:mina', 'called, no answer', sha256((n || '.' || step)::bytea)
  FROM seed, generate_series(1, 12) step WHERE n %% 20 = 5 ORDER BY n, step;
UPDATE defaults_defaultcase SET version = 13 WHERE id %% 20 = 5;
INSERT INTO accounts_ledgerentry (payment_id, kind, from_account, to_account, amount_minor, currency, occurred_at)
SELECT n, 'due', 'sales', 'receivable', amount, currency, due_on FROM seed WHERE n %% 20 = 5 ORDER BY n;
INSERT INTO reminders_decision (id, case_id, at, kind, verdict, reason, step_key, asked, claimed_minor)
SELECT n, n, %(now)s::timestamptz - interval '1 day', 'send', 'allow', 'step_due', 'd3', '[]', amount
  FROM seed WHERE n %% 20 = 5 ORDER BY n;
INSERT INTO reminders_message (case_id, customer_id, step_key, contact_class, channel, template_key, key, state, due_at,
       queued_at, gate_decision_id, claimed_minor, claims, contacted_at, ended_at, subject)
SELECT n, n, 'd3', 'R', 'email', 'friendly', 'c' || n || '.d3', 'sent', %(now)s::timestamptz - interval '1 day',
       %(now)s::timestamptz - interval '1 day', n, amount, ARRAY[n]::bigint[], %(now)s::timestamptz - interval '1 day',
       %(now)s::timestamptz - interval '1 day', 'A reminder'
  FROM seed WHERE n %% 20 = 5 ORDER BY n;
"""
_NAMES = {
    "families": list("김이박김최이정강조윤장임한오서신권황안송류홍전고문손양배백허남심노하곽성차주우구"),
    "heads": list("서도지하민예준은현수재성영유윤채시건우소다나태승동진경혜미선아가보원정주세연희상"),
    "tails": list("연윤우준은서호민아빈진영현훈원희수인린율지경은주환석철규정미숙자순혁찬솔겸담별슬"),
    "firsts": "Emil Ana Ji-woo Maria João Olivia Noah Emma Liam Sofia Lucas Mia Hugo Nora Ivan Lena Zoë Ada".split(),  # noqa: SIM905
    "lasts": "Okafor Souza Berg Silva Müller Smith Jones Garcia Rossi Novak Dubois Jensen Ivanov Kim".split(),  # noqa: SIM905
}  # fmt: skip
_AMOUNTS = [9_900, 4_900, 3_300, 14_900, 1_200, 29_000, 5_500, 7_700, 990, 49_000, 12_345, 99_000]
USERS = 20


def fill(cases: int, *, now: datetime) -> None:
    """`cases` cases of as many customers over eight merchants: 61 of 100 live, in every state and view."""
    from django.db import connection

    from accounts.models import User
    from accounts.services.names import read_names
    from defaults.gain import chance_sql

    people = [
        User.objects.create_user(f"agent-{number}", language="ko", role="admin" if number == 0 else "agent")
        for number in range(USERS)
    ]
    given = _NAMES | {
        "cases": cases, "merchants": MERCHANTS, "rare": RARE_NAME, "rare_at": RARE_AT, "amounts": _AMOUNTS, "now": now,
        "today": now.date(), "first_user": people[0].pk, "users": USERS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off; SET work_mem = '256MB'")
        for part in (_SEED, _FACTS, _AGREED, _PUT_AWAY, _WORKED):
            cursor.execute(part.replace("{chance}", chance_sql("due_on", "%(today)s::date")), given)
        for table in (
            "accounts_customer", "accounts_payment", "defaults_defaultcase", "defaults_hold", "reminders_decision",
        ):  # fmt: skip
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
            )
        cursor.execute("DROP TABLE seed")
        while read_names(limit=100_000):
            pass
        cursor.execute("VACUUM ANALYZE")
    _give_some(people[1])


def _give_some(agent) -> None:
    """An agent of three merchants, a large, a middling and a small one; and one customer with an address."""
    from accounts.models import ContactPoint, Merchant
    from accounts.services.contacts import fingerprint_of

    agent.merchants.set(list(Merchant.objects.order_by("pk"))[::3])
    rare = ContactPoint.objects.filter(customer=RARE_AT)
    rare.update(fingerprint=fingerprint_of("email", RARE_ADDRESS))
