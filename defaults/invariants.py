"""What must hold of cases, their history and agreements at any time (domain.md, section 5)."""

from accounts.invariants import Check

from .agreement_invariants import AGREEMENTS
from .protection_invariants import PROTECTIONS
from .protection_invariants import SETTLED as _SETTLED

_HISTORY = """
WITH sealed AS (
     SELECT *, row_number() OVER places AS place, lag(digest, 1, ''::bytea) OVER places AS previous
       FROM defaults_caseevent WINDOW places AS (PARTITION BY case_id ORDER BY seq)
)
"""

MONEY = [
    Check(
        "money: a case claims the open balances of its undisputed payments",
        f"""
        SELECT format('case %s claims %s, its payments owe %s', c.id, c.claimed_minor, coalesce(owed.minor, 0))
          FROM defaults_defaultcase c
          LEFT JOIN (SELECT i.case_id, sum(p.outstanding_minor) AS minor
                       FROM defaults_caseitem i JOIN accounts_payment p ON p.id = i.payment_id
                      WHERE i.released_at IS NULL
                        AND NOT EXISTS (SELECT FROM defaults_dispute_payments dp
                                          JOIN defaults_dispute d ON d.id = dp.dispute_id
                                         WHERE dp.payment_id = p.id AND d.case_id = i.case_id AND d.state = 'raised')
                      GROUP BY i.case_id) owed ON owed.case_id = c.id
         WHERE c.claimed_minor <> coalesce(owed.minor, 0) AND {_SETTLED}
        """,
    ),
    Check(
        "money: the payments of a case are its customer's, in its currency",
        """
        SELECT format('payment %s in case %s', i.payment_id, i.case_id)
          FROM defaults_caseitem i
          LEFT JOIN defaults_defaultcase c ON c.id = i.case_id
          LEFT JOIN accounts_payment p
            ON p.id = i.payment_id AND p.customer_id = c.customer_id AND p.currency = c.currency
         WHERE p.id IS NULL
        """,
    ),
    Check(
        "money: a payment is marked as in a case exactly when it is in one",
        """
        SELECT format('payment %s', p.id)
          FROM accounts_payment p
          LEFT JOIN defaults_caseitem i ON i.payment_id = p.id AND i.released_at IS NULL
         WHERE p.in_case <> (i.id IS NOT NULL)
        """,
    ),
]

CLOSING = [
    Check(
        "closing: a closed case has exactly one closing entry, a live one has none",
        """
        SELECT format('case %s is %s with %s closing entries', c.id, c.state, coalesce(e.count, 0))
          FROM defaults_defaultcase c
          LEFT JOIN (SELECT case_id, count(*) FROM defaults_caseevent WHERE kind = 'closed' GROUP BY case_id) e
            ON e.case_id = c.id
         WHERE coalesce(e.count, 0) <> (c.state = 'closed')::int
        """,
    ),
    Check(
        "closing: a case is cured exactly when nothing was left through payments",
        """
        SELECT format('case %s closed as %s with %s', c.id, c.outcome, e.data)
          FROM defaults_defaultcase c JOIN defaults_caseevent e ON e.case_id = c.id AND e.kind = 'closed'
         WHERE e.data ->> 'outcome' IS DISTINCT FROM c.outcome
            OR (e.data ->> 'claimed_minor')::bigint <> 0
            OR (c.outcome = 'cured'
                AND ((e.data ->> 'paid_minor')::bigint <= 0 OR (e.data ->> 'conceded_minor')::bigint <> 0
                     OR coalesce((e.data ->> 'waived_minor')::bigint, 0) <> 0))
            OR (c.outcome = 'written_off' AND (e.data ->> 'conceded_minor')::bigint <= 0)
            OR (c.outcome = 'forgiven'
                AND (e.data ->> 'conceded_minor')::bigint + coalesce((e.data ->> 'waived_minor')::bigint, 0) <= 0)
        """,
    ),
    Check(
        "closing: a closed case lets its payments go, a live one has some",
        """
        SELECT format('case %s is %s with %s payments', c.id, c.state, count(i.id))
          FROM defaults_defaultcase c
          LEFT JOIN defaults_caseitem i ON i.case_id = c.id AND i.released_at IS NULL
         GROUP BY c.id HAVING (c.state = 'closed') = (count(i.id) > 0)
        """,
    ),
    Check(
        "closing: money that came back leads from a closed case to a later one of the same customer",
        """
        SELECT format('case %s after case %s', c.id, b.id)
          FROM defaults_defaultcase c JOIN defaults_defaultcase b ON b.id = c.previous_case_id
         WHERE b.state <> 'closed' OR b.closed_at > c.opened_at
            OR (b.customer_id, b.currency) <> (c.customer_id, c.currency)
        """,
    ),
    Check(
        "closing: nothing that is agreed outlives its case, and a promised case has a live promise",
        f"""
        SELECT format('case %s is %s', c.id, c.state)
          FROM defaults_defaultcase c
          LEFT JOIN defaults_promisetopay p ON p.case_id = c.id AND p.state = 'made'
         WHERE (c.state = 'promised' AND p.id IS NULL OR c.state = 'closed' AND p.id IS NOT NULL) AND {_SETTLED}
         UNION ALL
        SELECT format('hold %s of closed case %s', h.id, c.id)
          FROM defaults_hold h JOIN defaults_defaultcase c ON c.id = h.case_id
         WHERE c.state = 'closed' AND h.ended_at IS NULL
         UNION ALL
        SELECT format('snooze %s of closed case %s', s.id, c.id)
          FROM defaults_snooze s JOIN defaults_defaultcase c ON c.id = s.case_id
         WHERE c.state = 'closed' AND s.ended_at IS NULL
        """,
    ),
]

