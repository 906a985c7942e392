"""The gate: the one way by which a message leaves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ..channels import OpenChannel


@dataclass(slots=True)
class SendResult:
    """How many messages were taken, and what became of them."""

    claimed: int = 0
    sent: int = 0
    refused: int = 0
    failed: int = 0
    unknown: int = 0
    put_back: int = 0


def send_due(*, clock: Callable[[], datetime], channels: dict[str, OpenChannel], limit: int) -> SendResult:
    """Claim up to `limit` due messages and take each through the gate. `clock` reads the business clock."""
    raise NotImplementedError
