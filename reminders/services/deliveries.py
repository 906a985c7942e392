"""What channels report about messages: stored first, applied once, forward only."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`kind`: delivered, bounced, failed or complained. `event_id` is the provider's own, unique per channel."""

    event_id: str
    message_key: str
    kind: str
    occurred_at: datetime
    detail: str = ""


def record_delivery(*, channel: str, reports: list[Report]) -> int:
    """Store reports; how many were new."""
    raise NotImplementedError


def apply_deliveries(*, now: datetime, limit: int = 1000) -> int:
    """Apply stored reports; how many were settled."""
    raise NotImplementedError
