from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant, Payment

from ..agreement_states import LIVE_OFFERS, OfferState, PlanState
from .agreement import Hold
from .case import DefaultCase


class NegotiationTerms(models.Model):
    """What the system may agree to on its own, and up to what sum a person may, for a merchant and currency.

    Without a row the defaults of `defaults.negotiation` and `defaults.authority` apply: no discount, up to 3 instalments.
    """

    merchant = models.ForeignKey(
        Merchant, models.CASCADE, related_name="negotiation_terms", verbose_name=_("merchant")
    )
    currency = models.CharField(_("currency"), max_length=3)
    discount_percent = models.PositiveSmallIntegerField(
        _("discount for settling at once (percent)"), default=0
    )
    offer_days = models.PositiveSmallIntegerField(_("days an offer stands"), default=14)
    pay_within_days = models.PositiveSmallIntegerField(_("days to pay after accepting"), default=3)
    floor_percent = models.PositiveSmallIntegerField(
        _("floor (percent of the debt)"),
        default=50,
        help_text=_("No offer goes below it; customers never see it."),
    )
    longest_promise_days = models.PositiveSmallIntegerField(
        _("longest time to a promised payment (days)"), default=30
    )
    most_instalments = models.PositiveSmallIntegerField(_("most instalments"), default=3)
    least_instalment_minor = models.PositiveBigIntegerField(_("smallest instalment"), default=0)
    agent_percent = models.PositiveSmallIntegerField(_("an agent may give up (percent)"), default=20)
    agent_minor = models.PositiveBigIntegerField(
        _("an agent may give up (amount)"),
        null=True,
        blank=True,
        help_text=_("Empty: the product's own limit."),
    )
    lead_percent = models.PositiveSmallIntegerField(_("a lead may give up (percent)"), default=50)
    lead_minor = models.PositiveBigIntegerField(
        _("a lead may give up (amount)"),
        null=True,
        blank=True,
        help_text=_("Empty: the product's own limit."),
    )
    forgiveness_budget_minor = models.PositiveBigIntegerField(
        _("forgiveness budget (a month)"), null=True, blank=True, help_text=_("Empty: none.")
    )

    class Meta:
        verbose_name = _("negotiation terms")
        verbose_name_plural = _("negotiation terms")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "currency"], name="one_set_of_negotiation_terms_per_currency"
            ),
            models.CheckConstraint(
                condition=Q(floor_percent__lte=100, discount_percent__lte=100 - F("floor_percent")),
                name="a_discount_stays_above_the_floor",
            ),
            models.CheckConstraint(
                condition=Q(most_instalments__in=[0, 2, 3, 4, 5, 6]), name="two_to_six_instalments_or_none"
            ),
            models.CheckConstraint(
                condition=Q(agent_percent__lte=F("lead_percent"), lead_percent__lte=100),
                name="a_lead_may_give_up_more_than_an_agent",
            ),
        ]


class SettlementOffer(models.Model):
    """Closing the case for less: frozen when made, accepted once, it loses to a payment (`agreement_states.OFFER_MOVES`).

    `items`: [[payment id, outstanding then], …], what the offer settles. `pay_minor` of `outstanding_minor` closes it.
    `evidence` of the acceptance: who, when, from where, the level of authentication, language and exact text shown.
    """

    case = models.ForeignKey(DefaultCase, models.PROTECT, related_name="offers")
    state = models.CharField(max_length=9, choices=[(s.value, s.value) for s in OfferState])
    pay_minor = models.BigIntegerField()
    outstanding_minor = models.BigIntegerField()
    floor_minor = models.BigIntegerField()
    items = models.JSONField()
    paid_before_minor = models.BigIntegerField(
        db_default=0,
        help_text="Paid on its items when it was made: only money that came later pays the offer.",
    )
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="Exclusive; until then it can be accepted.")
    accepted_at = models.DateTimeField(null=True)
    pay_until = models.DateTimeField(
        null=True, help_text="Exclusive; until then an accepted offer can be paid."
    )
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=60, blank=True, db_default="")
    hold = models.OneToOneField(Hold, models.PROTECT, null=True, related_name="offer")
    evidence = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], name="one_live_offer_per_case", condition=Q(state__in=sorted(LIVE_OFFERS))
            ),
            models.CheckConstraint(
                condition=Q(pay_minor__gt=0)
                & Q(pay_minor__gte=F("floor_minor"))
                & Q(pay_minor__lte=F("outstanding_minor")),
                name="an_offer_is_never_below_its_floor",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "paid", "lapsed"])
                | Q(accepted_at__isnull=False, pay_until__isnull=False),
                name="an_accepted_offer_says_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], name="offer_running", condition=Q(state__in=["live", "accepted"])
            ),
            models.Index(fields=["case"], name="offer_of_case"),
        ]


