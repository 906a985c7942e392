from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from .customer import Customer
from .merchant import Merchant


class AuditEvent(models.Model):
    """What staff did, or looked at, that is not in the history of one case: append-only (trigger).

    `before` and `after` hold the fields that changed, in texts, whole numbers, booleans and lists; never a secret, and of
    a customer's address only what the page shows masked.
    """

    merchant = models.ForeignKey(
        Merchant, models.PROTECT, null=True, related_name="+", db_index=False, help_text="Empty: of all."
    )
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    actor = models.CharField(max_length=200, help_text="staff:<user name>, or system.")
    kind = models.CharField(max_length=40, help_text="detail_shown, setting_changed, …")
    what = models.CharField(max_length=300, blank=True, db_default="")
    reason = models.CharField(max_length=500, blank=True, db_default="")
    before = models.JSONField(db_default=models.Value({}, models.JSONField()))
    after = models.JSONField(db_default=models.Value({}, models.JSONField()))
    address = models.GenericIPAddressField(null=True, help_text="Where the request came from.")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="detail_shown") | (~Q(reason="") & Q(customer__isnull=False)),
                name="nothing_is_unmasked_without_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["at", "id"], name="audit_by_time"),
            models.Index(fields=["merchant", "at", "id"], name="audit_of_merchant"),
            models.Index(fields=["actor", "at", "id"], name="audit_of_actor"),
            models.Index(
                fields=["customer", "at"], name="audit_of_customer", condition=Q(customer__isnull=False)
            ),
        ]
