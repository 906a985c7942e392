"""Answers given under an `Idempotency-Key`: found again for 30 days, in the words they were first given in."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from ..models import IdempotentCall
from ..sealed import seal, unseal

KEPT_FOR = timedelta(days=30)

_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(%s, %s)"
_FORGET = """
DELETE FROM accounts_idempotentcall WHERE id IN (
       SELECT id FROM accounts_idempotentcall WHERE created_at < %s ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Call:
    """`holder`: the merchant or the staff member, whichever key they used. `route`: method and path."""

    holder: str
    route: str
    key: str

    def take_lock(self) -> bool:
        """Keep others who make the same call out until the transaction ends; False when somebody is making it now."""
        digest = hashlib.sha256("|".join((self.holder, self.route, self.key)).encode()).digest()
        halves = [int.from_bytes(digest[at : at + 4], "big", signed=True) for at in (0, 4)]
        with connection.cursor() as cursor:
            cursor.execute(_TRY_LOCK, halves)
            return cursor.fetchone()[0]

    def find(self, *, now: datetime) -> IdempotentCall | None:
        return IdempotentCall.objects.filter(
            holder=self.holder, route=self.route, key=self.key, created_at__gte=now - KEPT_FOR
        ).first()

    def keep(
        self, *, request_digest: bytes, status: int, headers: dict[str, str], body: bytes, now: datetime
    ) -> None:
        """Write the answer; an older one under the same key, past its time, makes room."""
        IdempotentCall.objects.filter(holder=self.holder, route=self.route, key=self.key).delete()
        IdempotentCall.objects.create(
            holder=self.holder,
            route=self.route,
            key=self.key,
            request_digest=request_digest,
            status=status,
            headers=headers,
            body=seal(body, context=self._context),
            created_at=now,
        )

    def body_of(self, kept: IdempotentCall) -> bytes:
        return unseal(kept.body, context=self._context)

    @property
    def _context(self) -> str:
        return f"idempotentcall.body|{self.holder}|{self.route}|{self.key}"


def forget_answers(*, now: datetime, limit: int = 5000) -> int:
    """Delete up to `limit` answers older than KEPT_FOR; how many there were. Safe to run twice at once."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [now - KEPT_FOR, limit])
        return cursor.rowcount
