"""Named questions about cases and agreements."""

from datetime import date, datetime

from django.db import models
from django.db.models import Q

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


class HoldQuerySet(models.QuerySet):
    def running(self, now: datetime):
        return self.filter(Q(until=None) | Q(until__gt=now), starts_at__lte=now, ended_at=None)

    def over(self, now: datetime):
        """Past their date and not yet ended, the longest first."""
        return self.filter(ended_at=None, until__lte=now).order_by("until", "id")

    def needed(self):
        """Holds that end with what they protect, and never by hand."""
        return self.filter(
            Q(dispute__state="raised")
            | Q(adjustment__state__in=("requested", "offered"))
            | Q(promise__state="made")
            | Q(plan__state="live")
            | Q(offer__state="accepted")
            | Q(placement__state__in=("announced", "placed"))
            | Q(incidents__state="open")
        ).distinct()


class DisputeQuerySet(models.QuerySet):
    def overdue(self, today: date):
        """Without an answer although it was due before `today`."""
        return self.filter(state="raised", answer_due_on__lt=today)
