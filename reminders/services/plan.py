"""The plan stage: deciding what is to be said, and storing why, for every case whose review is due."""

from dataclasses import dataclass, field
from datetime import datetime

from ..models import Run


@dataclass(slots=True)
class PlanResult:
    """`counts`: cases by kind of decision. `reasons`: deferred and blocked cases by rule. `messages`: queued ones."""

    considered: int = 0
    messages: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)


def plan(
    *, now: datetime, limit: int, run: Run | None = None, merchant_id: int | None = None, dry: bool = False
) -> PlanResult:
    """Decide up to `limit` due cases; commits chunk by chunk. `dry`: nothing is written."""
    raise NotImplementedError
