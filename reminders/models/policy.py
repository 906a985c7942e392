from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Channel, Merchant

from ..facts import ContactClass


class DunningPolicy(models.Model):
    """How a merchant's cases are asked; `merchant` empty: for every merchant without one of its own."""

    merchant = models.OneToOneField(
        Merchant,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="dunning_policy",
        verbose_name=_("merchant"),
    )
    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)

    class Meta:
        verbose_name = _("dunning policy")
        verbose_name_plural = _("dunning policies")

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """One version of a policy. A live version is never edited: a case keeps the version of its first message."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        LIVE = "live", _("live")
        RETIRED = "retired", _("retired")

    class EndDecision(models.TextChoices):
        WRITE_OFF = "write_off", _("write off")
        FORGIVE = "forgive", _("forgive")
        REVIEW = "review", _("review by staff")

    policy = models.ForeignKey(DunningPolicy, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.DRAFT)
    end_decision = models.CharField(_("end decision"), max_length=10, choices=EndDecision)
    end_after_days = models.PositiveSmallIntegerField(_("days from the last step to the end decision"))
    holdout_percent = models.PositiveSmallIntegerField(_("holdout (percent)"), default=0)
    reason = models.CharField(_("reason for the change"), max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    made_by = models.CharField(_("made by"), max_length=120, blank=True, db_default="", editable=False)
    made_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="+", editable=False, verbose_name=_("made from")
    )
    edition = models.PositiveIntegerField(
        db_default=0,
        editable=False,
        help_text="Raised by every change of a draft: what was read is what is saved.",
    )
    live_at = models.DateTimeField(_("in force since"), null=True, editable=False)
    published_by = models.CharField(
        _("published by"), max_length=250, blank=True, db_default="", editable=False
    )

    class Meta:
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="one_version_per_number"),
            models.UniqueConstraint(
                fields=["policy"], name="one_live_version_per_policy", condition=Q(state="live")
            ),
            models.CheckConstraint(condition=Q(holdout_percent__lte=100), name="holdout_is_a_percentage"),
        ]

    def __str__(self) -> str:
        return f"{self.policy} v{self.number}"


class Step(models.Model):
    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="steps")
    key = models.SlugField(_("key"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"))
    after_days = models.PositiveSmallIntegerField(_("days after the step before (the first: after opening)"))
    contact_class = models.CharField(
        _("contact class"), max_length=1, choices=[(c.value, c.name) for c in ContactClass]
    )
    channels = ArrayField(
        models.CharField(max_length=10, choices=Channel), verbose_name=_("channels, best first")
    )
    template_key = models.SlugField(_("template"), max_length=40)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="one_step_per_position"),
            models.UniqueConstraint(fields=["version", "key"], name="one_step_per_key"),
        ]

    def __str__(self) -> str:
        return self.key


class PolicyEdit(models.Model):
    """One change of a draft. `changes`: what it changed, as `services.policy_diff.Change` in rows."""

    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="edits", db_index=False)
    edition = models.PositiveIntegerField(help_text="The draft's edition after it.")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    changes = models.JSONField()

    class Meta:
        ordering = ["edition"]
        constraints = [models.UniqueConstraint(fields=["version", "edition"], name="one_edit_per_edition")]


class PublishRequest(models.Model):
    """A draft that its maker asks to have put in force, until a second person has looked at it."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")
        OVERTAKEN = "overtaken", _("overtaken")

    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="publish_requests")
    edition = models.PositiveIntegerField(help_text="The draft as its maker saw it.")
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120, blank=True, db_default="")
    decided_at = models.DateTimeField(null=True)
    comment = models.CharField(max_length=500, blank=True, db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="granted") | (~Q(decided_by=F("asked_by")) & ~Q(decided_by="")),
                name="nobody_publishes_a_policy_alone",
            ),
            models.UniqueConstraint(
                fields=["version"], name="a_draft_is_asked_for_once", condition=Q(state="asked")
            ),
        ]


class Template(models.Model):
    """What a step says in one language on one channel. Placeholders are a closed list (`reminders.rendering`)."""

    key = models.SlugField(_("key"), max_length=40)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    language = models.CharField(_("language"), max_length=10)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    merchant = models.ForeignKey(Merchant, models.CASCADE, null=True, blank=True, verbose_name=_("merchant"))
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("body"))
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "key", "channel", "language", "version"],
                name="one_text_per_template_version",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.channel}, {self.language}) v{self.version}"


class HolidayOverride(models.Model):
    """A holiday decreed or dropped after the calendar package was released."""

    class Change(models.TextChoices):
        ADD = "add", _("add")
        REMOVE = "remove", _("remove")

    jurisdiction = models.CharField(_("jurisdiction"), max_length=2)
    on = models.DateField(_("date"))
    change = models.CharField(_("change"), max_length=6, choices=Change)
    source = models.CharField(_("source"), max_length=300)

    class Meta:
        verbose_name = _("holiday override")
        verbose_name_plural = _("holiday overrides")
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "on"], name="one_override_per_day")]
