"""Purchases of minors, by birth date: held as a whole and looked at by people trained for it (contact-rules.md 1.8; 민법 5).

Nobody asks a minor in any case (KR-MINOR, BASE-MINOR); this brings the case to a person and stops fees and hand-over. A
legal representative is not written to: the product keeps no such contact.
"""

from datetime import datetime

from django.db import connection, transaction

from ..models import DefaultCase, Hold
from . import case_facts
from .history import Entry, append
from .review_queues import MINOR

_SYSTEM = "system"
# The merchant's word of the purchase or its due date, whichever is earlier. A person's decision is not turned round: a
# case that was ever held for it is left alone.
_YOUNG = """
SELECT c.id
  FROM defaults_defaultcase c
  JOIN accounts_merchant m ON m.id = c.merchant_id
  JOIN accounts_customer u ON u.id = c.customer_id
 WHERE c.state <> 'closed' AND u.birth_date IS NOT NULL
   AND EXISTS (SELECT FROM defaults_caseitem i JOIN accounts_payment p ON p.id = i.payment_id
                WHERE i.case_id = c.id AND i.released_at IS NULL
                  AND extract(year FROM age(least(p.due_on, p.told_at::date), u.birth_date))
                      < CASE WHEN coalesce(nullif(u.jurisdiction, ''), m.jurisdiction) = 'KR' THEN 19 ELSE 18 END)
   AND NOT EXISTS (SELECT FROM defaults_hold h
                    WHERE h.customer_id = c.customer_id AND (h.case_id = c.id OR h.case_id IS NULL)
                      AND h.reason = 'minor')
 ORDER BY c.id LIMIT %s
"""


def hold_minors(*, now: datetime, limit: int = 500) -> int:
    """Hold the live cases about what a minor bought, and send them to their queue; the same number of queries however many.

    Waits for nobody: a case in use is found again by the next call. Answers how many were held.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_YOUNG, [limit])
            found = [case_id for (case_id,) in cursor.fetchall()]
        cases = case_facts.claim_cases(found) if found else []
        holds = Hold.objects.bulk_create(
            Hold(
                customer_id=case.customer_id,
                case=case,
                reason=Hold.Reason.MINOR,
                placed_by=_SYSTEM,
                starts_at=now,
            )
            for case in cases
        )
        DefaultCase.objects.filter(id__in=[case.id for case in cases]).update(
            needs_staff=True, next_review_at=None, review_reason=MINOR
        )
        append([entry for hold in holds for entry in _entries(hold, now=now)])
    return len(cases)


def _entries(hold: Hold, *, now: datetime) -> list[Entry]:
    told = {"case_id": hold.case_id, "at": now, "actor": _SYSTEM, "reason": MINOR}
    return [
        Entry(kind="held", data={"hold": hold.id}, **told),
        Entry(kind="sent_to_review", **told),
    ]
