from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant
from defaults.models import DefaultCase

from ..facts import Verdict
from .policy import PolicyVersion


class Run(models.Model):
    """One pass over everything that was due at `as_of`, asked for by a person; its counts move while it runs.

    While it is running or paused these cases are its own: the automatic rounds leave them alone.
    `started_at`, `ended_at`, `paused_at` go by the database's clock; `rested_seconds`: the pauses that are over.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        STOPPED = "stopped", _("stopped")
        DONE = "done", _("done")

    merchant = models.ForeignKey(Merchant, models.PROTECT, null=True, related_name="runs")
    as_of = models.DateTimeField()
    is_dry = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    asked_by = models.CharField(max_length=120)
    total = models.PositiveIntegerField(default=0)
    considered = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="How many cases ended in which kind of decision.")
    reasons = models.JSONField(default=dict, help_text="How many were deferred or blocked by which rule.")
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    rested_seconds = models.PositiveIntegerField(db_default=0)
    state_by = models.CharField(
        max_length=120, blank=True, db_default="", help_text="Who paused it, resumed it or stopped it last."
    )

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        indexes = [
            models.Index(fields=["id"], name="run_open", condition=Q(state__in=["running", "paused"])),
        ]


class RoundTally(models.Model):
    """How many cases of a merchant the automatic rounds decided on a day (the merchant's own), by kind and by what they wait for.

    Added to with every chunk; the decisions themselves say more, and are found at their case.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+", db_index=False)
    on = models.DateField()
    kind = models.CharField(max_length=8)
    reason = models.CharField(max_length=60, blank=True, db_default="")
    number = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "on", "kind", "reason"], name="one_tally_per_day_and_outcome"
            )
        ]


class Decision(models.Model):
    """One for every case considered, also when the answer is no. Append-only (trigger).

    `asked` holds every rule asked: [[rule id, version, verdict, until or null, detail, {params}], …].
    `waiting_since`: since when the step `step_key` is due and refused.
    """

    case = models.ForeignKey(
        DefaultCase, models.PROTECT, related_name="decisions", db_constraint=False, db_index=False
    )
    at = models.DateTimeField()
    kind = models.CharField(max_length=8)
    verdict = models.CharField(max_length=14, choices=[(v.value, v.value) for v in Verdict])
    rule = models.CharField(max_length=24, blank=True, db_default="")
    until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=60)
    step_key = models.CharField(max_length=40, blank=True, db_default="")
    channel = models.CharField(max_length=10, blank=True, db_default="")
    asked = models.JSONField()
    claimed_minor = models.BigIntegerField()
    policy_version = models.ForeignKey(
        PolicyVersion, models.PROTECT, null=True, db_constraint=False, db_index=False
    )
    run = models.ForeignKey(
        Run, models.PROTECT, null=True, related_name="decisions", db_constraint=False, db_index=False
    )
    waiting_since = models.DateTimeField(null=True)
    at_gate = models.BooleanField(db_default=False)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "case"], name="a_run_decides_a_case_once", condition=Q(run__isnull=False)
            )
        ]
        indexes = [
            models.Index(fields=["case", "at"], name="decision_of_case"),
            models.Index(fields=["run", "-id"], name="decision_of_run", condition=Q(run__isnull=False)),
        ]
