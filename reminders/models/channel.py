from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Channel

RECALL_SECONDS = 20


class ChannelSetup(models.Model):
    """How a channel is reached, and what its provider does with a repeated key (promises: key, look-up or nothing)."""

    class Adapter(models.TextChoices):
        EMAIL = "email", _("e-mail (Django)")
        HTTP = "http", _("HTTP gateway")
        RECORD = "record", _("record only, send nothing")

    class Memory(models.TextChoices):
        KEY = "key", _("drops a repeated key")
        LOOKUP = "lookup", _("can be asked by reference")
        NONE = "none", _("neither")

    channel = models.CharField(_("channel"), max_length=10, choices=Channel, unique=True)
    adapter = models.CharField(_("adapter"), max_length=10, choices=Adapter)
    url = models.URLField(_("address"), blank=True, help_text=_("HTTP gateway only; …/messages is appended."))
    secret = models.BinaryField(null=True, editable=False, help_text="Sealed; signs delivery callbacks.")
    memory = models.CharField(_("memory for keys"), max_length=6, choices=Memory, default=Memory.NONE)
    remembers_minutes = models.PositiveIntegerField(
        _("minutes it remembers a key"),
        default=24 * 60,
        help_text=_("After that a doubtful message goes to a person."),
    )
    recall_seconds = models.PositiveSmallIntegerField(
        _("seconds to recall"),
        default=RECALL_SECONDS,
        db_default=RECALL_SECONDS,
        help_text=_(
            "So long a message that a person asked for waits before it leaves; 0: it leaves at once."
        ),
    )
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")

    def __str__(self) -> str:
        return self.get_channel_display()


class SendHold(models.Model):
    """While a row without `lifted_at` exists nothing leaves, whatever else says yes; a restored copy starts with one."""

    reason = models.CharField(max_length=300)
    placed_by = models.CharField(max_length=120)
    since_at = models.DateTimeField(db_default=Now())
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lifted_at"],
                name="one_send_hold_at_a_time",
                nulls_distinct=False,
                condition=Q(lifted_at__isnull=True),
            ),
        ]


class Suppression(models.Model):
    """An address not to be used, by keyed fingerprint, so that it holds for every merchant and survives erasure."""

    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    fingerprint = models.BinaryField(max_length=32)
    reason = models.CharField(_("reason"), max_length=40)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints = [
            models.UniqueConstraint(fields=["channel", "fingerprint"], name="an_address_is_suppressed_once")
        ]