AUDIT = [
    Check(
        "audit: the history of every case is there, numbered without a gap to its version",
        """
        SELECT format('case %s is at version %s with %s entries up to number %s', coalesce(c.id, e.case_id), c.version,
                      coalesce(e.count, 0), e.last)
          FROM defaults_defaultcase c
          FULL JOIN (SELECT case_id, count(*), max(seq) AS last FROM defaults_caseevent GROUP BY case_id) e
            ON e.case_id = c.id
         WHERE (c.version, c.version) IS DISTINCT FROM (e.count::int, e.last)
        """,
    ),
    Check(
        "audit: every entry carries the seal of itself and of the entry before it",
        f"""
        {_HISTORY}
        SELECT format('case %s, entry %s', case_id, seq) FROM sealed
         WHERE seq <> place OR digest <> amends_entry_digest(
               previous, case_id, seq, kind, from_state, to_state, at, actor, reason, data)
        """,
    ),
    Check(
        "audit: every case began by being opened, and each entry goes on from the state before",
        f"""
        {_HISTORY}
        SELECT format('case %s, entry %s: %s from %s to %s', case_id, seq, kind, from_state, to_state)
          FROM (SELECT *, lag(to_state) OVER (PARTITION BY case_id ORDER BY seq) AS before
                  FROM sealed WHERE to_state <> '') moves
         WHERE (before IS NULL) <> (kind = 'opened') OR before <> from_state OR before = 'closed'
        """,
    ),
    Check(
        "audit: the last state in the history is the state of the case",
        """
        SELECT format('case %s is %s, its history says %s', c.id, c.state, e.to_state)
          FROM (SELECT DISTINCT ON (case_id) case_id, to_state FROM defaults_caseevent
                 WHERE to_state <> '' ORDER BY case_id, seq DESC) e
          JOIN defaults_defaultcase c ON c.id = e.case_id
         WHERE c.state <> e.to_state
        """,
    ),
]

TENANCY = [
    Check(
        "tenancy: a case, its customer and its payments belong to one merchant",
        """
        SELECT format('case %s of merchant %s', c.id, c.merchant_id)
          FROM defaults_defaultcase c
          LEFT JOIN accounts_customer u ON u.id = c.customer_id
         WHERE u.merchant_id IS DISTINCT FROM c.merchant_id
         UNION ALL
        SELECT format('payment %s in case %s', p.id, c.id)
          FROM defaults_caseitem i
          JOIN defaults_defaultcase c ON c.id = i.case_id
          JOIN accounts_payment p ON p.id = i.payment_id
         WHERE p.merchant_id <> c.merchant_id
        """,
    ),
    Check(
        "tenancy: holds and disputes are about their own customer",
        """
        SELECT format('hold %s', h.id)
          FROM defaults_hold h JOIN defaults_defaultcase c ON c.id = h.case_id
         WHERE h.customer_id <> c.customer_id
         UNION ALL
        SELECT format('dispute %s about payment %s', d.id, p.id)
          FROM defaults_dispute d
          JOIN defaults_defaultcase c ON c.id = d.case_id
          JOIN defaults_dispute_payments dp ON dp.dispute_id = d.id
          JOIN accounts_payment p ON p.id = dp.payment_id
         WHERE p.customer_id <> c.customer_id
        """,
    ),
]

FEES = [
    Check(
        "worth: a late fee is at most what its principal, its days and its policy make, and within the debt",
        """
        SELECT format('fee %s of payment %s: %s for %s over %s days', c.id, c.payment_id, c.amount_minor,
                      c.principal_minor, c.days)
          FROM defaults_feecharge c
          JOIN accounts_payment p ON p.id = c.payment_id
          LEFT JOIN defaults_feepolicy f
            ON f.id = c.policy_id AND f.merchant_id = p.merchant_id AND f.currency = p.currency
           AND f.valid_from <= c.from_on AND f.annual_bp <= 2000
         WHERE f.id IS NULL OR c.days > c.until_on - c.from_on
            OR c.amount_minor > div(c.principal_minor::numeric * f.annual_bp * c.days, 3650000)
        """,
    ),
    Check(
        "worth: what a payment was charged in fees is the sum of its late fees, and no day is charged twice",
        """
        SELECT format('payment %s: fees %s, charged %s', p.id, p.fees_minor, coalesce(c.minor, 0))
          FROM accounts_payment p
          LEFT JOIN (SELECT payment_id, sum(amount_minor) AS minor FROM defaults_feecharge GROUP BY payment_id) c
            ON c.payment_id = p.id
         WHERE p.fees_minor <> coalesce(c.minor, 0)
         UNION ALL
        SELECT format('payment %s: fees %s and %s', a.payment_id, a.id, b.id)
          FROM defaults_feecharge a
          JOIN defaults_feecharge b
            ON b.payment_id = a.payment_id AND b.id > a.id AND b.from_on < a.until_on AND a.from_on < b.until_on
        """,
    ),
]

CHECKS = [*AGREEMENTS, *PROTECTIONS, *MONEY, *FEES, *CLOSING, *AUDIT, *TENANCY]
