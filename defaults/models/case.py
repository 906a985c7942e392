import re

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Least, Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Merchant, Payment, User

from ..case_states import LIVE, CaseState, Outcome
from ..gain import CHANCES
from ..querysets import DefaultCaseQuerySet

# Kinds of entries that the customer is told about (`reminders.services.correspondence`).
ANSWERED = (
    "adjustment_accepted",
    "adjustment_offered",
    "adjustment_refused",
    "adjustment_requested",
    "code_asked",
    "deferral_noted",
    "dispute_rejected",
    "dispute_upheld",
    "disputed",
    "link_asked",
    "money_received",
    "offer_accepted",
    "offer_paid",
    "placement_announced",
    "plan_completed",
    "plan_made",
    "plan_missed",
    "plan_rescission_told",
    "plan_second_chance",
    "promised",
    "credit_refunded",
)

YOUNGEST_CHANCE = CHANCES[0][1]
# More than any case claims; keeps the product within eight bytes whatever is claimed.
LARGEST_RANKED_MINOR = 10**15

_NUMBER = re.compile(r"AM-(\d{6,18})", re.ASCII)


def number_of(case_id: int) -> str:
    """The number people read: 123 is AM-000123."""
    return f"AM-{case_id:06d}"


def id_of(number: str) -> int | None:
    """The inverse of `number_of`; None for a text that is no case number."""
    match = _NUMBER.fullmatch(number)
    return int(match[1]) if match and number_of(int(match[1])) == number else None


