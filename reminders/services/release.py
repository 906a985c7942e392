"""Messages whose sender went silent: found by the database's clock, settled by what their channel remembers."""

from dataclasses import dataclass
from datetime import datetime

from ..channels import OpenChannel


@dataclass(slots=True)
class ReleaseResult:
    found: int = 0
    queued: int = 0
    sent: int = 0
    unconfirmed: int = 0
    waiting: int = 0


def release(*, now: datetime, channels: dict[str, OpenChannel], limit: int = 500) -> ReleaseResult:
    """Settle up to `limit` messages in `sending` whose lease is over."""
    raise NotImplementedError


def resolve_unconfirmed(*, message_id: int, was_sent: bool, send_again: bool, now: datetime, actor: str) -> None:
    """A person says what became of an unconfirmed message."""
    raise NotImplementedError
