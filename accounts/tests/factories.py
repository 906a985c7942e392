"""Small worlds for tests: merchants, and events in the shape of the API contract."""

from datetime import UTC, datetime
from itertools import count

from accounts.models import Merchant

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
_numbers = count(1)


def merchant(slug: str = "songbird", **fields) -> Merchant:
    defaults = {
        "name": "Songbird",
        "jurisdiction": "KR",
        "time_zone": "Asia/Seoul",
        "locale": "ko",
        "currency": "KRW",
    }
    return Merchant.objects.create(slug=slug, **defaults | fields)


def event(kind: str, *, id: str | None = None, at: str = "2026-11-01T09:30:00+09:00", **data) -> dict:  # noqa: A002
    """One event; everything else given goes into its data."""
    return {"id": id or f"evt-{next(_numbers)}", "type": kind, "occurred_at": at, "data": data}


def due(payment: str = "ord-1", *, amount: int = 9900, customer: dict | None = None, **fields) -> dict:
    told = {
        "currency": "KRW",
        "due_on": "2026-11-05",
        "customer": customer or {"reference": "u-1", "name": "김서연"},
    }
    envelope = {name: fields.pop(name) for name in ("id", "at") if name in fields}
    return event("payment.due", **envelope, payment=payment, amount=amount, **told | fields)


def paid(payment: str = "ord-1", *, amount: int = 9900, **fields) -> dict:
    return event("payment.paid", payment=payment, amount=amount, **fields)
