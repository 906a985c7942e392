"""What must hold of messages and decisions at any time (domain.md, section 5)."""

from accounts.invariants import Check

from .facts import ASKING

_CLASSES = ", ".join(f"'{each}'" for each in sorted(ASKING))
# An instant is read at the edge, before the lock is there: so much may lie between two that were taken in order.
_SLACK = "interval '10 seconds'"
# The classes that ask for money, as handed over.
_ASKED = f"""
asked AS (
     SELECT m.*, c.closed_at, c.opened_at FROM reminders_message m JOIN defaults_defaultcase c ON c.id = m.case_id
      WHERE m.contacted_at IS NOT NULL AND m.contact_class IN ({_CLASSES})
)
"""

ONCE_AND_IN_ORDER = [
    Check(
        "once: no step of a case has two messages, and no message was taken twice by its channel",
        """
        SELECT format('case %s, step %s', case_id, step_key) FROM reminders_message
         GROUP BY case_id, step_key HAVING count(*) > 1
         UNION ALL
        SELECT format('message %s', message_id) FROM reminders_attempt WHERE result = 'sent'
         GROUP BY message_id HAVING count(*) > 1
        """,
    ),
    Check(
        "order: no step goes before those ahead of it have ended",
        """
        SELECT format('message %s (step %s) before message %s (step %s)', m.id, m.step_key, b.id, b.step_key)
          FROM reminders_message m
          JOIN reminders_message b ON b.case_id = m.case_id AND b.policy_version_id = m.policy_version_id
                                  AND b.step_position < m.step_position
         WHERE m.contacted_at IS NOT NULL
           AND (b.state IN ('queued', 'sending') OR coalesce(b.contacted_at, b.ended_at) > m.contacted_at)
        """,
    ),
    Check(
        "order: the days between two steps have passed",
        # Local days may start up to a day from those of UTC.
        """
        SELECT format('message %s: %s after the one before, not %s days', m.id, m.contacted_at - b.at, s.after_days)
          FROM reminders_message m
          JOIN reminders_step s ON s.version_id = m.policy_version_id AND s.key = m.step_key
         CROSS JOIN LATERAL (
               SELECT max(o.contacted_at) AS at FROM reminders_message o
                WHERE o.case_id = m.case_id AND o.step_position < m.step_position) b
         WHERE m.contacted_at < b.at + make_interval(days => s.after_days - 1)
        """,
    ),
]

GATE_AND_SILENCE = [
    Check(
        "gate: every message that left was allowed by a decision at the gate, about the same case",
        """
        SELECT format('message %s', m.id)
          FROM reminders_message m LEFT JOIN reminders_decision d ON d.id = m.gate_decision_id
         WHERE m.contacted_at IS NOT NULL
           AND (d.id IS NULL OR NOT d.at_gate OR d.verdict <> 'allow' OR d.case_id <> m.case_id)
        """,
    ),
    Check(
        "money: what a message asked for was owed, to the unit, when it was handed over",
        f"""
        WITH {_ASKED}
        SELECT format('message %s asked for %s, owed %s', a.id, a.claimed_minor, owed.minor)
          FROM asked a
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE 'receivable' WHEN e.to_account THEN e.amount_minor
                                                     WHEN e.from_account THEN -e.amount_minor ELSE 0 END), 0) AS minor,
                      bool_or(e.posted_at BETWEEN a.contacted_at - {_SLACK} AND a.contacted_at + {_SLACK}) AS is_close
                 FROM accounts_ledgerentry e
                WHERE e.payment_id = ANY(a.claims) AND e.posted_at <= a.contacted_at) owed
         WHERE a.claimed_minor IS DISTINCT FROM owed.minor AND owed.is_close IS NOT TRUE
        """,
    ),
    Check(
        "silence: nothing asks for money after the payment that cleared it, or of a closed or pooling case",
        f"""
        WITH {_ASKED}
        SELECT format('message %s of case %s', a.id, a.case_id)
          FROM asked a
         CROSS JOIN LATERAL (
               SELECT e.to_state FROM defaults_caseevent e
                WHERE e.case_id = a.case_id AND e.to_state <> '' AND e.at < a.contacted_at - {_SLACK}
                ORDER BY e.seq DESC LIMIT 1) s
         WHERE s.to_state IN ('closed', 'pooling')
           AND NOT EXISTS (SELECT FROM defaults_caseevent e
                            WHERE e.case_id = a.case_id AND e.to_state NOT IN ('', 'closed', 'pooling')
                              AND e.at BETWEEN a.contacted_at - {_SLACK} AND a.contacted_at + {_SLACK})
         UNION
        SELECT format('message %s of case %s', a.id, a.case_id) FROM asked a
         CROSS JOIN LATERAL (
               SELECT sum(minor) FILTER (WHERE posted_at < a.contacted_at - {_SLACK}) AS before, sum(minor) AS with_close
                 FROM (SELECT e.posted_at, CASE 'receivable' WHEN e.to_account THEN e.amount_minor
                                                             WHEN e.from_account THEN -e.amount_minor ELSE 0 END AS minor
                         FROM accounts_ledgerentry e
                        WHERE e.payment_id = ANY(a.claims) AND e.posted_at < a.contacted_at + {_SLACK}) moved) owed
         WHERE owed.before <= 0 AND owed.with_close <= 0
        """,
    ),
    Check(
        "silence: nothing asks for money while the case is held or the customer has said stop",
        f"""
        WITH {_ASKED}
        SELECT format('message %s during hold %s', a.id, h.id)
          FROM asked a
          JOIN defaults_hold h ON h.customer_id = a.customer_id AND (h.case_id IS NULL OR h.case_id = a.case_id)
         WHERE a.contacted_at > h.starts_at + {_SLACK}
           AND a.contacted_at < coalesce(least(h.until, h.ended_at), 'infinity')
         UNION ALL
        SELECT format('message %s after a stop', a.id)
          FROM asked a JOIN accounts_contactpreference p ON p.customer_id = a.customer_id
         WHERE a.contacted_at > p.stopped_at + {_SLACK}
        """,
    ),
]

