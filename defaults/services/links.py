"""The customer's way to a case without signing in: 256 random bits, of which only the digest is kept."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from ..models import DefaultCase, ResolutionLink


def create_link(*, case_id: int, now: datetime, days: int = 30) -> str:
    """Make a link to the case and answer its token, the only time it can be read."""
    return create_links(case_ids=[case_id], now=now, days=days)[case_id]


def create_links(*, case_ids: Sequence[int], now: datetime, days: int = 30) -> dict[int, str]:
    """A fresh token for each of these cases, in one query."""
    tokens = {case_id: secrets.token_urlsafe(32) for case_id in case_ids}
    ResolutionLink.objects.bulk_create(
        ResolutionLink(
            case_id=case_id, digest=_digest(token), created_at=now, expires_at=now + timedelta(days=days)
        )
        for case_id, token in tokens.items()
    )
    return tokens


def find_case_by_token(*, token: str, now: datetime) -> DefaultCase | None:
    """The case, open or closed, with merchant and customer; None whether absent, expired or revoked.

    One query for any text, by the digest of it: how long it takes says nothing about how near the guess was.
    """
    link = (
        ResolutionLink.objects.select_related("case__merchant", "case__customer")
        .filter(digest=_digest(token), revoked_at=None, expires_at__gt=now)
        .first()
    )
    return link and link.case


def revoke_links(*, case_id: int, now: datetime) -> int:
    """Make every link to the case useless; answers how many there were."""
    return ResolutionLink.objects.filter(case=case_id, revoked_at=None).update(revoked_at=now)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
