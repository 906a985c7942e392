"""What each act at a case takes: the bodies of `POST /api/v1/cases/{number}/{action}/`, and of the forms on the case page.

An amount is a whole number of minor units of the case's currency, or {"amount", "currency"}.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from common.money import LARGEST_POSITIVE_MINOR
from defaults.models import Deferral, Dispute, Hold, Snooze

STAFF_REASONS = (
    Hold.Reason.STAFF,
    Hold.Reason.CLAIMED_PAID,
    Hold.Reason.HARDSHIP,
    Hold.Reason.PROTECTION,
    Hold.Reason.MINOR,
    Hold.Reason.FRAUD,
    Hold.Reason.DECEASED,
    Hold.Reason.LAWYER,
)
Minor = Annotated[int, Meta(ge=1, le=LARGEST_POSITIVE_MINOR)]
Id = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]
Words = Annotated[str, Meta(max_length=2000)]
Evidence = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]


class Sum(Struct, forbid_unknown_fields=True, frozen=True):
    amount: Minor
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]


Amount = Minor | Sum


class NothingMore(Struct, forbid_unknown_fields=True, frozen=True):
    pass


class AssignTo(Struct, forbid_unknown_fields=True, frozen=True):
    """`assignee`: a user name; null: nobody."""

    assignee: Annotated[str, Meta(min_length=1, max_length=150)] | None


class NoteText(Struct, forbid_unknown_fields=True, frozen=True):
    text: Reason


class HoldTerms(Struct, forbid_unknown_fields=True, frozen=True):
    """`until`, exclusive: an instant, or a date (the start of that day where the customer is); null: until released."""

    reason: Literal[tuple(reason.value for reason in STAFF_REASONS)]
    until: Annotated[str, Meta(max_length=40)] | None = None
    scope: Literal["case", "customer"] = "case"
    note: Annotated[str, Meta(max_length=500)] = ""


class HoldToEnd(Struct, forbid_unknown_fields=True, frozen=True):
    hold: Id


class SnoozeTerms(Struct, forbid_unknown_fields=True, frozen=True):
    """`until`: tomorrow, in_3_days or next_week (Monday), or an instant; or `on`, a date. A day begins at nine where you are.

    `wakes`: answer, when the customer answers too; time, at its time only.
    """

    until: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    on: date | None = None
    wakes: Literal[tuple(Snooze.Wakes.values)] = "answer"
    note: Annotated[str, Meta(max_length=500)] = ""


class PromiseTerms(Struct, forbid_unknown_fields=True, frozen=True):
    """`amount` left out: all that is claimed. `on`: the customer's local date."""

    on: date
    amount: Amount | None = None


class OfferTerms(Struct, forbid_unknown_fields=True, frozen=True):
    """`pay` closes the case; `expires_on` is the last day on which it can be accepted."""

    pay: Amount
    expires_on: date


class OfferToAccept(Struct, forbid_unknown_fields=True, frozen=True):
    offer: Id


class InstalmentTerms(Struct, forbid_unknown_fields=True, frozen=True):
    amount: Amount
    on: date


class PlanTerms(Struct, forbid_unknown_fields=True, frozen=True):
    instalments: Annotated[list[InstalmentTerms], Meta(min_length=2, max_length=6)]


class DisputeTerms(Struct, forbid_unknown_fields=True, frozen=True):
    """`payments`: references; left out: all that are open."""

    reason: Literal[tuple(Dispute.Reason.values)]
    payments: (
        Annotated[
            list[Annotated[str, Meta(min_length=1, max_length=200)]], Meta(min_length=1, max_length=500)
        ]
        | None
    ) = None
    text: Words = ""


class Verdict(Struct, forbid_unknown_fields=True, frozen=True):
    """`answer`: what the customer is told."""

    dispute: Id
    verdict: Literal["upheld", "rejected"]
    answer: Words = ""


class Withdrawal(Struct, forbid_unknown_fields=True, frozen=True):
    """`reason`: why nothing of the case is owed. `answer`: what the customer is told."""

    reason: Literal[tuple(Dispute.Reason.values)]
    answer: Words = ""


class EvidenceNoted(Struct, forbid_unknown_fields=True, frozen=True):
    """`item`: a key of the dispute's checklist."""

    dispute: Id
    item: Annotated[str, Meta(min_length=1, max_length=60)]
    note: Evidence


class StepToTake(Struct, forbid_unknown_fields=True, frozen=True):
    """`step` left out: the next one. No step is taken out of its order."""

    step: Annotated[str, Meta(min_length=1, max_length=40)] | None = None


class MessageToCancel(Struct, forbid_unknown_fields=True, frozen=True):
    message: Id


class MoneyReceived(Struct, forbid_unknown_fields=True, frozen=True):
    """`method`: by which way it came, such as bank_transfer."""

    amount: Amount
    method: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[\w .\-/]+$")]


class WaiverTerms(Struct, forbid_unknown_fields=True, frozen=True):
    amount: Amount
    reason: Reason


class WithReason(Struct, forbid_unknown_fields=True, frozen=True):
    reason: Reason


class MayGiveReason(Struct, forbid_unknown_fields=True, frozen=True):
    reason: Annotated[str, Meta(max_length=60)] = ""


class AgencyChosen(Struct, forbid_unknown_fields=True, frozen=True):
    """`agency`: its slug."""

    agency: Annotated[str, Meta(min_length=1, max_length=60)]


class EntryToUndo(Struct, forbid_unknown_fields=True, frozen=True):
    """`event`: the number of the entry in the case's history."""

    event: Annotated[int, Meta(ge=1, le=2**31 - 1)]


class DeferralTerms(Struct, forbid_unknown_fields=True, frozen=True):
    reason: Literal[tuple(Deferral.Reason.values)]
    text: Words = ""


class AdjustmentAsked(Struct, forbid_unknown_fields=True, frozen=True):
    text: Words = ""


class AdjustmentOffered(Struct, forbid_unknown_fields=True, frozen=True):
    adjustment: Id
    proposal: Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S")]


class AdjustmentRefused(Struct, forbid_unknown_fields=True, frozen=True):
    """`refusal`: why, naming the routes that are left (court, Credit Counseling and Recovery Service)."""

    adjustment: Id
    refusal: Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S")]


class AdjustmentChosen(Struct, forbid_unknown_fields=True, frozen=True):
    adjustment: Id
