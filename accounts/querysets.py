"""Named questions about payments and events."""

from datetime import date

from django.db import models


class PaymentQuerySet(models.QuerySet):
    def owed(self):
        """Still owed, due or not."""
        return self.filter(outstanding_minor__gt=0)

    def delinquent(self, as_of: date):
        """Still owed after the due date; `as_of` is a local date of the customer."""
        return self.owed().filter(due_on__lt=as_of)

    def with_parties(self):
        return self.select_related("merchant", "customer")


class PaymentEventQuerySet(models.QuerySet):
    def parked(self):
        """Waiting for a payment nobody has told us of yet."""
        return self.filter(status="parked")

    def not_applied(self):
        """Stored but without effect so far: parked, or pending behind a busy customer."""
        return self.exclude(status="applied")
