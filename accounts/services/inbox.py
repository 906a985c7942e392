"""The inbox table: every event once, its body sealed."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from ..event_reading import stored_event
from ..sealed import seal, unseal
from .bulk import insert_rows, parts, update_rows
from .incoming import Fate, Incoming, payment_of

_COLUMNS = (
    ("id", "bigint"),
    ("merchant_id", "bigint"),
    ("event_id", "text"),
    ("type", "text"),
    ("occurred_at", "timestamptz"),
    ("payment_reference", "text"),
    ("fingerprint", "bytea"),
    ("body", "bytea"),
    ("status", "text"),
    ("received_at", "timestamptz"),
    ("applied_at", "timestamptz"),
)
_STATUS_COLUMNS = (("id", "bigint"), ("status", "text"), ("applied_at", "timestamptz"))

# Parked events whose payment is there by now (its due event and this one crossed), and pending ones.
_WAITING = """
    SELECT e.id, e.merchant_id, e.event_id, e.body FROM accounts_paymentevent e
    LEFT JOIN accounts_payment p ON p.merchant_id = e.merchant_id AND p.reference = e.payment_reference
    WHERE e.status <> 'applied' AND (e.status = 'pending' OR p.id IS NOT NULL)
    ORDER BY e.id LIMIT %s FOR UPDATE OF e SKIP LOCKED"""

_PARKED_FOR = """
    SELECT e.id, e.merchant_id, e.event_id, e.body FROM accounts_paymentevent e
    WHERE e.merchant_id = ANY(%s) AND e.payment_reference = ANY(%s) AND e.status <> 'applied' AND e.status = 'parked'
    ORDER BY e.id FOR UPDATE"""

_DIGESTS = """
    SELECT e.merchant_id, e.event_id, e.fingerprint FROM accounts_paymentevent e
    WHERE e.merchant_id = ANY(%s) AND e.event_id = ANY(%s)"""


def digests(incoming: Sequence[Incoming]) -> dict[tuple[int, str], bytes]:
    """Fingerprints of those of these events that are in the inbox already, by (merchant, event id)."""
    rows = _rows(_DIGESTS, *parts({(item.merchant_id, item.event.id) for item in incoming}))
    return {(merchant_id, event_id): bytes(digest) for merchant_id, event_id, digest in rows}


def store(items: Sequence[Incoming], *, now: datetime) -> None:
    """Write these events with the fate each has by now: one insert for the fresh, one update for the stored."""
    fresh = sorted(
        (item for item in items if not item.is_stored), key=lambda item: (item.merchant_id, item.event.id)
    )
    insert_rows("accounts_paymentevent", _COLUMNS, [_row(item, now) for item in fresh])
    changed = [item for item in items if item.is_stored and item.fate.status == "applied"]
    update_rows(
        "accounts_paymentevent",
        _STATUS_COLUMNS,
        [{"id": item.row_id, "status": item.fate.status, "applied_at": now} for item in changed],
    )


def lock_waiting(*, limit: int) -> list[Incoming]:
    """Stored events that can be applied now, locked; others' locked ones are passed over."""
    return [_opened(*row) for row in _rows(_WAITING, limit)]


def lock_parked_for(keys: Sequence[tuple[int, str]]) -> list[Incoming]:
    """Parked events of these (merchant, payment reference), locked."""
    wanted = set(keys)
    opened = [_opened(*row) for row in _rows(_PARKED_FOR, *parts(wanted))]
    return [item for item in opened if (item.merchant_id, item.payment) in wanted]


def body_of(*, merchant_id: int, event_id: str, sealed: bytes | memoryview) -> bytes:
    """The body of a stored event in clear, as received."""
    return unseal(sealed, context=_context(merchant_id, event_id))


def _row(item: Incoming, now: datetime) -> dict:
    event = item.event
    return {
        "id": item.row_id,
        "merchant_id": item.merchant_id,
        "event_id": event.id,
        "type": event.__struct_config__.tag,
        "occurred_at": event.occurred_at,
        "payment_reference": item.payment,
        "fingerprint": item.digest,
        "body": seal(item.body, context=_context(item.merchant_id, event.id)),
        "status": item.fate.status,
        "received_at": now,
        "applied_at": now if item.fate.status == "applied" else None,
    }


def _opened(row_id: int, merchant_id: int, event_id: str, sealed: memoryview) -> Incoming:
    body = body_of(merchant_id=merchant_id, event_id=event_id, sealed=sealed)
    event = stored_event(body)
    fate = Fate(event_id, "parked")
    return Incoming(merchant_id, event, payment_of(event), body, b"", fate, row_id, is_stored=True)


def _context(merchant_id: int, event_id: str) -> str:
    return f"paymentevent.body|{merchant_id}|{event_id}"


def _rows(sql: str, *parameters) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
