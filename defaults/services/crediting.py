"""Undoing sales that were disputed rightly, or hit by an incident: told to the intake as any merchant would tell it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from django.db import connection

from accounts.models import Payment
from accounts.services import record_events

from ..models import Dispute
from .acts import Refused

# With the payments of its case, so that all are locked ascending before the contact lock and the case.
_LOCK = """
SELECT id FROM accounts_payment
 WHERE id IN (SELECT payment_id FROM defaults_dispute_payments WHERE dispute_id = %(dispute)s
               UNION SELECT payment_id FROM defaults_caseitem WHERE case_id = %(case)s AND released_at IS NULL)
 ORDER BY id FOR NO KEY UPDATE
"""


def lock_payments_of(dispute: Dispute) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"dispute": dispute.id, "case": dispute.case_id})


def take_off(
    dispute: Dispute, *, key: str, now: datetime, parts: Mapping[int, int] | None = None
) -> dict[int, int]:
    """Credit these parts of the dispute's payments (payment id → minor units above 0); None: undo what is left of each sale.

    An undone sale is void, so a merchant that credits or voids it too takes nothing off twice. The payments are locked by
    the caller. Answers what was taken off of which payment; nothing where the merchant has undone the sale already.
    Raises Refused: not_in_dispute, more_than_sold.
    """
    payments = {payment.id: payment for payment in dispute.payments.all()}
    sold = {payment_id: _sold(payment) for payment_id, payment in payments.items()}
    wanted = sold if parts is None else dict(parts)
    if not set(wanted) <= set(sold):
        raise Refused("not_in_dispute", "Only payments of the dispute can be credited.")
    if any(not 0 <= minor <= sold[payment_id] for payment_id, minor in wanted.items()):
        raise Refused("more_than_sold", "No more can be credited than was sold.")
    taken_off = {payment_id: minor for payment_id, minor in sorted(wanted.items()) if minor}
    events = [
        event_about(payments[payment_id], key=key, now=now, minor=None if parts is None else minor)
        for payment_id, minor in taken_off.items()
    ]
    fates = record_events(merchant_id=dispute.case.merchant_id, events=events, now=now)
    if strange := [fate for fate in fates if fate.status not in ("applied", "duplicate")]:
        raise Refused("not_taken", f"The intake did not take it: {strange[0].status}.")
    return taken_off


def event_about(payment: Payment, *, key: str, now: datetime, minor: int | None = None) -> dict:
    """The event that voids a payment, or credits `minor` of it; its id makes it count once."""
    told = {"id": f"amends:{key}:{payment.id}", "occurred_at": now.astimezone(UTC).isoformat()}
    if minor is None:
        return told | {"type": "payment.voided", "data": {"payment": payment.reference}}
    return told | {"type": "payment.credited", "data": {"payment": payment.reference, "amount": minor}}


def _sold(payment: Payment) -> int:
    return 0 if payment.is_void else max(payment.amount_minor - payment.credited_minor, 0)
