"""Who else looks at a case. Reads only."""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta

from django.db.models.functions import Now

from accounts.models import User

from ..models import Presence
from ..services.presence import SECONDS


def others_at(case_ids: Collection[int], *, user_id: int) -> dict[int, list[User]]:
    """The other people at each of these cases; a case nobody looks at is left out. One query."""
    fresh = Presence.objects.filter(case__in=case_ids, seen_at__gt=Now() - timedelta(seconds=SECONDS))
    found: dict[int, dict[int, User]] = defaultdict(dict)
    for one in fresh.exclude(user=user_id).select_related("user").order_by("user__username"):
        found[one.case_id][one.user_id] = one.user
    return {case_id: list(people.values()) for case_id, people in found.items()}
