"""What channels report about messages: stored first, applied once, forward only."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import connection, transaction
from django.db.models import F, Q

from accounts.models import ContactPoint

from ..message_states import MessageEvent, MessageState, can_move, move
from ..models import DeliveryEvent, Message, Suppression

KINDS = {
    "delivered": MessageEvent.DELIVER,
    "bounced": MessageEvent.BOUNCE,
    "failed": MessageEvent.REFUSE,
    "complained": MessageEvent.DELIVER,
}

_STORE = """
INSERT INTO reminders_deliveryevent (channel, event_id, message_key, kind, occurred_at, detail)
SELECT %(channel)s, event_id, message_key, kind, occurred_at, detail
  FROM jsonb_to_recordset(%(rows)s) AS r (event_id text, message_key text, kind text, occurred_at timestamptz, detail text)
    ON CONFLICT DO NOTHING
"""
# A report about a message whose sender has not written its result yet waits for that.
_UNAPPLIED = """
SELECT e.id FROM reminders_deliveryevent e
  LEFT JOIN reminders_message m ON m.key = e.message_key
 WHERE e.applied_at IS NULL AND m.state IS DISTINCT FROM 'sending'
 ORDER BY e.id LIMIT %s FOR UPDATE OF e SKIP LOCKED
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`kind`: a key of KINDS. `event_id` is the provider's own, unique per channel."""

    event_id: str
    message_key: str
    kind: str
    occurred_at: datetime
    detail: str = ""


def record_delivery(*, channel: str, reports: list[Report]) -> int:
    """Store reports as they came; how many were new. Raises ValueError for a kind nobody knows."""
    unknown = {report.kind for report in reports} - set(KINDS)
    if unknown:
        raise ValueError(f"unknown kinds of report: {', '.join(sorted(unknown))}")
    rows = [
        {
            "event_id": report.event_id[:200],
            "message_key": report.message_key[:120],
            "kind": report.kind,
            "occurred_at": report.occurred_at,
            "detail": report.detail[:300],
        }
        for report in reports
    ]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, {"channel": channel, "rows": msgspec.json.encode(rows).decode()})
        return cursor.rowcount


def apply_deliveries(*, now: datetime, limit: int = 1000) -> int:
    """Apply up to `limit` stored reports in one transaction; how many were settled.

    A report about a message nobody knows, or one that would move it backwards, is settled without effect.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_UNAPPLIED, [limit])
            ids = [event_id for (event_id,) in cursor.fetchall()]
        events = list(DeliveryEvent.objects.filter(id__in=ids).order_by("occurred_at", "id"))
        keys = [event.message_key for event in events]
        locked = Message.objects.select_for_update().filter(key__in=keys).order_by("id")
        messages = {message.key: message for message in locked}
        touched: dict[int, Message] = {}
        for event in events:
            message = messages.get(event.message_key)
            if message is not None and message.channel == event.channel and _move(message, event, now=now):
                touched[message.pk] = message
        Message.objects.bulk_update(touched.values(), ["state", "state_reason", "ended_at"], batch_size=500)
        _mark_addresses(events, messages)
        DeliveryEvent.objects.filter(id__in=ids).update(applied_at=now)
    return len(ids)


def _move(message: Message, event: DeliveryEvent, *, now: datetime) -> bool:
    happened = KINDS[event.kind]
    if not can_move(message.state, happened):
        return False
    message.state = move(message.state, happened)
    message.state_reason = "" if message.state == MessageState.DELIVERED else event.kind
    message.ended_at = now
    return True


def _mark_addresses(events: list[DeliveryEvent], messages: dict[str, Message]) -> None:
    """A bounce marks the address it came from, unless the customer has given another since; a complaint bars it for good."""
    for kind, health in (
        ("bounced", ContactPoint.Health.BOUNCED),
        ("complained", ContactPoint.Health.SUPPRESSED),
    ):
        told = Q(pk__in=[])
        for event in events:
            message = messages.get(event.message_key)
            if (
                event.kind != kind
                or message is None
                or message.channel != event.channel
                or not message.contacted_at
            ):
                continue
            told |= Q(
                customer=message.customer_id, channel=message.channel, updated_at__lte=message.contacted_at
            )
        points = ContactPoint.objects.filter(told)
        if kind == "complained":
            Suppression.objects.bulk_create(
                [
                    Suppression(channel=point.channel, fingerprint=point.fingerprint, reason="complaint")
                    for point in points
                ],
                ignore_conflicts=True,
            )
        points.exclude(health=ContactPoint.Health.SUPPRESSED).update(
            health=health, updated_at=F("updated_at")
        )