class PaymentPlan(models.Model):
    """2 to 6 instalments; the last one takes what is left (`agreement_states.PLAN_MOVES`).

    `items`: [[payment id, outstanding then], …]. An instalment is paid when what its items owe has fallen by the sum up to
    it. `next_check_at`: when a date of it passes that something follows from (see `defaults.agreements`).
    """

    case = models.ForeignKey(DefaultCase, models.PROTECT, related_name="plans")
    state = models.CharField(max_length=9, choices=[(s.value, s.value) for s in PlanState])
    total_minor = models.BigIntegerField()
    items = models.JSONField()
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    next_check_at = models.DateTimeField(null=True)
    missed_stage = models.CharField(
        max_length=14,
        blank=True,
        db_default="",
        help_text="How far the soft ladder of the missed instalment went.",
    )
    rescission_told_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=60, blank=True, db_default="")
    hold = models.OneToOneField(Hold, models.PROTECT, related_name="plan")
    evidence = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("payment plan")
        verbose_name_plural = _("payment plans")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], name="one_live_plan_per_case", condition=Q(state=PlanState.LIVE)
            ),
            models.CheckConstraint(condition=Q(total_minor__gt=0), name="a_plan_is_about_money"),
        ]
        indexes = [
            models.Index(fields=["next_check_at"], name="plan_to_check", condition=Q(state=PlanState.LIVE)),
            models.Index(fields=["case"], name="plan_of_case"),
        ]


class Instalment(models.Model):
    """One date and amount of a plan. `shifted_from`: the date before the second chance."""

    plan = models.ForeignKey(PaymentPlan, models.CASCADE, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    shifted_from = models.DateField(null=True)
    amount_minor = models.BigIntegerField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="one_instalment_per_number"),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, number__gte=1, number__lte=6),
                name="an_instalment_is_one_of_six",
            ),
        ]


class FeePolicy(models.Model):
    """A merchant's late fee, one row a version; without one in force none is ever charged (`defaults.fees`)."""

    merchant = models.ForeignKey(
        Merchant, models.CASCADE, related_name="fee_policies", verbose_name=_("merchant")
    )
    currency = models.CharField(_("currency"), max_length=3)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until (exclusive)"), null=True, blank=True)
    annual_bp = models.PositiveIntegerField(
        _("a year, in hundredths of a percent"), help_text=_("At most 2000: 20% a year.")
    )
    clause = models.CharField(
        _("clause"), max_length=300, help_text=_("Where in the merchant's terms the customer agreed to it.")
    )

    class Meta:
        verbose_name = _("late fee")
        verbose_name_plural = _("late fees")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "currency", "valid_from"], name="one_fee_version_per_day"
            ),
            models.CheckConstraint(
                condition=Q(annual_bp__lte=2000), name="a_fee_is_at_most_20_percent_a_year"
            ),
        ]


class FeeCharge(models.Model):
    """A late fee charged on one payment for the days from `from_on` to `until_on` (exclusive): enough to compute it again."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="fee_charges")
    policy = models.ForeignKey(FeePolicy, models.PROTECT, related_name="charges")
    from_on = models.DateField()
    until_on = models.DateField()
    principal_minor = models.BigIntegerField(
        help_text="Overdue principal it was computed on, fees not included."
    )
    days = models.PositiveIntegerField(help_text="Days charged: those not held.")
    amount_minor = models.BigIntegerField()
    charged_at = models.DateTimeField()

    class Meta:
        verbose_name = _("late fee charged")
        verbose_name_plural = _("late fees charged")
        constraints = [
            models.UniqueConstraint(fields=["payment", "from_on"], name="a_day_is_charged_once"),
            models.CheckConstraint(
                condition=Q(until_on__gt=F("from_on"), amount_minor__gt=0), name="a_fee_is_for_some_days"
            ),
        ]
