from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Channel, Customer
from defaults.models import CaseEvent, DefaultCase

from ..facts import ContactClass
from ..message_states import MessageState
from .decision import Decision
from .policy import PolicyVersion


class Message(models.Model):
    """The outbox: what we mean to say, say, and have said. One per case and step, by constraint.

    `token` fences: whoever claims raises it, and only the holder of the present token may record a result.
    `lease_until` goes by the database's clock. `subject`, `body` (sealed) and `sent_to` (sealed) are stored as sent.
    """

    # Found through `one_message_per_case_and_step` and `message_contacts`; every further index is paid at each move.
    case = models.ForeignKey(DefaultCase, models.PROTECT, related_name="messages", db_index=False)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="messages", db_constraint=False, db_index=False
    )
    policy_version = models.ForeignKey(
        PolicyVersion, models.PROTECT, null=True, db_constraint=False, db_index=False
    )
    step_key = models.CharField(_("step"), max_length=40)
    step_position = models.PositiveSmallIntegerField(null=True)
    answers = models.ForeignKey(
        CaseEvent,
        models.PROTECT,
        null=True,
        related_name="messages",
        db_constraint=False,
        db_index=False,
        help_text="The entry of history it tells the customer about; empty: a step of the ladder.",
    )
    contact_class = models.CharField(max_length=1, choices=[(c.value, c.name) for c in ContactClass])
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    template_key = models.CharField(max_length=40)
    key = models.CharField(
        max_length=120, help_text="Idempotency key given to the channel: derived, never random."
    )
    state = models.CharField(_("state"), max_length=12, choices=[(s.value, s.value) for s in MessageState])
    state_reason = models.CharField(max_length=60, blank=True, db_default="")
    due_at = models.DateTimeField(help_text="Business instant before which it does not leave.")
    queued_at = models.DateTimeField()
    token = models.PositiveIntegerField(db_default=0)
    lease_until = models.DateTimeField(null=True)
    attempts_made = models.PositiveSmallIntegerField(db_default=0)
    gate_decision = models.OneToOneField(Decision, models.PROTECT, null=True, related_name="message")
    language = models.CharField(max_length=10, blank=True, db_default="")
    subject = models.CharField(max_length=300, blank=True, db_default="")
    body = models.BinaryField(null=True)
    sent_to = models.BinaryField(null=True)
    claimed_minor = models.BigIntegerField(null=True, help_text="The amount it spoke of.")
    claims = ArrayField(
        models.BigIntegerField(), default=list, help_text="Payments it named: each counts one contact."
    )
    contacted_at = models.DateTimeField(
        null=True, help_text="Business instant of the hand-over; counts for the caps."
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["key"], name="one_message_per_key"),
            models.UniqueConstraint(fields=["case", "step_key"], name="one_message_per_case_and_step"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sending", "cancelled", "expired"])
                | Q(gate_decision__isnull=False),
                name="no_message_leaves_without_a_decision_at_the_gate",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="message_queued", condition=Q(state=MessageState.QUEUED)
            ),
            models.Index(
                fields=["lease_until"], name="message_leased", condition=Q(state=MessageState.SENDING)
            ),
            models.Index(fields=["customer", "contacted_at"], name="message_contacts"),
        ]


class Attempt(models.Model):
    """One try to hand a message over, written before the try. `started_at` set: the channel may have it."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="attempts", db_index=False)
    number = models.PositiveSmallIntegerField()
    token = models.PositiveIntegerField()
    payload_digest = models.BinaryField(max_length=32, null=True)
    claimed_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(
        null=True, help_text="When the channel first said it does not know the key."
    )
    ended_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=20, blank=True, db_default="")
    detail = models.CharField(max_length=300, blank=True, db_default="")
    provider_reference = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="one_attempt_per_number")]


class DeliveryEvent(models.Model):
    """The inbox of what channels report, stored first and applied once."""

    channel = models.CharField(max_length=10)
    event_id = models.CharField(max_length=200)
    message_key = models.CharField(max_length=120)
    kind = models.CharField(max_length=12)
    occurred_at = models.DateTimeField()
    detail = models.CharField(max_length=300, blank=True, db_default="")
    received_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "event_id"], name="a_delivery_event_counts_once")
        ]
        indexes = [
            models.Index(fields=["id"], name="delivery_not_applied", condition=Q(applied_at__isnull=True))
        ]
