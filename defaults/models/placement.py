from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant

from ..agreement_states import ApprovalState, PlacementState
from .agreement import Hold
from .case import DefaultCase


class Agency(models.Model):
    """A collection agency that merchants hand cases to. In Korea it needs a licence (contact-rules.md 2.7 point 7)."""

    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    licence_number = models.CharField(_("licence number"), max_length=60, blank=True)
    email = models.EmailField(_("e-mail"), help_text=_("Recalls go here."))
    contact_line = models.CharField(_("contact line"), max_length=200)
    merchants = models.ManyToManyField(Merchant, related_name="agencies", verbose_name=_("merchants"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")

    def __str__(self) -> str:
        return self.name


class Placement(models.Model):
    """A case handed to an agency: announced to the customer first, recalled when money comes (`PLACEMENT_MOVES`).

    `place_at`: the notice period is over (KR-OUTSRC: 5 business days). `agency_told_at`: of its end; until then the
    recall is still to be told.
    """

    case = models.ForeignKey(DefaultCase, models.PROTECT, related_name="placements")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="placements")
    state = models.CharField(max_length=9, choices=[(s.value, s.value) for s in PlacementState])
    hold = models.OneToOneField(Hold, models.PROTECT, related_name="placement")
    announced_by = models.CharField(max_length=120)
    announced_at = models.DateTimeField()
    place_at = models.DateTimeField()
    placed_at = models.DateTimeField(null=True)
    claimed_minor = models.BigIntegerField(null=True, help_text="Handed over.")
    exported_at = models.DateTimeField(null=True, help_text="When the agency first fetched the package.")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=60, blank=True, db_default="")
    agency_told_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                name="one_agency_per_case_at_a_time",
                condition=Q(state__in=["announced", "placed"]),
            ),
        ]
        indexes = [
            models.Index(fields=["place_at"], name="placement_announced", condition=Q(state="announced")),
            models.Index(
                fields=["id"],
                name="placement_recall_to_tell",
                condition=Q(state="recalled", placed_at__isnull=False, agency_told_at__isnull=True),
            ),
        ]


class Approval(models.Model):
    """An act beyond its maker's authority, waiting for a second person (`APPROVAL_MOVES`).

    `action` and `args` are those of the API; `version`: the case as its maker saw it. On another version it is overtaken.
    """

    case = models.ForeignKey(DefaultCase, models.PROTECT, related_name="approvals")
    action = models.CharField(max_length=30)
    args = models.JSONField(default=dict)
    version = models.PositiveIntegerField()
    needs_role = models.CharField(max_length=12)
    reason = models.CharField(max_length=500, blank=True, db_default="")
    state = models.CharField(max_length=9, choices=[(s.value, s.value) for s in ApprovalState])
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120, blank=True, db_default="")
    decided_at = models.DateTimeField(null=True)
    comment = models.CharField(max_length=500, blank=True, db_default="")

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [
            models.CheckConstraint(
                condition=~Q(decided_by=F("asked_by")), name="nobody_approves_their_own_act"
            ),
            models.UniqueConstraint(
                fields=["case", "action"], name="one_open_approval_per_act", condition=Q(state="asked")
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], name="approval_asked", condition=Q(state="asked"))]
