"""Finding the case behind a customer's link. Reads only."""

from datetime import datetime
import hashlib

from ..models import ResolutionLink

LONGEST_TOKEN = 200


def find_link(token: str, *, now: datetime) -> ResolutionLink | None:
    """The link in force with its case, merchant and customer; one query, whatever is wrong with the token."""
    digest = hashlib.sha256(token[:LONGEST_TOKEN].encode("utf-8", "replace")).digest()
    return (
        ResolutionLink.objects.filter(digest=digest, expires_at__gt=now, revoked_at__isnull=True)
        .select_related("case__merchant", "case__customer__preference")
        .first()
    )
