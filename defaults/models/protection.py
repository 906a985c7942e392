from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant, Payment

from ..agreement_states import AdjustmentState
from .agreement import Hold
from .case import DefaultCase


class Deferral(models.Model):
    """The customer cannot pay now: asking rests, no fees run (KR-DEFER; contact-rules.md 2.2).

    Three months and one extension of the same length, once per reason.
    """

    class Reason(models.TextChoices):
        DISASTER = "disaster", _("disaster in my area")
        ILLNESS = "illness", _("illness or surgery, mine or in my family")
        BEREAVEMENT = "bereavement", _("a death in my family")
        WEDDING = "wedding", _("a wedding in my family")
        INCOME = "income", _("loss of work or income")
        OTHER = "other", _("something else")

    case = models.ForeignKey(DefaultCase, models.PROTECT, related_name="deferrals")
    reason = models.CharField(max_length=12, choices=Reason)
    text = models.CharField(max_length=2000, blank=True, db_default="")
    hold = models.OneToOneField(Hold, models.PROTECT, related_name="deferral")
    is_extension = models.BooleanField(default=False)
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()

    class Meta:
        verbose_name = _("deferral")
        verbose_name_plural = _("deferrals")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "reason", "is_extension"], name="one_deferral_and_one_extension_per_reason"
            ),
        ]


class AdjustmentRequest(models.Model):
    """The customer asks to change the debt: decided and told within 10 business days, then 10 to accept.

    S-PDP 35 to 38, taken as policy. Nothing is asked and nothing is handed on while one is open: its hold sees to that.
    """

    case = models.ForeignKey(DefaultCase, models.PROTECT, related_name="adjustments")
    state = models.CharField(max_length=9, choices=[(s.value, s.value) for s in AdjustmentState])
    text = models.CharField(max_length=2000, blank=True, db_default="")
    proposal = models.CharField(
        max_length=2000, blank=True, db_default="", help_text="What we offer, in words."
    )
    refusal = models.CharField(
        max_length=2000, blank=True, db_default="", help_text="Why, and which routes are left."
    )
    hold = models.OneToOneField(Hold, models.PROTECT, related_name="adjustment")
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    decide_by = models.DateTimeField(help_text="Exclusive: 10 business days.")
    decided_at = models.DateTimeField(null=True)
    accept_by = models.DateTimeField(null=True, help_text="Exclusive: 10 business days after it was told.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("debt-adjustment request")
        verbose_name_plural = _("debt-adjustment requests")
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                name="one_open_adjustment_request_per_case",
                condition=Q(state__in=["requested", "offered"]),
            ),
        ]


class Incident(models.Model):
    """A fraud or a breakdown that hit many payments at once: all are held, then released or voided together.

    contact-rules.md 1.9. Chosen by merchant, time range and a list of lines (references, phones or e-mails).
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        RELEASED = "released", _("released")
        VOIDED = "voided", _("voided")

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="incidents")
    name = models.CharField(max_length=200)
    reason = models.CharField(max_length=500)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    payments = models.ManyToManyField(Payment, related_name="incidents")
    holds = models.ManyToManyField(Hold, related_name="incidents")
    opened_by = models.CharField(max_length=120)
    opened_at = models.DateTimeField()
    ended_by = models.CharField(max_length=120, blank=True, db_default="")
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
