"""Which cases are due: by the index of what waits for review, the longest waiting first."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from ..models import Run

CHUNK = 1000
# A run is decided in smaller ones: a pause waits for the one that is being written, for some hundredths of a second.
RUN_CHUNK = 100
# What was due when a run was asked for is that run's own until it is over.
_DUE = """
SELECT c.id, c.next_review_at FROM defaults_defaultcase c
 WHERE c.next_review_at <= %(until)s AND c.state <> 'closed' AND (c.next_review_at, c.id) > (%(after_at)s, %(after_id)s)
   AND (%(merchant)s IS NULL OR c.merchant_id = %(merchant)s)
   AND NOT EXISTS (SELECT FROM reminders_run r
                    WHERE r.state IN ('running', 'paused') AND NOT r.is_dry AND r.id < %(before_run)s
                      AND (r.merchant_id IS NULL OR r.merchant_id = c.merchant_id) AND c.next_review_at <= r.as_of)
 ORDER BY c.next_review_at, c.id LIMIT %(limit)s
"""
START = (datetime(1970, 1, 1, tzinfo=UTC), 0)
_EVERY_RUN = 2**62


@dataclass(frozen=True, slots=True)
class DueCases:
    """Which due cases are meant.

    `run`: those due when it was asked for, but for what an earlier run owns; a dry one takes all.
    """

    now: datetime
    merchant_id: int | None
    run: Run | None
    dry: bool

    @property
    def chunk(self) -> int:
        return CHUNK if self.run is None or self.dry else RUN_CHUNK

    def due(
        self, *, size: int, after: tuple[datetime, int] = START, lock: str = ""
    ) -> list[tuple[int, datetime]]:
        values = {
            "until": self.run.as_of if self.run else self.now,
            "merchant": self.merchant_id,
            "after_at": after[0],
            "after_id": after[1],
            "before_run": 0 if self.dry else self.run.pk if self.run else _EVERY_RUN,
            "limit": size,
        }
        with connection.cursor() as cursor:
            cursor.execute(_DUE + lock, values)
            return cursor.fetchall()

    def claim(self, *, size: int, after: tuple[datetime, int]) -> list[tuple[int, datetime]]:
        if self.dry:
            return self.due(size=size, after=after)
        return self.due(size=size, lock=" FOR NO KEY UPDATE OF c SKIP LOCKED")
