"""The saved views a person has: their own, and what is shared. Reads only."""

from django.db.models import Q, QuerySet

from accounts.models import User

from ..models import SavedView

MOST_SHOWN = 40


def saved_views(user: User) -> QuerySet[SavedView]:
    """Their own first, each group by name."""
    found = SavedView.objects.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner")
    return found.order_by("is_shared", "name", "pk")
