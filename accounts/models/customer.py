from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .merchant import Merchant


class Customer(models.Model):
    """A person at one merchant, as the merchant tells it.

    `stamps` maps each told field to the `[occurred_at, event id]` that told it last, so that events may come in any order.
    """

    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="customers", db_index=False, db_constraint=False
    )
    reference = models.CharField(_("reference"), max_length=200)
    name = models.CharField(_("name"), max_length=200, blank=True, db_default="")
    locale = models.CharField(_("locale"), max_length=10, blank=True, db_default="")
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True, db_default="")
    jurisdiction = models.CharField(_("jurisdiction"), max_length=2, blank=True, db_default="")
    birth_date = models.DateField(_("birth date"), null=True)
    stamps = models.JSONField(db_default=models.Value({}, models.JSONField()))
    created_at = models.DateTimeField(db_default=Now())
    erased_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "reference"], name="one_customer_per_reference"),
        ]

    def __str__(self) -> str:
        return self.name or self.reference


class Channel(models.TextChoices):
    """The means of contact a customer can block (contact rules, KR-CHANNEL)."""

    EMAIL = "email", _("e-mail")
    SMS = "sms", _("text message")


class ContactPoint(models.Model):
    """One address of a customer: sealed, found again only through its keyed fingerprint."""

    class Health(models.TextChoices):
        OK = "ok", _("usable")
        BOUNCED = "bounced", _("bounced")
        SUPPRESSED = "suppressed", _("not to be used")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contact_points", db_index=False)
    channel = models.CharField(max_length=10, choices=Channel)
    sealed = models.BinaryField()
    fingerprint = models.BinaryField(max_length=32, db_index=True)
    health = models.CharField(max_length=12, choices=Health, db_default=Health.OK)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "channel"], name="one_address_per_customer_and_channel"
            ),
        ]


class ContactPreference(models.Model):
    """What the customer asked for. `blocked_bands`: [{"days": [0..6, Monday 0], "from": "19:00", "until": "21:00"}]."""

    customer = models.OneToOneField(Customer, models.PROTECT, primary_key=True, related_name="preference")
    language = models.CharField(max_length=10, blank=True, db_default="")
    blocked_channels = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    blocked_bands = models.JSONField(default=list, blank=True)
    stopped_at = models.DateTimeField(
        null=True, blank=True, help_text="Asked for no more messages, from then on."
    )
    updated_at = models.DateTimeField(auto_now=True)
