"""Keys to the API. A key is shown once; of its secret only the SHA-256 digest is kept (256 random bits need no salt)."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from ..models import ApiKey, Merchant, Scope, StaffToken, User

_IN_FORCE = """
    SELECT id, merchant_id, key_id, digest, scopes::text[] FROM accounts_apikey
    WHERE key_id = ANY(%s) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %s)"""
_KEY_FIELDS = ("id", "merchant_id", "key_id", "digest", "scopes")
_KEY = re.compile(r"am_(?P<kind>live|staff)_(?P<id>[0-9a-f]{16})_(?P<secret>[A-Za-z0-9_-]{43})", re.ASCII)


class Presented(NamedTuple):
    """A key as shown: its id, and the SHA-256 digest of its secret."""

    key_id: str
    digest: bytes


def issue_api_key(*, merchant: Merchant, scopes: list[str], expires_at: datetime | None = None) -> str:
    """Make a key and answer its text, the only time it can be read. Raises ValueError for an unknown scope."""
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        raise ValueError(f"Scopes are {', '.join(Scope.values)}; not {', '.join(unknown) or 'none at all'}.")
    key_id, secret = _fresh()
    ApiKey.objects.create(
        merchant=merchant,
        key_id=key_id,
        digest=_digest(secret),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    return f"am_live_{key_id}_{secret}"


def issue_staff_token(*, user: User, expires_at: datetime | None = None) -> str:
    key_id, secret = _fresh()
    StaffToken.objects.create(user=user, key_id=key_id, digest=_digest(secret), expires_at=expires_at)
    return f"am_staff_{key_id}_{secret}"


def presented(text: str) -> Presented | None:
    """What a caller shows as a merchant's key; None for a text that is none."""
    parts = _KEY.fullmatch(text)
    return Presented(parts["id"], _digest(parts["secret"])) if parts and parts["kind"] == "live" else None


def keys_in_force(keys: Collection[Presented], *, now: datetime) -> dict[Presented, ApiKey]:
    """Those of these keys that are genuine and in force at `now`; one query, spelt out, since every push pays for it."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [[key.key_id for key in keys], now])
        rows = {row[2]: row for row in cursor.fetchall()}
    return {
        key: ApiKey.from_db(connection.alias, _KEY_FIELDS, row)
        for key in keys
        if (row := rows.get(key.key_id)) and hmac.compare_digest(bytes(row[3]), key.digest)
    }


def authenticate_api_key(text: str, *, now: datetime) -> ApiKey | None:
    """The key if `text` is one in force at `now`."""
    key = presented(text)
    return keys_in_force([key], now=now).get(key) if key else None


def authenticate_staff_token(text: str, *, now: datetime) -> StaffToken | None:
    """The token with its user, who must be active."""
    parts = _KEY.fullmatch(text)
    if not parts or parts["kind"] != "staff":
        return None
    rows = StaffToken.objects.select_related("user").filter(user__is_active=True, revoked_at=None)
    row = rows.filter(key_id=parts["id"]).first()
    if row is None or not hmac.compare_digest(bytes(row.digest), _digest(parts["secret"])):
        return None
    return row if row.expires_at is None or now < row.expires_at else None


def _fresh() -> tuple[str, str]:
    return secrets.token_hex(8), secrets.token_urlsafe(32)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
