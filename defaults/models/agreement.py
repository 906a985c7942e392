from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Payment

from ..querysets import DisputeQuerySet, HoldQuerySet
from .case import DefaultCase


class Hold(models.Model):
    """Asking is suspended, for one case or (`case` empty) for all of a customer's; ended by date, by fact or by a person."""

    class Reason(models.TextChoices):
        CLAIMED_PAID = "claimed_paid", _("customer says it is paid")
        DISPUTE = "dispute", _("dispute")
        PROMISE = "promise", _("payment date promised")
        SETTLEMENT = "settlement", _("offer accepted")
        PLAN = "plan", _("instalments agreed")
        PLACEMENT = "placement", _("hand-over announced")
        HARDSHIP = "hardship", _("hardship")
        PROTECTION = "protection", _("debt adjustment or insolvency")
        MINOR = "minor", _("minor")
        FRAUD = "fraud", _("fraud or incident")
        DECEASED = "deceased", _("deceased")
        LAWYER = "lawyer", _("represented by a lawyer")
        STAFF = "staff", _("held by staff")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="holds")
    case = models.ForeignKey(DefaultCase, models.PROTECT, null=True, related_name="holds")
    reason = models.CharField(max_length=20, choices=Reason)
    note = models.CharField(max_length=500, blank=True, db_default="")
    placed_by = models.CharField(max_length=120)
    starts_at = models.DateTimeField()
    until = models.DateTimeField(null=True, help_text="Exclusive; empty: until somebody ends it.")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=120, blank=True, db_default="")

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        indexes = [
            models.Index(fields=["customer"], name="hold_of_customer"),
            models.Index(fields=["until"], name="hold_running", condition=Q(ended_at__isnull=True)),
            # A view of the queue and its count.
            models.Index(
                fields=["case", "customer"],
                name="hold_disputed",
                condition=Q(ended_at__isnull=True, reason="dispute"),
                include=["starts_at", "until"],
            ),
        ]


class PromiseToPay(models.Model):
    """The customer named a date and an amount: made → kept | broken | void."""

    class State(models.TextChoices):
        MADE = "made", _("made")
        KEPT = "kept", _("kept")
        BROKEN = "broken", _("broken")
        VOID = "void", _("no longer needed")

    case = models.ForeignKey(DefaultCase, models.PROTECT, related_name="promises")
    amount_minor = models.BigIntegerField()
    outstanding_before_minor = models.BigIntegerField(
        help_text="Open balance when it was made; kept = fell by the amount."
    )
    on = models.DateField()
    state = models.CharField(max_length=6, choices=State, db_default=State.MADE)
    hold = models.OneToOneField(Hold, models.PROTECT, related_name="promise")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], name="one_live_promise_per_case", condition=Q(state="made")
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0) & Q(outstanding_before_minor__gte=F("amount_minor")),
                name="a_promise_is_within_the_debt",
            ),
        ]


class Dispute(models.Model):
    """The customer says a payment is not owed: raised → upheld | rejected | void. Only its payments leave the claim.

    Void: the case closed before anybody answered, so there is nothing left to say no to.
    """

    class State(models.TextChoices):
        RAISED = "raised", _("raised")
        UPHELD = "upheld", _("upheld")
        REJECTED = "rejected", _("rejected")
        VOID = "void", _("no longer needed")

    class Reason(models.TextChoices):
        PAID_ALREADY = "paid_already", _("paid already")
        NOT_MINE = "not_mine", _("not mine")
        WRONG_AMOUNT = "wrong_amount", _("wrong amount")
        NOT_DELIVERED = "not_delivered", _("not delivered")
        MADE_BY_MINOR = "made_by_minor", _("made by a minor")
        FRAUD = "fraud", _("fraud")

    case = models.ForeignKey(DefaultCase, models.PROTECT, related_name="disputes")
    payments = models.ManyToManyField(Payment, related_name="disputes")
    reason = models.CharField(max_length=20, choices=Reason)
    text = models.CharField(max_length=2000, blank=True, db_default="")
    state = models.CharField(max_length=8, choices=State, db_default=State.RAISED)
    hold = models.OneToOneField(
        Hold,
        models.PROTECT,
        null=True,
        related_name="dispute",
        help_text="Of the whole case, when nothing undisputed is left to ask for.",
    )
    raised_at = models.DateTimeField()
    answer_due_on = models.DateField(help_text="Two weeks: 정보통신망법 art. 58(3), decree 66-9(3).")
    buyer_information_due_on = models.DateField(
        null=True, help_text="Three days from the request: 정보통신망법 art. 58-2(1). Empty: not asked for."
    )
    statement_due_on = models.DateField(
        null=True, help_text="Two weeks from the request: 정보통신망법 art. 58(2). Empty: not asked for."
    )
    evidence = models.JSONField(
        default=list,
        help_text='What was looked at: [{"item": key, "note": text, "by": actor, "at": instant}, …].',
    )
    answer = models.CharField(
        max_length=2000, blank=True, db_default="", help_text="What the customer is told."
    )
    ended_at = models.DateTimeField(null=True)

    objects = DisputeQuerySet.as_manager()
