from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ..querysets import PaymentEventQuerySet, PaymentQuerySet
from .customer import Customer
from .merchant import Merchant


class Payment(models.Model):
    """What one customer owes for one thing, folded from events.

    The totals (`amount_minor` to `conceded_minor`) are sums of what events and acts said and commute, so that events may
    come in any order; `outstanding_minor` and `credit_minor` follow from them (`accounts.ingest.balances`) and are
    written in the same transaction as the ledger entries.
    `in_case` and `touched` are the marks by which the next stage finds what is due to it without reading everything.
    """

    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="payments", db_constraint=False, db_index=False
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="payments", db_index=False)
    reference = models.CharField(_("reference"), max_length=200)
    currency = models.CharField(_("currency"), max_length=3)
    due_on = models.DateField(_("due on"))
    description = models.CharField(_("description"), max_length=500, blank=True, db_default="")
    product = models.CharField(_("product"), max_length=200, blank=True, db_default="")
    told_at = models.DateTimeField(help_text="occurred_at of the payment.due event in force.")
    told_by = models.CharField(max_length=255, help_text="Id of that event; decides between equal instants.")

    amount_minor = models.BigIntegerField(_("amount"))
    credited_minor = models.BigIntegerField(db_default=0)
    paid_minor = models.BigIntegerField(db_default=0)
    reversed_minor = models.BigIntegerField(db_default=0)
    refunded_minor = models.BigIntegerField(
        db_default=0, help_text="The sale was undone and the money given back."
    )
    returned_minor = models.BigIntegerField(db_default=0, help_text="Over-payment given back.")
    conceded_minor = models.BigIntegerField(db_default=0, help_text="Forgiven or written off by an act.")
    conceded_account = models.CharField(max_length=12, blank=True, db_default="")
    fees_minor = models.BigIntegerField(db_default=0, help_text="Late fees charged on it so far.")
    waived_minor = models.BigIntegerField(db_default=0, help_text="Released for good, fees or principal.")
    is_void = models.BooleanField(db_default=False)

    outstanding_minor = models.BigIntegerField(_("outstanding"))
    credit_minor = models.BigIntegerField(_("over-paid"), db_default=0)

    in_flight_until = models.DateTimeField(null=True)
    failure_reason = models.CharField(max_length=20, blank=True, db_default="")
    attempt_at = models.DateTimeField(
        null=True, help_text="occurred_at of the last failed or in_flight event."
    )
    attempt_by = models.CharField(max_length=255, blank=True, db_default="")

    in_case = models.BooleanField(
        db_default=False, help_text="Belongs to an open case; written by `defaults`."
    )
    touched = models.BooleanField(db_default=False, help_text="Changed since its case was last assessed.")
    created_at = models.DateTimeField(db_default=Now())

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "reference"], name="one_payment_per_reference"),
            models.UniqueConstraint(fields=["id", "currency"], name="a_payment_has_one_currency"),
            models.CheckConstraint(
                condition=Q(outstanding_minor__gte=0) & Q(credit_minor__gte=0), name="no_negative_balance"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on", "id"],
                name="payment_due_without_case",
                condition=Q(outstanding_minor__gt=0, in_case=False),
            ),
            models.Index(
                fields=["id"], name="payment_touched_in_case", condition=Q(touched=True, in_case=True)
            ),
            models.Index(fields=["customer", "due_on"], name="payment_of_customer"),
        ]

    def __str__(self) -> str:
        return self.reference


class PaymentEvent(models.Model):
    """The inbox: what a merchant told us, as received, once per event id, for ever. `body` is sealed."""

    class Status(models.TextChoices):
        APPLIED = "applied", _("applied")
        PARKED = "parked", _("waiting for its payment")
        PENDING = "pending", _("stored, not yet applied")

    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="events", db_constraint=False, db_index=False
    )
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=30)
    occurred_at = models.DateTimeField()
    payment_reference = models.CharField(max_length=200, blank=True, db_default="")
    fingerprint = models.BinaryField(max_length=32)
    body = models.BinaryField()
    status = models.CharField(max_length=8, choices=Status)
    received_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True)

    objects = PaymentEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment event")
        verbose_name_plural = _("payment events")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "event_id"], name="an_event_counts_once"),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "payment_reference"],
                name="event_not_applied",
                condition=~Q(status="applied"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class Account(models.TextChoices):
    SALES = "sales", _("sales")
    RECEIVABLE = "receivable", _("receivable")
    FEES = "fees", _("fees")
    CASH = "cash", _("cash")
    WAIVED = "waived", _("waived")
    FORGIVEN = "forgiven", _("forgiven")
    WRITTEN_OFF = "written_off", _("written off")
    CUSTOMER_CREDIT = "customer_credit", _("customer credit")


class LedgerEntry(models.Model):
    """A positive amount that leaves one account and enters another, so that the books balance by construction.

    Append-only (trigger). The composite key (payment, currency) keeps every entry in its payment's currency.
    """

    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="entries", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=12)
    from_account = models.CharField(max_length=16, choices=Account)
    to_account = models.CharField(max_length=16, choices=Account)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    event = models.ForeignKey(
        PaymentEvent, models.PROTECT, null=True, related_name="entries", db_constraint=False, db_index=False
    )
    act = models.CharField(
        max_length=80, blank=True, db_default="", help_text="Who conceded, and why, if no event did."
    )
    rule = models.CharField(
        max_length=40, blank=True, db_default="", help_text="By which rule the money was allocated here."
    )
    occurred_at = models.DateTimeField()
    posted_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="an_entry_moves_something"),
            models.CheckConstraint(
                condition=~Q(from_account=F("to_account")), name="an_entry_moves_somewhere"
            ),
            models.CheckConstraint(
                condition=Q(from_account__in=Account.values, to_account__in=Account.values),
                name="accounts_are_known",
            ),
        ]
        indexes = [
            models.Index(fields=["payment"], name="ledger_of_payment"),
            # What a month's forgiveness budget is spent by.
            models.Index(
                fields=["occurred_at"],
                name="ledger_forgiven",
                condition=Q(to_account=Account.FORGIVEN) | Q(from_account=Account.FORGIVEN),
            ),
        ]
