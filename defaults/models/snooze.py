from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .case import DefaultCase


class Snooze(models.Model):
    """Staff need not look at the case until then: it leaves the working views. Asking goes on all the same; a Hold stops that.

    It ends at its time, by a person, with the case, or by what happens to the case meanwhile (`wakes`).
    """

    class Wakes(models.TextChoices):
        ANSWER = "answer", _("when the customer answers, or at its time")
        TIME = "time", _("at its time only, even if the customer answers")

    case = models.ForeignKey(DefaultCase, models.PROTECT, related_name="snoozes")
    until = models.DateTimeField(help_text="Exclusive.")
    wakes = models.CharField(max_length=6, choices=Wakes, db_default=Wakes.ANSWER)
    note = models.CharField(max_length=500, blank=True, db_default="")
    version = models.PositiveIntegerField(
        help_text="Of the case when it was put away: later entries of its history may wake it."
    )
    snoozed_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=120, blank=True, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], name="one_running_snooze_per_case", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(condition=Q(until__gt=F("made_at")), name="a_snooze_ends_after_it_began"),
        ]
        indexes = [
            models.Index(fields=["until", "case"], name="snooze_running", condition=Q(ended_at__isnull=True))
        ]
