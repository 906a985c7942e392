"""Named questions about cases."""

from datetime import datetime

from django.db import models

from .case_states import CaseState


class DefaultCaseQuerySet(models.QuerySet):
    def live(self):
        return self.exclude(state=CaseState.CLOSED)

    def due_for_review(self, now: datetime):
        """Cases whose next step is to be decided by `now`, the longest waiting first."""
        return self.live().filter(next_review_at__lte=now).order_by("next_review_at", "id")

    def touched(self):
        """Live cases with a payment that changed since the case was assessed."""
        return self.live().filter(items__released_at__isnull=True, items__payment__touched=True).distinct()
