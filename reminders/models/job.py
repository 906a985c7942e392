from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from defaults.models import DefaultCase

from .message import Message


class Job(models.Model):
    """One act on many cases. Its instants are the database's: they say for how long it can be undone.

    `args`: those of the act, as `services.shared_args` reads them; of a macro its name and steps as they were when asked.
    `chosen`: {"filter": …} as it stood in the address or the request, {"run": …} or {"numbers": how many}.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        STOPPED = "stopped", _("stopped")

    asked_by = models.CharField(max_length=120)
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="jobs", db_index=False)
    role = models.CharField(
        max_length=12, blank=True, db_default="", help_text="When it was asked for; empty: a merchant's key."
    )
    action = models.CharField(max_length=40)
    args = models.JSONField()
    chosen = models.JSONField()
    merchants = ArrayField(models.BigIntegerField(), help_text="Whose cases these are.")
    state = models.CharField(max_length=7, choices=State, db_default=State.WAITING)
    total = models.PositiveIntegerField()
    asked_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    undo_asked_at = models.DateTimeField(null=True)
    deaths = models.PositiveSmallIntegerField(
        db_default=0, help_text="Workers lost one after the other while they were at it."
    )
    suspect = models.BigIntegerField(
        null=True, help_text="The row that was in hand when the last one was lost."
    )

    class Meta:
        verbose_name = _("bulk act")
        verbose_name_plural = _("bulk acts")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["done", "stopped"], ended_at__isnull=False)
                | Q(state__in=["waiting", "running"], ended_at__isnull=True),
                name="a_job_that_ended_says_when",
            )
        ]
        indexes = [
            models.Index(fields=["id"], name="job_to_do", condition=Q(state__in=["waiting", "running"])),
        ]

    def __str__(self) -> str:
        return f"{self.action} × {self.total}"

    @property
    def is_running(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)


class JobRow(models.Model):
    """One case of a job, in the order of the list it was chosen from.

    `version`: of the case when the job was asked for. `made`: the versions of the case that the act answered, in order.
    `code` says why in a stable word, `detail` in English. `done_at` is the business instant of the act.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        ASKED = "asked", _("waits for approval")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")
        UNDOING = "undoing", _("to be undone")
        UNDONE = "undone", _("undone")
        KEPT = "kept", _("not undone")
        DROPPED = "dropped", _("not begun")

    job = models.ForeignKey(Job, models.CASCADE, related_name="rows", db_index=False)
    case = models.ForeignKey(
        DefaultCase, models.PROTECT, related_name="job_rows", db_index=False, db_constraint=False
    )
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=State, db_default=State.WAITING)
    code = models.CharField(max_length=40, blank=True, db_default="")
    detail = models.CharField(max_length=300, blank=True, db_default="")
    made = ArrayField(models.PositiveIntegerField(), db_default=[])
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, related_name="+", db_index=False, db_constraint=False
    )
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "case"], name="a_job_takes_a_case_once")]
        indexes = [models.Index(fields=["job", "state", "id"], name="job_rows_by_state")]
