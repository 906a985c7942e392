"""The customer's way to a case without signing in: 256 random bits, of which only the digest is kept."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.sealed import fingerprint

from ..models import DefaultCase, ResolutionLink

# The sender makes a link for every message, so this is not left to the model layer.
_INSERT = """
INSERT INTO defaults_resolutionlink (case_id, digest, purpose, created_at, expires_at)
SELECT case_id, digest, 'resolve', %s, %s FROM unnest(%s::bigint[], %s::bytea[]) AS t (case_id, digest)
"""


def create_link(*, case_id: int, now: datetime, days: int = 30) -> str:
    """Make a link to the case and answer its token, the only time it can be read."""
    return create_links(case_ids=[case_id], now=now, days=days)[case_id]


def create_links(*, case_ids: Sequence[int], now: datetime, days: int = 30) -> dict[int, str]:
    """A fresh token for each of these cases, in one query."""
    tokens = {case_id: secrets.token_urlsafe(32) for case_id in case_ids}
    with connection.cursor() as cursor:
        digests = [_digest(token) for token in tokens.values()]
        cursor.execute(_INSERT, [now, now + timedelta(days=days), list(tokens), digests])
    return tokens


def find_link_by_token(*, token: str, now: datetime) -> ResolutionLink | None:
    """The link with its case, open or closed, merchant and customer; None whether absent, expired or revoked.

    One small query for any wrong text, by the digest of it: how long it takes says nothing about how near the guess was.
    """
    found = (
        ResolutionLink.objects.filter(_is_usable(now), digest=_digest(token))
        .values_list("pk", flat=True)
        .first()
    )
    return found and _usable(now).filter(pk=found).first()


def find_link(*, link_id: int, case_id: int, now: datetime) -> ResolutionLink | None:
    """As `find_link_by_token`, for who has shown the token before."""
    return _usable(now).filter(pk=link_id, case=case_id).first()


def find_case_by_token(*, token: str, now: datetime) -> DefaultCase | None:
    link = find_link_by_token(token=token, now=now)
    return link and link.case


def code_of(link: ResolutionLink) -> str:
    """The six digits in force for a link, derived from its nonce with a key: nothing that is stored tells them."""
    digest = fingerprint(f"{link.pk}|{link.code_nonce}", context="link.code")
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"


def revoke_links(*, case_id: int, now: datetime) -> int:
    """Make every link to the case useless; answers how many there were."""
    return ResolutionLink.objects.filter(case=case_id, revoked_at=None).update(revoked_at=now)


def _usable(now: datetime) -> QuerySet[ResolutionLink]:
    rows = ResolutionLink.objects.select_related("case__merchant", "case__customer__preference")
    return rows.filter(_is_usable(now))


def _is_usable(now: datetime) -> Q:
    return Q(revoked_at=None, expires_at__gt=now)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
