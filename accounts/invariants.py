"""What must hold of payments and the ledger at any time; `manage.py verify` asks the database.

A check is one query that answers a line of text for every violation: what is wrong, and where.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """`name`: the invariant (domain.md, section 5) and the promise in words; `query` selects one text column."""

    name: str
    query: str


_BY_ACCOUNT = """
WITH books AS (
     SELECT payment_id,
            sum(CASE 'receivable' WHEN to_account THEN amount_minor WHEN from_account THEN -amount_minor ELSE 0 END)
              AS receivable,
            sum(CASE 'customer_credit' WHEN from_account THEN amount_minor
                                       WHEN to_account THEN -amount_minor ELSE 0 END) AS credit,
            sum(CASE WHEN to_account IN ('forgiven', 'written_off') THEN amount_minor
                     WHEN from_account IN ('forgiven', 'written_off') THEN -amount_minor ELSE 0 END) AS conceded,
            sum(CASE 'fees' WHEN from_account THEN amount_minor WHEN to_account THEN -amount_minor ELSE 0 END) AS fees,
            sum(CASE 'waived' WHEN to_account THEN amount_minor WHEN from_account THEN -amount_minor ELSE 0 END) AS waived
       FROM accounts_ledgerentry GROUP BY payment_id
)
"""

# The same sums as `accounts.ingest.balances`.
_TOLD = """
  CROSS JOIN LATERAL (SELECT CASE WHEN p.is_void THEN 0 ELSE p.amount_minor - p.credited_minor END AS minor) sale
  CROSS JOIN LATERAL (SELECT least(p.fees_minor, greatest(sale.minor, 0)) AS minor) fees
  CROSS JOIN LATERAL (SELECT least(p.waived_minor, greatest(sale.minor + fees.minor, 0)) AS minor) waived
  CROSS JOIN LATERAL (
       SELECT sale.minor + fees.minor - waived.minor - p.paid_minor + p.reversed_minor + p.returned_minor AS minor) owed
"""

CHECKS = [
    Check(
        "money: what a payment owes is the sum of its ledger entries",
        f"""
        {_BY_ACCOUNT}
        SELECT format('payment %s: outstanding %s and credit %s, ledger %s and %s',
                      p.id, p.outstanding_minor, p.credit_minor, coalesce(b.receivable, 0), coalesce(b.credit, 0))
          FROM accounts_payment p LEFT JOIN books b ON b.payment_id = p.id
         WHERE (p.outstanding_minor, p.credit_minor) IS DISTINCT FROM
               (coalesce(b.receivable, 0)::bigint, coalesce(b.credit, 0)::bigint)
        """,
    ),
    Check(
        "money: what a payment owes follows from what was told of it",
        f"""
        {_BY_ACCOUNT}
        SELECT format('payment %s: told %s, in the books %s', p.id, owed.minor,
                      p.outstanding_minor - p.credit_minor + coalesce(b.conceded, 0))
          FROM accounts_payment p LEFT JOIN books b ON b.payment_id = p.id {_TOLD}
         WHERE owed.minor <> p.outstanding_minor - p.credit_minor + coalesce(b.conceded, 0)
        """,
    ),
    Check(
        "money: fees and waivers in the books are those that count, and fees never exceed the sale",
        f"""
        {_BY_ACCOUNT}
        SELECT format('payment %s: fees %s and waived %s, ledger %s and %s',
                      p.id, fees.minor, waived.minor, coalesce(b.fees, 0), coalesce(b.waived, 0))
          FROM accounts_payment p LEFT JOIN books b ON b.payment_id = p.id {_TOLD}
         WHERE (fees.minor, waived.minor) IS DISTINCT FROM
               (coalesce(b.fees, 0)::bigint, coalesce(b.waived, 0)::bigint)
        """,
    ),
    Check(
        "money: every ledger entry is in the currency of a payment that is there",
        """
        SELECT format('ledger entry %s of payment %s', e.id, e.payment_id)
          FROM accounts_ledgerentry e
          LEFT JOIN accounts_payment p ON p.id = e.payment_id AND p.currency = e.currency
         WHERE p.id IS NULL
        """,
    ),
    Check(
        "money: every ledger entry says which event or whose act it came from",
        """
        SELECT format('ledger entry %s', e.id)
          FROM accounts_ledgerentry e LEFT JOIN accounts_paymentevent v ON v.id = e.event_id
         WHERE CASE WHEN e.event_id IS NULL THEN e.act = '' ELSE v.id IS NULL END
        """,
    ),
    Check(
        "money: the parts of a checkout sum to it",
        """
        SELECT format('checkout %s asks %s, its parts %s', c.reference, c.amount_minor, coalesce(i.minor, 0))
          FROM accounts_checkout c
          LEFT JOIN (SELECT checkout_id, sum(amount_minor) AS minor FROM accounts_checkoutitem GROUP BY 1) i
            ON i.checkout_id = c.id
         WHERE c.amount_minor <> coalesce(i.minor, 0)
        """,
    ),
    Check(
        "money: a paid checkout was told to intake, each part once",
        """
        SELECT format('checkout %s, payment %s', c.reference, i.payment_id)
          FROM accounts_checkout c JOIN accounts_checkoutitem i ON i.checkout_id = c.id
          LEFT JOIN accounts_paymentevent e
            ON e.merchant_id = c.merchant_id AND e.event_id = format('amends:%s:%s', c.reference, i.payment_id)
         WHERE c.state = 'paid' AND e.id IS NULL
        """,
    ),
    Check(
        "tenancy: a payment and its customer belong to one merchant",
        """
        SELECT format('payment %s: merchant %s, customer of %s', p.id, p.merchant_id, u.merchant_id)
          FROM accounts_payment p LEFT JOIN accounts_customer u ON u.id = p.customer_id
         WHERE u.merchant_id IS DISTINCT FROM p.merchant_id
        """,
    ),
    Check(
        "search: a name that is not waiting to be read is found as it stands",
        """
        SELECT format('customer %s', coalesce(c.id, l.customer_id))
          FROM accounts_customer c FULL JOIN accounts_nameletters l ON l.customer_id = c.id
         WHERE (coalesce(l.letters, ''), coalesce(l.merchant_id, c.merchant_id))
               IS DISTINCT FROM (amends_letters(c.name), c.merchant_id)
           AND NOT EXISTS (SELECT FROM accounts_nametoread t WHERE t.customer_id = c.id)
        """,
    ),
    Check(
        "tenancy: a ledger entry and its event belong to one merchant",
        """
        SELECT format('ledger entry %s', e.id)
          FROM accounts_ledgerentry e
          JOIN accounts_payment p ON p.id = e.payment_id
          JOIN accounts_paymentevent v ON v.id = e.event_id
         WHERE p.merchant_id <> v.merchant_id
        """,
    ),
    Check(
        "tenancy: the records of a person belong to one merchant, and are two at least",
        """
        SELECT format('person %s: %s records of %s merchants', p.id, count(u.id), count(DISTINCT u.merchant_id))
          FROM accounts_person p
          LEFT JOIN accounts_personrecord r ON r.person_id = p.id
          LEFT JOIN accounts_customer u ON u.id = r.customer_id
         GROUP BY p.id HAVING count(u.id) < 2 OR count(DISTINCT u.merchant_id) > 1
        """,
    ),
]