class CollectionTerms(models.Model):
    """From when, and from how much, a merchant's overdue payments of one currency become worth a contact.

    Without a row the defaults of `defaults.delinquency` apply.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="terms", verbose_name=_("merchant"))
    currency = models.CharField(_("currency"), max_length=3)
    grace_days = models.PositiveSmallIntegerField(_("grace days"))
    collection_threshold_minor = models.PositiveBigIntegerField(_("collection threshold"))
    limitation_years = models.PositiveSmallIntegerField(_("limitation (years)"), default=3)

    class Meta:
        verbose_name = _("collection terms")
        verbose_name_plural = _("collection terms")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "currency"], name="one_set_of_terms_per_currency")
        ]


class DefaultCase(models.Model):
    """All overdue payments of one customer at one merchant in one currency.

    State and claimed sum are derived by `defaults.assessment.assess` and written by `defaults.services` only.
    Keys to customers and payments are no database constraints: cases are opened by the hundred thousand from rows locked
    in the same statement, and checking each key again doubles the time. `verify` looks for keys that lead nowhere.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="cases", db_constraint=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="cases", db_constraint=False)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in CaseState])
    outcome = models.CharField(max_length=12, choices=[(o.value, o.value) for o in Outcome], null=True)  # noqa: DJ001 none yet
    is_self_cure = models.BooleanField(db_default=False)
    claimed_minor = models.BigIntegerField()
    oldest_due_on = models.DateField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    previous_case = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="next_cases",
        db_index=False,
        help_text="The closed case whose money came back.",
    )
    assignee = models.ForeignKey(User, models.SET_NULL, null=True, related_name="cases", db_index=False)
    contacted_at = models.DateTimeField(
        null=True,
        help_text="First hand-over of a message; written by the sender, read when the case is cured.",
    )
    next_review_at = models.DateTimeField(
        null=True, help_text="When the next step is to be decided; empty: on new facts."
    )
    review_reason = models.CharField(max_length=40, blank=True, db_default="")
    needs_staff = models.BooleanField(
        db_default=False, help_text="The system has no lawful or worthwhile step of its own."
    )
    version = models.PositiveIntegerField(db_default=1, help_text="Number of its last entry of history.")
    chance = models.PositiveSmallIntegerField(
        db_default=YOUNGEST_CHANCE,
        help_text="That it is still paid, in thousandths, at its age by the merchant's calendar (`defaults.gain`).",
    )
    gain_rank = models.GeneratedField(
        expression=-Least("claimed_minor", LARGEST_RANKED_MINOR) * F("chance"),
        output_field=models.BigIntegerField(),
        db_persist=True,
        help_text="Within a currency: the smaller, the more it is expected to bring. Negative, so that one index has the order.",
    )

    objects = DefaultCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "currency"],
                name="one_open_case_per_customer_and_currency",
                condition=~Q(state=CaseState.CLOSED),
            ),
            models.CheckConstraint(
                condition=Q(state=CaseState.CLOSED, outcome__in=list(Outcome), closed_at__isnull=False)
                | Q(state__in=sorted(LIVE), outcome__isnull=True, closed_at__isnull=True),
                name="a_closed_case_has_exactly_one_outcome",
            ),
            models.CheckConstraint(condition=Q(claimed_minor__gte=0), name="a_claim_is_never_negative"),
        ]
        indexes = [
            models.Index(
                fields=["next_review_at", "id"],
                name="case_due_for_review",
                condition=Q(next_review_at__isnull=False),
                # The queue counts what is due from the index alone.
                include=["merchant", "state"],
            ),
            models.Index(
                fields=["merchant", "oldest_due_on", "id"],
                name="case_live_by_due",
                condition=~Q(state=CaseState.CLOSED),
            ),
            models.Index(
                fields=["oldest_due_on", "id"],
                name="case_live_by_due_anywhere",
                condition=~Q(state=CaseState.CLOSED),
            ),
            models.Index(
                fields=["currency", "gain_rank", "id"],
                name="case_live_by_gain",
                condition=~Q(state=CaseState.CLOSED),
            ),
            models.Index(
                fields=["merchant", "oldest_due_on", "id"],
                name="case_for_staff_by_due",
                condition=~Q(state=CaseState.CLOSED) & Q(needs_staff=True),
            ),
            models.Index(
                fields=["merchant", "oldest_due_on", "id"],
                name="case_agreed_by_due",
                condition=Q(state__in=[CaseState.PROMISED, CaseState.IN_PLAN]),
            ),
            models.Index(
                fields=["merchant", "oldest_due_on", "id"],
                name="case_closed_by_due",
                condition=Q(state=CaseState.CLOSED),
            ),
            models.Index(
                fields=["oldest_due_on", "id"],
                name="case_closed_by_due_anywhere",
                condition=Q(state=CaseState.CLOSED),
            ),
            models.Index(fields=["assignee"], name="case_assigned", condition=Q(assignee__isnull=False)),
            models.Index(
                fields=["previous_case"], name="case_reopened", condition=Q(previous_case__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return number_of(self.pk)

    @property
    def is_closed(self) -> bool:
        return self.state == CaseState.CLOSED


class CaseItem(models.Model):
    """A payment in a case. It leaves when the case closes; a payment is in one open case at most."""

    case = models.ForeignKey(DefaultCase, models.PROTECT, related_name="items", db_constraint=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="case_items", db_constraint=False)
    added_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment"],
                name="a_payment_is_in_one_open_case",
                condition=Q(released_at__isnull=True),
            ),
        ]


class CaseEvent(models.Model):
    """The history of a case: append-only (trigger), numbered without a gap, each entry sealed to the one before.

    `digest` = SHA-256 over the previous digest and the entry's own fields (`defaults.services.history`).
    """

    case = models.ForeignKey(
        DefaultCase, models.PROTECT, related_name="events", db_index=False, db_constraint=False
    )
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    from_state = models.CharField(max_length=10, blank=True, db_default="")
    to_state = models.CharField(max_length=10, blank=True, db_default="")
    at = models.DateTimeField()
    actor = models.CharField(
        max_length=120, help_text="system, customer, merchant:<key id> or staff:<user name>."
    )
    reason = models.CharField(max_length=500, blank=True, db_default="")
    data = models.JSONField(db_default=models.Value({}, models.JSONField()))
    digest = models.BinaryField(max_length=32)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="one_entry_per_place_in_history")]
        indexes = [
            models.Index(fields=["recorded_at"], name="entry_to_answer", condition=Q(kind__in=ANSWERED)),
            # What a person did last, for taking it back.
            models.Index(
                fields=["actor", "recorded_at"],
                name="latest_acts_of_staff",
                condition=Q(actor__startswith="staff:"),
            ),
            # The audit log asks for acts of staff; the system's entries, which come by the thousand, are in neither.
            models.Index(fields=["at", "id"], name="entry_by_staff", condition=Q(actor__startswith="staff:")),
            models.Index(
                fields=["actor", "at", "id"], name="entry_by_whom", condition=Q(actor__startswith="staff:")
            ),
        ]
