"""Money that reached us by another way than a merchant's event: it is told through the same intake."""

from collections.abc import Mapping
from datetime import UTC, datetime

from ..models import Payment, PaymentEvent
from .incoming import Fate
from .record_events import record_events


def receive_money(
    *, merchant_id: int, parts: Mapping[int, int], key: str, method: str, rule: str, now: datetime
) -> list[Fate]:
    """Tell the intake of money for each of these payments of a merchant (payment id → minor units above 0), once per `key`.

    Answers one fate per payment, ascending by id: `duplicate` where this key was told before (whenever that was), `pending`
    while a message to the customer is leaving (stored; it counts with the next sweep, before anything more is said), and
    `rejected` (event_id_reused) where the key was used for another amount. Money above what is owed becomes credit.
    Raises ValueError for a payment that is not the merchant's.
    """
    rows = {
        row_id: told
        for row_id, *told in Payment.objects.filter(merchant=merchant_id, id__in=list(parts)).values_list(
            "id", "reference", "currency"
        )
    }
    if len(rows) != len(parts):
        raise ValueError("One of these payments is not there.")
    fates: list[Fate] = []
    # A second caller with the same key may come between the look and the telling; the second look then finds the first.
    for _ in range(2):
        events = [
            _event(row_id, *rows[row_id], minor=parts[row_id], key=key, method=method, rule=rule)
            for row_id in sorted(parts)
        ]
        fates = record_events(merchant_id=merchant_id, events=_dated(events, merchant_id, now), now=now)
        if all(fate.status != "rejected" for fate in fates):
            break
    return fates


def _event(
    payment_id: int, reference: str, currency: str, *, minor: int, key: str, method: str, rule: str
) -> dict:
    return {
        "id": f"amends:{key}:{payment_id}",
        "type": "payment.paid",
        "data": {
            "payment": reference,
            "amount": minor,
            "method": method,
            "currency": currency,
            "rule": rule,
        },
    }


def _dated(events: list[dict], merchant_id: int, now: datetime) -> list[dict]:
    """With the instant under which each was told first, so that telling it again is no other event."""
    told = dict(
        PaymentEvent.objects.filter(
            merchant=merchant_id, event_id__in=[event["id"] for event in events]
        ).values_list("event_id", "occurred_at")
    )
    return [
        event | {"occurred_at": told.get(event["id"], now).astimezone(UTC).isoformat()} for event in events
    ]
