"""What must hold of promises, offers and plans (domain.md, section 3)."""

from accounts.invariants import Check

from .protection_invariants import SETTLED

# Every agreement that covers a case, with the hold it must have.
_LIVE = """
WITH agreement AS (
     SELECT 'promise' AS kind, id, case_id, hold_id, 'promise' AS reason FROM defaults_promisetopay WHERE state = 'made'
     UNION ALL
     SELECT 'offer', id, case_id, hold_id, 'settlement' FROM defaults_settlementoffer WHERE state = 'accepted'
     UNION ALL
     SELECT 'plan', id, case_id, hold_id, 'plan' FROM defaults_paymentplan WHERE state = 'live'
)
"""
_RECEIVABLE = """
CASE 'receivable' WHEN e.to_account THEN e.amount_minor WHEN e.from_account THEN -e.amount_minor ELSE 0 END
"""

AGREEMENTS = [
    Check(
        "agreements: each that lives has its running hold, and no such hold outlives its agreement",
        f"""
        {_LIVE}
        SELECT format('%s %s of case %s, hold %s', a.kind, a.id, coalesce(a.case_id, h.case_id), h.id)
          FROM agreement a
          FULL JOIN (SELECT * FROM defaults_hold
                      WHERE ended_at IS NULL AND reason IN ('promise', 'settlement', 'plan')) h
            ON h.id = a.hold_id AND h.case_id = a.case_id AND h.reason = a.reason
         WHERE a.id IS NULL OR h.id IS NULL
        """,
    ),
    Check(
        "agreements: one at most covers a case, and none a closed one",
        f"""
        {_LIVE}
        SELECT format('case %s is %s with %s', c.id, c.state, string_agg(a.kind, ', ' ORDER BY a.kind))
          FROM agreement a JOIN defaults_defaultcase c ON c.id = a.case_id
         GROUP BY c.id HAVING count(*) > 1 OR c.state = 'closed'
         UNION ALL
        SELECT format('offer %s lives in closed case %s', o.id, c.id)
          FROM defaults_settlementoffer o JOIN defaults_defaultcase c ON c.id = o.case_id
         WHERE o.state IN ('draft', 'live') AND c.state = 'closed'
         UNION ALL
        SELECT format('placement %s lives in closed case %s', p.id, c.id)
          FROM defaults_placement p JOIN defaults_defaultcase c ON c.id = p.case_id
         WHERE p.state IN ('announced', 'placed') AND c.state = 'closed'
        """,
    ),
    Check(
        "agreements: the state of a case says what covers it",
        f"""
        {_LIVE}
        SELECT format('case %s is %s with %s, at an agency: %s', c.id, c.state, a.kinds, p.id IS NOT NULL)
          FROM defaults_defaultcase c
          LEFT JOIN (SELECT case_id, array_agg(kind) AS kinds FROM agreement GROUP BY case_id) a ON a.case_id = c.id
          LEFT JOIN defaults_placement p ON p.case_id = c.id AND p.state = 'placed'
         WHERE c.state <> 'closed' AND {SETTLED}
           AND (c.state IN ('placed', 'in_plan', 'promised') OR a.kinds IS NOT NULL OR p.id IS NOT NULL)
           AND c.state <> CASE WHEN p.id IS NOT NULL THEN 'placed'
                               WHEN a.kinds && ARRAY['offer', 'plan'] THEN 'in_plan'
                               WHEN a.kinds IS NOT NULL THEN 'promised' ELSE '' END
        """,
    ),
    Check(
        "agreements: an offer is what its payments owed, and is accepted before its end",
        """
        SELECT format('offer %s of %s: its payments owed %s', o.id, o.outstanding_minor, i.minor)
          FROM defaults_settlementoffer o
         CROSS JOIN LATERAL (SELECT sum((item ->> 1)::bigint) AS minor FROM jsonb_array_elements(o.items) item) i
         WHERE i.minor IS DISTINCT FROM o.outstanding_minor OR o.accepted_at >= o.expires_at
            OR (o.ended_at IS NULL) <> (o.state IN ('draft', 'live', 'accepted'))
        """,
    ),
    Check(
        "agreements: no offer of the system asks for a smaller share than the first one of its case",
        """
        SELECT format('offer %s: %s of %s after %s of %s', o.id, o.pay_minor, o.outstanding_minor,
                      f.pay_minor, f.outstanding_minor)
          FROM defaults_settlementoffer o
          JOIN (SELECT DISTINCT ON (case_id) case_id, pay_minor, outstanding_minor FROM defaults_settlementoffer
                 WHERE state <> 'draft' ORDER BY case_id, made_at, id) f ON f.case_id = o.case_id
         WHERE o.made_by NOT LIKE 'staff:%'
           AND o.pay_minor::numeric * f.outstanding_minor < f.pay_minor::numeric * o.outstanding_minor
        """,
    ),
    Check(
        "agreements: a paid offer waived the rest and nothing else",
        f"""
        SELECT format('offer %s: %s of %s, waived %s, then owed %s', o.id, o.pay_minor, o.outstanding_minor, w.minor,
                      r.minor)
          FROM defaults_settlementoffer o
         CROSS JOIN LATERAL (
               SELECT array_agg((item ->> 0)::bigint) AS payments FROM jsonb_array_elements(o.items) item) i
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(amount_minor), 0) AS minor, max(id) AS last FROM accounts_ledgerentry e
                WHERE e.payment_id = ANY(i.payments) AND e.kind = 'waiver' AND e.to_account = 'waived'
                  AND e.act = 'offer paid' AND e.occurred_at = o.ended_at) w
         CROSS JOIN LATERAL (
               SELECT coalesce(sum({_RECEIVABLE}), 0) AS minor FROM accounts_ledgerentry e
                WHERE e.payment_id = ANY(i.payments) AND e.id <= w.last) r
         WHERE o.state = 'paid' AND (w.minor = 0 OR w.minor > o.outstanding_minor - o.pay_minor
                                     OR (r.minor <> 0 AND w.minor < o.outstanding_minor - o.pay_minor))
        """,
    ),
    Check(
        "agreements: the instalments of a plan are two to six and sum to what its payments owed",
        """
        SELECT format('plan %s of %s: %s instalments of %s', p.id, p.total_minor, n.count, n.minor)
          FROM defaults_paymentplan p
         CROSS JOIN LATERAL (SELECT count(*), sum(amount_minor) AS minor, max(number) AS last
                               FROM defaults_instalment WHERE plan_id = p.id) n
         CROSS JOIN LATERAL (SELECT sum((item ->> 1)::bigint) AS minor FROM jsonb_array_elements(p.items) item) i
         WHERE n.minor IS DISTINCT FROM p.total_minor OR i.minor IS DISTINCT FROM p.total_minor
            OR n.count NOT BETWEEN 2 AND 6 OR n.last <> n.count
            OR (p.ended_at IS NULL) <> (p.state = 'live')
        """,
    ),
]