WORTH_END_AND_WHY = [
    Check(
        "worth: no message asks for nothing",
        f"WITH {_ASKED} SELECT format('message %s', id) FROM asked WHERE coalesce(claimed_minor, 0) <= 0",
    ),
    Check(
        "end: every live case has a next look, a person, an agency, a message on its way, or waits for more to be owed",
        """
        SELECT format('case %s is %s and forgotten', c.id, c.state)
          FROM defaults_defaultcase c
         WHERE c.state NOT IN ('closed', 'pooling', 'placed') AND c.next_review_at IS NULL AND NOT c.needs_staff
           AND NOT EXISTS (SELECT FROM reminders_message m
                            WHERE m.case_id = c.id AND m.state IN ('queued', 'sending', 'unconfirmed'))
           AND NOT EXISTS (SELECT FROM defaults_hold h
                            WHERE h.customer_id = c.customer_id AND (h.case_id IS NULL OR h.case_id = c.id)
                              AND h.ended_at IS NULL)
           AND NOT EXISTS (SELECT FROM accounts_contactpreference p
                            WHERE p.customer_id = c.customer_id AND p.stopped_at IS NOT NULL)
        """,
    ),
    Check(
        "why: every message that ended otherwise than by arriving says why",
        """
        SELECT format('message %s is %s', id, state) FROM reminders_message
         WHERE state IN ('cancelled', 'expired', 'failed', 'bounced', 'unconfirmed') AND state_reason = ''
        """,
    ),
    Check(
        "why: every decision gives a reason, and a refusal names its rule",
        """
        SELECT format('decision %s (%s)', id, verdict) FROM reminders_decision
         WHERE reason = '' OR (at_gate AND verdict <> 'allow' AND rule = '' AND kind = '')
        """,
    ),
]

RUNS = [
    Check(
        "runs: what a run says it decided is what it decided, and it decided no case twice",
        """
        SELECT format('run %s', r.id)
          FROM reminders_run r LEFT JOIN reminders_decision d ON d.run_id = r.id
         WHERE NOT r.is_dry
         GROUP BY r.id HAVING r.considered <> count(d.id) OR count(d.id) <> count(DISTINCT d.case_id)
        """,
    ),
]

TENANCY = [
    Check(
        "tenancy: a message, its decision and the payments it names are about one customer",
        """
        SELECT format('message %s', m.id)
          FROM reminders_message m LEFT JOIN defaults_defaultcase c ON c.id = m.case_id
         WHERE c.customer_id IS DISTINCT FROM m.customer_id
         UNION ALL
        SELECT format('message %s names payment %s', m.id, claim.id)
          FROM reminders_message m
         CROSS JOIN LATERAL unnest(m.claims) AS claim(id)
          LEFT JOIN accounts_payment p ON p.id = claim.id
         WHERE p.customer_id IS DISTINCT FROM m.customer_id
        """,
    ),
]

CHECKS = [*ONCE_AND_IN_ORDER, *GATE_AND_SILENCE, *WORTH_END_AND_WHY, *RUNS, *TENANCY]
