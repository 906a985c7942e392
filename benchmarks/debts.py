"""Cases for the benchmarks of planning and sending, written straight into the tables."""

import io
from datetime import UTC, datetime, timedelta

# A Wednesday at noon in Seoul.
NOON = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)

_FILL = """
INSERT INTO accounts_merchant (slug, name, legal_role, jurisdiction, time_zone, locale, currency, contact_line,
       feed_silence_limit, feed_seen_at)
VALUES ('bench', 'Songbird', 'merchant_first_party', 'KR', 'Asia/Seoul', 'ko', 'KRW', '1600-0000', '26 hours', %(now)s);
INSERT INTO accounts_customer (merchant_id, reference, name, locale)
SELECT currval('accounts_merchant_id_seq'), 'u-' || n, '김서연', 'ko' FROM generate_series(1, %(rows)s) n;
INSERT INTO accounts_payment (merchant_id, customer_id, reference, currency, due_on, description, told_at, told_by,
       amount_minor, outstanding_minor, in_case)
SELECT merchant_id, id, 'ord-' || id, 'KRW', '2026-11-05', '웹툰 코인 100', %(opened)s, 'e-' || id, 9900, 9900, true
  FROM accounts_customer;
INSERT INTO defaults_defaultcase (merchant_id, customer_id, currency, state, claimed_minor, oldest_due_on, opened_at,
       next_review_at)
SELECT merchant_id, id, 'KRW', 'open', 9900, '2026-11-05', %(opened)s, %(review)s FROM accounts_customer;
INSERT INTO defaults_caseitem (case_id, payment_id, added_at)
SELECT c.id, p.id, %(opened)s FROM defaults_defaultcase c JOIN accounts_payment p USING (customer_id);
"""


def fill(rows: int, *, due: bool = True) -> None:
    """`rows` customers with a payment of 9,900 won in a case each; their review is due at NOON, or a week after it."""
    from django.db import connection

    from accounts.models import Customer
    from accounts.services.contacts import fingerprint_of, seal_address

    review = NOON - timedelta(hours=1) if due else NOON + timedelta(days=7)
    with connection.cursor() as cursor:
        cursor.execute(
            _FILL, {"rows": rows, "now": NOON, "opened": NOON - timedelta(days=2), "review": review}
        )
        first = Customer.objects.order_by("id").values_list("id", flat=True)[0]
        for start in range(first, first + rows, 50_000):
            ids = range(start, min(start + 50_000, first + rows))
            lines = [_contact_point(customer, seal_address, fingerprint_of) for customer in ids]
            cursor.copy_expert(
                "COPY accounts_contactpoint (customer_id, channel, sealed, fingerprint) FROM STDIN",
                io.StringIO("\n".join(lines)),
            )
        cursor.execute("VACUUM ANALYZE")


def _contact_point(customer: int, seal_address, fingerprint_of) -> str:
    """A line for COPY."""
    address = f"u{customer}@x.test"
    sealed = seal_address(customer_id=customer, channel="email", value=address).hex()
    return f"{customer}\temail\t\\\\x{sealed}\t\\\\x{fingerprint_of('email', address).hex()}"


def review_again() -> None:
    """Make every case due again and forget what was decided; for further rounds on the same rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE reminders_decision DISABLE TRIGGER USER")
        cursor.execute(
            "TRUNCATE reminders_decision, reminders_message, reminders_attempt, defaults_resolutionlink"
        )
        cursor.execute("ALTER TABLE reminders_decision ENABLE TRIGGER USER")
        cursor.execute(
            "UPDATE defaults_defaultcase SET next_review_at = %s, contacted_at = NULL",
            [NOON - timedelta(hours=1)],
        )
        cursor.execute("VACUUM ANALYZE defaults_defaultcase")
