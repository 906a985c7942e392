"""Whether what came of it is right: the books against the file itself, and the promises against what was sent.

The file is read here once more by other means than the import's, so that one mistake cannot hide in both.
"""

import csv
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from pathlib import Path

from django.db import connection

from accounts.importing import Mapping
from accounts.models import Merchant
from common.money import exponent

OPENS, CLOSES = time(8), time(21)

_BOOKS = """
SELECT e.kind, count(*), sum(e.amount_minor)::bigint FROM accounts_ledgerentry e
  JOIN accounts_payment p ON p.id = e.payment_id WHERE p.merchant_id = %(merchant)s GROUP BY 1 ORDER BY 1
"""
_ACCOUNTS = """
SELECT account, sum(moved)::bigint FROM (
       SELECT e.to_account AS account, e.amount_minor AS moved, e.payment_id FROM accounts_ledgerentry e
        UNION ALL SELECT e.from_account, -e.amount_minor, e.payment_id FROM accounts_ledgerentry e) moves
  JOIN accounts_payment p ON p.id = payment_id WHERE p.merchant_id = %(merchant)s GROUP BY 1 ORDER BY 1
"""
_WAITING = (
    "SELECT count(*) FROM accounts_paymentevent WHERE merchant_id = %(merchant)s AND status <> 'applied'"
)
_UNPAID = """
SELECT p.reference, p.amount_minor - p.credited_minor - p.paid_minor + p.reversed_minor, p.outstanding_minor,
       c.id, c.state, coalesce(c.outcome, ''), coalesce(e.reason, ''), coalesce(e.data->>'rule', '')
  FROM accounts_payment p
  LEFT JOIN LATERAL (SELECT c.* FROM defaults_caseitem i JOIN defaults_defaultcase c ON c.id = i.case_id
                      WHERE i.payment_id = p.id ORDER BY i.added_at DESC, c.id DESC LIMIT 1) c ON true
  LEFT JOIN LATERAL (SELECT * FROM defaults_caseevent WHERE case_id = c.id ORDER BY seq DESC LIMIT 1) e ON true
 WHERE p.merchant_id = %(merchant)s AND NOT p.is_void
   AND p.amount_minor - p.credited_minor - p.paid_minor + p.reversed_minor > 0
 ORDER BY p.reference
"""
# Steps of the ladder: what answers the customer may speak of a payment that was made, or of a closed case.
_SENT = """
  FROM reminders_message m JOIN defaults_defaultcase c ON c.id = m.case_id
 WHERE c.merchant_id = %(merchant)s AND m.contacted_at IS NOT NULL AND m.answers_id IS NULL
"""
# Both the customer's wall clock and the merchant's: neither may show night.
_AT_NIGHT = """
SELECT count(*) FROM reminders_message m JOIN defaults_defaultcase c ON c.id = m.case_id
  JOIN accounts_customer u ON u.id = c.customer_id JOIN accounts_merchant o ON o.id = c.merchant_id
 CROSS JOIN LATERAL (VALUES (coalesce(nullif(u.time_zone, ''), o.time_zone)), (o.time_zone)) AS z(name)
 WHERE c.merchant_id = %(merchant)s AND m.contacted_at IS NOT NULL AND m.contact_class <> 'R'
   AND ((m.contacted_at AT TIME ZONE z.name)::time < %(opens)s
        OR (m.contacted_at AT TIME ZONE z.name)::time >= %(closes)s)
"""
_AFTER_PAYMENT = f"""
SELECT count(*) {_SENT} AND EXISTS (
       SELECT FROM accounts_ledgerentry e WHERE e.payment_id = ANY(m.claims) AND e.occurred_at <= m.contacted_at
        GROUP BY e.payment_id
       HAVING sum(CASE WHEN e.to_account = 'receivable' THEN e.amount_minor ELSE 0 END)
            - sum(CASE WHEN e.from_account = 'receivable' THEN e.amount_minor ELSE 0 END) <= 0)
"""
_AFTER_END = f"SELECT count(*) {_SENT} AND m.contacted_at > c.closed_at"
_TWICE = f"""
SELECT (SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n {_SENT} GROUP BY m.case_id, m.step_key) s)
     + (SELECT coalesce(sum(n - 1), 0) FROM (
               SELECT count(*) AS n FROM reminders_attempt a
                WHERE a.result = 'sent' AND a.message_id IN (SELECT m.id {_SENT}) GROUP BY a.message_id) s)
"""
_STATES = (
    """SELECT p.reference, p.outstanding_minor, p.credit_minor, p.paid_minor, p.conceded_minor, p.conceded_account
         FROM accounts_payment p WHERE p.merchant_id = %(merchant)s ORDER BY 1""",
    """SELECT u.reference, c.opened_at, c.state, coalesce(c.outcome, ''), c.is_self_cure, c.claimed_minor,
              c.oldest_due_on, c.closed_at,
              array(SELECT p.reference::text FROM defaults_caseitem i JOIN accounts_payment p ON p.id = i.payment_id
                     WHERE i.case_id = c.id ORDER BY 1)
         FROM defaults_defaultcase c JOIN accounts_customer u ON u.id = c.customer_id
        WHERE c.merchant_id = %(merchant)s ORDER BY 1, 2""",
    """SELECT u.reference, c.opened_at, m.step_key, m.channel, m.state, m.state_reason, m.contacted_at, m.claimed_minor
         FROM reminders_message m JOIN defaults_defaultcase c ON c.id = m.case_id
         JOIN accounts_customer u ON u.id = c.customer_id
        WHERE c.merchant_id = %(merchant)s ORDER BY 1, 2, 3""",
)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold, with the figures that say whether it does."""

    name: str
    holds: bool
    seen: str


@dataclass(frozen=True, slots=True)
class FileBooks:
    """Sums of the file in minor units, and the references of what it calls unpaid."""

    lines: int
    due_minor: int
    paid_minor: int
    unpaid: frozenset[str]

    @property
    def events(self) -> int:
        return 2 * self.lines - len(self.unpaid)


def books_of_file(path: Path, mapping: Mapping, *, happened: Collection[str]) -> FileBooks:
    """Added up from the plain text with decimals; nothing of the import takes part.

    `happened` are the ids of the events up to the last day: what came later is no part of these books.
    """
    payment, scale = mapping.payment, Decimal(10) ** exponent(mapping.merchant.currency)
    lines, due, paid, unpaid = 0, Decimal(0), Decimal(0), set()
    with path.open(encoding=mapping.file.encoding.replace("utf-8", "utf-8-sig"), newline="") as text:
        for row in csv.DictReader(text, delimiter=mapping.file.delimiter):
            reference, amount = payment.reference.format(**row), Decimal(row[payment.amount])
            if f"csv:{reference}:due" not in happened:
                continue
            lines, due = lines + 1, due + amount
            if f"csv:{reference}:paid" in happened:
                paid += amount
            else:
                unpaid.add(reference)
    return FileBooks(lines, int(due * scale), int(paid * scale), frozenset(unpaid))


def read_accounts(merchant: Merchant) -> dict[str, int]:
    """The balance of each ledger account over the merchant's payments, in minor units."""
    return dict(_rows(_ACCOUNTS, merchant))


