"""The rows that facts are made of. Plain SQL over arrays of ids: a case costs a few index look-ups, and a table with nothing
to say about it costs nothing.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from . import person_rows

CONTACTS_COUNTED_FOR = timedelta(days=8)

_CASES = """
SELECT c.id, c.merchant_id, c.customer_id, c.state, c.currency, c.oldest_due_on, c.opened_at,
       u.locale, u.time_zone, u.jurisdiction, u.birth_date, u.erased_at,
       p.language, p.stopped_at, p.blocked_channels, p.blocked_bands
  FROM defaults_defaultcase c
  JOIN accounts_customer u ON u.id = c.customer_id
  LEFT JOIN accounts_contactpreference p ON p.customer_id = c.customer_id
 WHERE c.id = ANY(%(cases)s)
"""
_ITEMS = """
SELECT i.case_id, i.payment_id, p.in_flight_until, p.outstanding_minor
  FROM defaults_caseitem i JOIN accounts_payment p ON p.id = i.payment_id
 WHERE i.case_id = ANY(%(cases)s) AND i.released_at IS NULL AND p.outstanding_minor > 0
"""
_DISPUTED = """
SELECT d.case_id, p.payment_id
  FROM defaults_dispute d JOIN defaults_dispute_payments p ON p.dispute_id = d.id
 WHERE d.case_id = ANY(%(cases)s) AND d.state = 'raised'
"""
_PENDING = """
SELECT DISTINCT p.customer_id
  FROM accounts_payment p
  JOIN accounts_paymentevent e
    ON e.merchant_id = p.merchant_id AND e.payment_reference = p.reference AND e.status = 'pending'
 WHERE p.customer_id = ANY(%(customers)s)
"""
_STEPS = """
SELECT case_id, step_key, step_position, state, coalesce(contacted_at, ended_at), policy_version_id
  FROM reminders_message
 WHERE case_id = ANY(%(cases)s) AND step_position IS NOT NULL AND id <> ALL(%(without)s)
 ORDER BY case_id, step_position
"""
_CONTACTS = """
SELECT customer_id, contacted_at, contact_class, claims
  FROM reminders_message
 WHERE customer_id = ANY(%(customers)s) AND contacted_at > %(since)s AND id <> ALL(%(without)s)
 ORDER BY contacted_at
"""
_ADDRESSES = """
SELECT a.customer_id, a.channel,
       CASE WHEN s.id IS NULL THEN a.health ELSE 'suppressed' END
  FROM accounts_contactpoint a
  LEFT JOIN reminders_suppression s ON s.channel = a.channel AND s.fingerprint = a.fingerprint
 WHERE a.customer_id = ANY(%(customers)s)
"""
_HOLDS = """
SELECT customer_id, case_id, reason, starts_at, least(until, ended_at)
  FROM defaults_hold
 WHERE customer_id = ANY(%(customers)s)
"""
_WAITING = """
SELECT c.id, d.step_key, d.waiting_since
  FROM unnest(%(cases)s) AS c(id)
  CROSS JOIN LATERAL (
       SELECT step_key, waiting_since FROM reminders_decision
        WHERE case_id = c.id AND NOT at_gate ORDER BY at DESC, id DESC LIMIT 1
       ) d
 WHERE d.waiting_since IS NOT NULL
"""
_ASKING_SINCE = """
SELECT case_id, max(at) FROM defaults_caseevent
 WHERE case_id = ANY(%(cases)s) AND from_state = 'pooling' AND to_state <> 'pooling'
 GROUP BY case_id
"""


@dataclass(frozen=True, slots=True)
class CaseRows:
    """`cases`, and what lies beside them by case id (items, steps, waiting, asking_since) or by customer id (the others).

    Where a person has several records, each has what protects the person (`person_rows`); the claims of a contact about
    another record are None: it counts on each. `disputed`: pairs of case and payment. `pending`: customers with an event
    that is stored and not applied.
    """

    cases: list[tuple]
    items: Mapping[int, list[tuple]]
    disputed: set[tuple[int, int]]
    steps: Mapping[int, list[tuple]]
    contacts: Mapping[int, list[tuple]]
    addresses: Mapping[int, list[tuple]]
    holds: Mapping[int, list[tuple]]
    waiting: Mapping[int, tuple[str, datetime]]
    asking_since: Mapping[int, datetime]
    pending: set[int]


def load_rows(
    case_ids: list[int], *, now: datetime, without_messages: list[int], with_inbox: bool
) -> CaseRows:
    """Ten queries, one more with the inbox and one where records are joined, for any number of cases."""
    with connection.cursor() as cursor:

        def rows(query: str, **more) -> list[tuple]:
            cursor.execute(query, {"cases": case_ids, "without": without_messages, **more})
            return cursor.fetchall()

        cases = rows(_CASES)
        customers = list({row[2] for row in cases})
        pending = rows(_PENDING, customers=customers) if with_inbox else []
        others = person_rows.others_of(customers)
        everybody = sorted({*customers, *(one for records in others.values() for one in records)})
        contacts = _grouped(rows(_CONTACTS, customers=everybody, since=now - CONTACTS_COUNTED_FOR))
        addresses = _grouped(rows(_ADDRESSES, customers=everybody))
        holds = _grouped(rows(_HOLDS, customers=everybody))
        return CaseRows(
            cases=person_rows.strictest(cases, others),
            items=_grouped(rows(_ITEMS)),
            disputed=set(rows(_DISPUTED)),
            steps=_grouped(rows(_STEPS)),
            contacts=person_rows.shared(contacts, others, person_rows.every_claim),
            addresses=person_rows.shared(addresses, others, person_rows.barred),
            holds=person_rows.shared(holds, others, person_rows.wide),
            waiting={case_id: (step, at) for case_id, step, at in rows(_WAITING)},
            asking_since=dict(rows(_ASKING_SINCE)),
            pending={customer for (customer,) in pending},
        )


def _grouped(rows: list[tuple]) -> Mapping[int, list[tuple]]:
    """Rows by their first column."""
    groups: dict[int, list[tuple]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row)
    return groups
