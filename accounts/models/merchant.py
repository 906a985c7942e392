from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class LegalRole(models.TextChoices):
    """By what right the merchant collects; it decides which collection laws bind (contact rules, 2.7 point 7)."""

    FIRST_PARTY = "merchant_first_party", _("Merchant collecting its own price")
    FOR_FEE = "pg_or_carrier_for_fee", _("Payment company or carrier, for a fee")
    ASSIGNEE = "assignee", _("Buyer of the claim")
    LICENSED_COLLECTOR = "licensed_collector", _("Licensed collector")


class Merchant(models.Model):
    """A tenant: every row below it belongs to exactly one."""

    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    legal_role = models.CharField(
        _("legal role"), max_length=30, choices=LegalRole, default=LegalRole.FIRST_PARTY
    )
    jurisdiction = models.CharField(_("jurisdiction"), max_length=2, help_text=_("ISO 3166 country code"))
    time_zone = models.CharField(_("time zone"), max_length=60)
    locale = models.CharField(_("locale"), max_length=10, default="ko")
    currency = models.CharField(_("currency"), max_length=3, help_text=_("ISO 4217 code"))
    contact_line = models.CharField(
        _("contact line"),
        max_length=200,
        blank=True,
        help_text=_("Who answers a customer; shown in messages."),
    )
    sending_paused_at = models.DateTimeField(_("sending paused at"), null=True, blank=True)
    feed_silence_limit = models.DurationField(
        _("longest silence of the feed"),
        default=timedelta(hours=26),
        help_text=_("After this long without an event or heartbeat nobody is contacted."),
    )
    feed_seen_at = models.DateTimeField(_("feed last seen at"), null=True, editable=False)
    nets_purchases = models.BooleanField(
        _("nets open amounts"),
        default=False,
        db_default=False,
        help_text=_("Open amounts may be added to the customer's next purchase."),
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("merchant")
        verbose_name_plural = _("merchants")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class Scope(models.TextChoices):
    EVENTS_WRITE = "events:write", _("push events")
    READ = "read", _("read")
    CASES_WRITE = "cases:write", _("work cases")
    WEBHOOKS_WRITE = "webhooks:write", _("manage webhooks")


class ApiKey(models.Model):
    """`am_live_<id>_<secret>`: the id is stored, of the secret only its SHA-256 digest."""

    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="api_keys", verbose_name=_("merchant")
    )
    key_id = models.CharField(_("key id"), max_length=16, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, editable=False)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), verbose_name=_("scopes"))
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"am_live_{self.key_id}_…"