def unpaid_payments(merchant: Merchant) -> list[dict]:
    """Every payment without its money: what is owed by it, and what its case says of it."""
    names = ("payment", "unpaid_minor", "owed_minor", "case_id", "state", "outcome", "reason", "rule")
    return [dict(zip(names, row, strict=True)) for row in _rows(_UNPAID, merchant)]


def digest_of_states(merchant: Merchant) -> str:
    """One number for the final states of all payments, cases and messages, without ids or order of arrival."""
    seen = hashlib.sha256()
    for query in _STATES:
        for row in _rows(query, merchant):
            seen.update(repr([str(value) for value in row]).encode())
    return seen.hexdigest()


def check_all(*, merchant: Merchant, books: FileBooks, applied: int) -> list[Check]:
    """The checks of the real run, `verify` apart."""
    kinds = {kind: amount for kind, _, amount in _rows(_BOOKS, merchant)}
    accounts, unpaid = read_accounts(merchant), unpaid_payments(merchant)
    left = sum(row["unpaid_minor"] for row in unpaid)
    given_up = accounts.get("written_off", 0) + accounts.get("forgiven", 0)
    unexplained = [row["payment"] for row in unpaid if not (row["owed_minor"] or row["outcome"])]
    return [
        Check("every event of the file applied", applied == books.events, f"{applied} of {books.events}"),
        _none("events parked or pending", _count(_WAITING, merchant)),
        _same("charged", kinds.get("charge", 0), books.due_minor),
        _same("paid", kinds.get("payment", 0) - kinds.get("reversal", 0), books.paid_minor),
        _same(
            "receivable and given up",
            accounts.get("receivable", 0) + given_up,
            books.due_minor - books.paid_minor,
        ),
        _same("all accounts together", sum(accounts.values()), 0),
        Check(
            "unpaid payments are those of the file, each still owed or ended with a reason",
            {row["payment"] for row in unpaid} == books.unpaid and not unexplained,
            f"{len(unpaid)} of {len(books.unpaid)}, {left} in all, {len(unexplained)} without a reason",
        ),
        _none(f"messages outside {OPENS:%H:%M} to {CLOSES:%H:%M} local", _at_night(merchant)),
        _none("messages that name a payment already made", _count(_AFTER_PAYMENT, merchant)),
        _none("messages after their case had ended", _count(_AFTER_END, merchant)),
        _none("messages sent twice", _count(_TWICE, merchant)),
    ]


def _same(name: str, seen: int, wanted: int) -> Check:
    return Check(f"ledger: {name}", seen == wanted, f"{seen}, the file says {wanted}")


def _none(name: str, seen: int) -> Check:
    return Check(f"no {name}", seen == 0, str(seen))


def _at_night(merchant: Merchant) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_AT_NIGHT, {"merchant": merchant.pk, "opens": OPENS, "closes": CLOSES})
        return cursor.fetchone()[0]


def _count(query: str, merchant: Merchant) -> int:
    return int(_rows(query, merchant)[0][0])


def _rows(query: str, merchant: Merchant) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"merchant": merchant.pk})
        return cursor.fetchall()
