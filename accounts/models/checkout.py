from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .customer import Customer
from .merchant import Merchant
from .payment import Payment


class Gateway(models.TextChoices):
    SANDBOX = "sandbox", _("sandbox (no real money)")
    STRIPE = "stripe", "Stripe Checkout"
    TOSS = "toss", "Toss Payments"
    PORTONE = "portone", "PortOne"


class GatewaySetup(models.Model):
    """By which gateway a merchant's customers pay here. Secrets are sealed; two webhook secrets live while one is changed."""

    merchant = models.ForeignKey(
        Merchant, models.CASCADE, related_name="gateways", verbose_name=_("merchant")
    )
    gateway = models.CharField(_("gateway"), max_length=10, choices=Gateway)
    public_key = models.CharField(
        _("public key"), max_length=200, blank=True, help_text=_("Client key or store id.")
    )
    secret = models.BinaryField(null=True, editable=False)
    webhook_secret = models.BinaryField(null=True, editable=False)
    previous_webhook_secret = models.BinaryField(null=True, editable=False)
    minimums = models.JSONField(
        _("smallest amounts"),
        default=dict,
        blank=True,
        help_text=_("By currency, in minor units, where they differ from the gateway's own."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("gateway")
        verbose_name_plural = _("gateways")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "gateway"], name="one_setup_per_gateway"),
            models.UniqueConstraint(
                fields=["merchant"], name="one_active_gateway_per_merchant", condition=Q(is_active=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merchant}: {self.get_gateway_display()}"


class Checkout(models.Model):
    """One try of a customer to pay by a gateway: open → paid | failed | expired.

    `reference` is our order id at the gateway and the idempotency key of every call about it. `origin` names what the
    payment is for in the words of whoever asked (`case AM-000123`); nothing here reads it. Money that comes late, after
    `expired` or `failed`, still counts: a checkout may become paid from any state, once.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        PAID = "paid", _("paid")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")

    reference = models.CharField(max_length=40, unique=True)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="checkouts")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="checkouts")
    gateway = models.CharField(max_length=10, choices=Gateway)
    gateway_reference = models.CharField(max_length=200, blank=True, db_default="")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    rule = models.CharField(max_length=40, help_text="How the amount was allocated to its payments.")
    origin = models.CharField(max_length=80, blank=True, db_default="")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    failure_reason = models.CharField(max_length=60, blank=True, db_default="")
    redirect_url = models.TextField(blank=True, db_default="")
    return_url = models.TextField(
        blank=True, db_default="", help_text="Where the customer goes after the gateway: a path of this site."
    )
    created_at = models.DateTimeField(help_text="Business instant.")
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    is_noted = models.BooleanField(
        db_default=False, help_text="Its money stands in the history of its case; written by `defaults`."
    )

    class Meta:
        verbose_name = _("checkout")
        verbose_name_plural = _("checkouts")
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_checkout_asks_for_something"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="a_checkout_lasts_a_while"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="checkout_open", condition=Q(state="open")),
            models.Index(fields=["customer"], name="checkout_of_customer"),
            models.Index(
                fields=["id"], name="checkout_paid_to_note", condition=Q(state="paid", is_noted=False)
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class CheckoutItem(models.Model):
    """The part of a checkout that goes to one payment; the parts sum to the whole."""

    checkout = models.ForeignKey(Checkout, models.CASCADE, related_name="items")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="checkout_items")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["checkout", "payment"], name="a_payment_once_per_checkout"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_part_is_positive"),
        ]


class SandboxPayment(models.Model):
    """What the sandbox gateway remembers of a checkout: what was chosen on its page, and whether it has said so yet."""

    class Answer(models.TextChoices):
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")

    checkout = models.OneToOneField(Checkout, models.CASCADE, related_name="sandbox")
    answer = models.CharField(max_length=8, choices=Answer)
    answers_at = models.DateTimeField(help_text="Business instant from which the answer stands.")
    callbacks = models.SmallIntegerField(db_default=1, help_text="How often it is told, at the same moment.")
    told_at = models.DateTimeField(null=True)
    refunded_minor = models.BigIntegerField(db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(refunded_minor__gte=0), name="the_sandbox_gives_back_no_less"),
        ]
        indexes = [
            models.Index(fields=["answers_at"], name="sandbox_to_tell", condition=Q(told_at__isnull=True)),
        ]


class GatewayEvent(models.Model):
    """The inbox of gateway callbacks: verified over the raw bytes, stored as received (sealed), applied once."""

    class Status(models.TextChoices):
        STORED = "stored", _("stored, not yet applied")
        APPLIED = "applied", _("applied")
        IGNORED = "ignored", _("of no concern")
        UNKNOWN = "unknown", _("unknown kind or order")

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="gateway_events")
    gateway = models.CharField(max_length=10, choices=Gateway)
    event_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=80)
    body = models.BinaryField()
    checkout = models.ForeignKey(Checkout, models.PROTECT, null=True, related_name="gateway_events")
    status = models.CharField(max_length=8, choices=Status, default=Status.STORED)
    detail = models.CharField(max_length=200, blank=True, db_default="")
    received_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("gateway event")
        verbose_name_plural = _("gateway events")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "gateway", "event_id"], name="a_gateway_event_counts_once"
            ),
        ]
        indexes = [models.Index(fields=["id"], name="gateway_not_applied", condition=Q(status="stored"))]


class CreditRefund(models.Model):
    """Over-payment on its way back to the customer: asked for by one person, agreed to by another, then paid out."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        AGREED = "agreed", _("agreed to")
        DONE = "done", _("paid back")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed at the gateway")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="credit_refunds")
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120, blank=True, db_default="")
    decided_at = models.DateTimeField(null=True)
    detail = models.CharField(max_length=200, blank=True, db_default="")
    done_at = models.DateTimeField(null=True)
    is_noted = models.BooleanField(
        db_default=False, help_text="It stands in the history of its case; written by `defaults`."
    )

    class Meta:
        verbose_name = _("refund of credit")
        verbose_name_plural = _("refunds of credit")
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_refund_gives_something_back"),
            models.CheckConstraint(
                condition=~Q(decided_by=F("asked_by")), name="nobody_agrees_to_a_refund_of_their_own"
            ),
            models.UniqueConstraint(
                fields=["payment"],
                name="one_refund_at_a_time",
                condition=Q(state__in=["asked", "agreed", "failed"]),
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="refund_done_to_note", condition=Q(state="done", is_noted=False))
        ]
