"""What must hold of what protects customers: disputes, deferrals, debt adjustment, incidents (contact-rules.md 1.7 to 1.10)."""

from accounts.invariants import Check

# A case with a touched payment is about to be assessed: until then its cached sum may lag, what is sent never does.
SETTLED = """
NOT EXISTS (SELECT FROM defaults_caseitem ti JOIN accounts_payment tp ON tp.id = ti.payment_id
             WHERE ti.case_id = c.id AND ti.released_at IS NULL AND tp.touched)
"""

# Open payments of a live case, and whether a raised dispute of that case is about each.
_OPEN_ITEMS = """
SELECT i.case_id, bool_and(EXISTS (SELECT FROM defaults_dispute_payments dp JOIN defaults_dispute d ON d.id = dp.dispute_id
                                    WHERE dp.payment_id = p.id AND d.case_id = i.case_id AND d.state = 'raised')
                  ) AS all_disputed
  FROM defaults_caseitem i JOIN accounts_payment p ON p.id = i.payment_id
 WHERE i.released_at IS NULL AND p.outstanding_minor > 0
   AND i.case_id IN (SELECT case_id FROM defaults_dispute WHERE state = 'raised')
 GROUP BY i.case_id
"""

PROTECTIONS = [
    Check(
        "protection: a case is held by its disputes while nothing undisputed is open, and by no dispute that is over",
        f"""
        SELECT format('case %s has nothing undisputed and no hold', c.id)
          FROM defaults_defaultcase c JOIN ({_OPEN_ITEMS}) o ON o.case_id = c.id AND o.all_disputed
         WHERE c.state <> 'closed' AND {SETTLED}
           AND NOT EXISTS (SELECT FROM defaults_dispute d JOIN defaults_hold h ON h.id = d.hold_id
                            WHERE d.case_id = c.id AND d.state = 'raised' AND h.ended_at IS NULL)
         UNION ALL
        SELECT format('hold %s of dispute %s, which is %s', h.id, d.id, d.state)
          FROM defaults_dispute d JOIN defaults_hold h ON h.id = d.hold_id
         WHERE d.state <> 'raised' AND h.ended_at IS NULL AND h.until IS NULL
        """,
    ),
    Check(
        "protection: the sale of what was disputed rightly is undone",
        """
        SELECT format('dispute %s: payment %s', d.id, p.id)
          FROM defaults_dispute d
          JOIN defaults_dispute_payments dp ON dp.dispute_id = d.id
          JOIN accounts_payment p ON p.id = dp.payment_id
         WHERE d.state = 'upheld' AND NOT p.is_void AND p.credited_minor = 0
        """,
    ),
    Check(
        "protection: asking rests while a debt adjustment is open",
        """
        SELECT format('request %s is %s', a.id, a.state)
          FROM defaults_adjustmentrequest a JOIN defaults_hold h ON h.id = a.hold_id
         WHERE a.state IN ('requested', 'offered')
           AND (h.ended_at IS NOT NULL OR h.until IS NOT NULL OR h.reason <> 'protection' OR h.case_id <> a.case_id)
        """,
    ),
    Check(
        "protection: a deferral is a hold for hardship with an end, and an extension follows a first one",
        """
        SELECT format('deferral %s', d.id)
          FROM defaults_deferral d JOIN defaults_hold h ON h.id = d.hold_id
          LEFT JOIN defaults_deferral f ON f.case_id = d.case_id AND f.reason = d.reason AND NOT f.is_extension
         WHERE h.reason <> 'hardship' OR h.until IS NULL OR h.case_id <> d.case_id OR f.id IS NULL OR f.asked_at > d.asked_at
        """,
    ),
    Check(
        "protection: payments and holds of an incident are its merchant's, and a voided one let go of nobody too early",
        """
        SELECT format('incident %s: payment %s', n.id, p.id)
          FROM defaults_incident n
          JOIN defaults_incident_payments ip ON ip.incident_id = n.id
          JOIN accounts_payment p ON p.id = ip.payment_id
         WHERE p.merchant_id <> n.merchant_id
            OR (n.state = 'voided' AND NOT p.is_void
                AND NOT EXISTS (SELECT FROM accounts_paymentevent e
                                 WHERE e.merchant_id = n.merchant_id AND e.payment_reference = p.reference
                                   AND e.status <> 'applied')
                AND NOT EXISTS (SELECT FROM defaults_incident_holds ih JOIN defaults_hold h ON h.id = ih.hold_id
                                 WHERE ih.incident_id = n.id AND h.customer_id = p.customer_id AND h.ended_at IS NULL))
         UNION ALL
        SELECT format('incident %s: hold %s', n.id, h.id)
          FROM defaults_incident n
          JOIN defaults_incident_holds ih ON ih.incident_id = n.id
          JOIN defaults_hold h ON h.id = ih.hold_id
          JOIN accounts_customer u ON u.id = h.customer_id
         WHERE u.merchant_id <> n.merchant_id
        """,
    ),
]
