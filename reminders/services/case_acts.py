"""Every act at a case, in one table: what it takes, who may do it, and the service that does it. For the API and the pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from msgspec import Struct

from accounts.models import User
from common.calendar import start_of_day
from defaults.models import Approval, DefaultCase, Hold, SettlementOffer
from defaults.services import holds, placement, staff_acts
from defaults.services.acts import Refused, zone_for
from defaults.services.approvals import Maker, do_or_ask
from defaults.services.desk import add_note, at_version, claim_case, hand_to
from defaults.services.offers import accept_offer
from defaults.services.plans import make_plan
from defaults.services.promise import promise
from defaults.services.undo import event_to_undo, undo

from . import act_shapes as shapes
from . import protection_acts as protections
from . import snooze_acts as snoozes
from .act_args import Unfit, args_of, minor_of, own_row
from .remind import cancel_message, remind, silence_about

_BY_STAFF = {"level": "staff", "text": "", "address": "", "language": ""}
# These end with what they belong to.
ENDS_WITH = {
    Hold.Reason.PROMISE: "promise",
    Hold.Reason.SETTLEMENT: "offer",
    Hold.Reason.PLAN: "plan",
    Hold.Reason.DISPUTE: "dispute",
    Hold.Reason.PLACEMENT: "announcement",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A case held at the version that was read, and who acts on it when. `user` None: a merchant's key."""

    case: DefaultCase
    maker: Maker
    user: User | None
    now: datetime

    @property
    def who(self) -> dict[str, Any]:
        return {"now": self.now, "actor": self.maker.actor}


# The case that goes on; or the approval the act waits for; or, of `remind`, the decision in words.
Done = DefaultCase | Approval | dict


@dataclass(frozen=True, slots=True)
class CaseAct:
    """`for_merchants`: a merchant's own key may do it too."""

    summary: str
    shape: type[Struct]
    perform: Callable[[Desk, Any], Done | None]
    for_merchants: bool = False


def perform(
    *,
    case_id: int,
    version: int,
    action: str,
    body: Struct,
    maker: Maker,
    user: User | None,
    now: datetime,
) -> Done:
    """Do it, or ask for its approval, all in one transaction, on the case as it was read.

    Raises StaleEdit, Refused, Unfit; OperationalError while a message to the customer is leaving.
    """
    with at_version(case_id=case_id, version=version) as case:
        desk = Desk(case=case, maker=maker, user=user, now=now)
        done = ACTS[action].perform(desk, body)
    return case if done is None else done


def _limited(action: str) -> Callable[[Desk, Struct], Done]:
    """An act that may need a second person."""

    def act(desk: Desk, body: Struct) -> Done:
        args = args_of(body, currency=desk.case.currency)
        return do_or_ask(case=desk.case, action=action, args=args, maker=desk.maker, now=desk.now)

    return act


def _claim(desk: Desk, body: shapes.NothingMore) -> None:
    claim_case(case_id=desk.case.id, user_id=desk.user.pk, **desk.who)


def _assign(desk: Desk, body: shapes.AssignTo) -> None:
    person = None
    if body.assignee is not None:
        person = User.objects.filter(username=body.assignee, is_active=True).first()
        if person is None or not person.visible_merchants().filter(pk=desk.case.merchant_id).exists():
            raise Unfit("assignee", "unknown_assignee", "Nobody of that name works for this merchant.")
    hand_to(desk.case, assignee_id=person and person.pk, kind="assigned", **desk.who)


def _note(desk: Desk, body: shapes.NoteText) -> None:
    add_note(case_id=desk.case.id, text=body.text, **desk.who)


def _hold(desk: Desk, body: shapes.HoldTerms) -> None:
    until = _instant(desk.case, body.until) if body.until is not None else None
    if until is not None and until <= desk.now:
        raise Unfit("until", "end_in_the_past", "A hold ends in the future.")
    terms = {"reason": body.reason, "until": until, "note": body.note, **desk.who}
    if body.scope == "customer":
        if desk.case.is_closed:
            raise Refused("case_closed", "The case is closed. There is nothing to hold.")
        holds.hold_customer(customer_id=desk.case.customer_id, **terms)
    else:
        holds.place_hold(case_id=desk.case.id, **terms)


def _release(desk: Desk, body: shapes.HoldToEnd) -> None:
    running = Hold.objects.filter(customer=desk.case.customer_id)
    hold = own_row("hold", running, body.hold)
    if hold.case_id not in (None, desk.case.id):
        raise Unfit("hold", "unknown_hold", "The case has no such hold.")
    if subject := ENDS_WITH.get(Hold.Reason(hold.reason)):
        raise Refused("ends_with_agreement", f"This hold ends with its {subject}.")
    if not holds.end_hold(hold_id=hold.id, **desk.who):
        raise Refused("hold_ended", "The hold has ended already.")


def _promise(desk: Desk, body: shapes.PromiseTerms) -> None:
    amount = None if body.amount is None else minor_of(body.amount, currency=desk.case.currency)
    promise(case_id=desk.case.id, on=body.on, amount_minor=amount, **desk.who)


def _accept_offer(desk: Desk, body: shapes.OfferToAccept) -> None:
    offer = own_row("offer", SettlementOffer.objects.filter(case=desk.case), body.offer)
    accept_offer(offer_id=offer.id, evidence=_BY_STAFF, **desk.who)


def _plan(desk: Desk, body: shapes.PlanTerms) -> None:
    currency = desk.case.currency
    instalments = [(minor_of(one.amount, currency=currency), one.on) for one in body.instalments]
    make_plan(case_id=desk.case.id, instalments=instalments, evidence=_BY_STAFF, **desk.who)


def _remind(desk: Desk, body: shapes.StepToTake) -> dict:
    return remind(case=desk.case, step=body.step, **desk.who)


def _cancel(desk: Desk, body: shapes.MessageToCancel) -> None:
    cancel_message(case=desk.case, message_id=body.message, **desk.who)


def _recover(desk: Desk, body: shapes.MoneyReceived) -> None:
    amount = minor_of(body.amount, currency=desk.case.currency)
    staff_acts.recover(case=desk.case, amount_minor=amount, method=body.method, **desk.who)


def _recall(desk: Desk, body: shapes.MayGiveReason) -> None:
    placement.recall_case(case_id=desk.case.id, reason=body.reason, **desk.who)


def _return(desk: Desk, body: shapes.MayGiveReason) -> None:
    placement.return_case(case_id=desk.case.id, reason=body.reason, **desk.who)


def _undo(desk: Desk, body: shapes.EntryToUndo) -> DefaultCase:
    event = event_to_undo(desk.case, seq=body.event, role=desk.maker.role, actor=desk.maker.actor)
    silence_about(event, now=desk.now)
    return undo(case=desk.case, seq=body.event, role=desk.maker.role, **desk.who)


def _instant(case: DefaultCase, text: str) -> datetime:
    """An instant with an offset, or the first one of a date where the customer is."""
    try:
        if len(text) == 10:
            return start_of_day(date.fromisoformat(text), zone_for(case))
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1900 < at.year < 2200:
        raise Unfit("until", "invalid_value", "Give an instant with an offset, or a date.")
    return at.astimezone(UTC)


ACTS: Mapping[str, CaseAct] = {
    "claim": CaseAct("Take a case over", shapes.NothingMore, _claim),
    "assign": CaseAct("Give a case to somebody, or to nobody", shapes.AssignTo, _assign),
    "note": CaseAct("Write a note into the history", shapes.NoteText, _note, for_merchants=True),
    "hold": CaseAct("Suspend asking", shapes.HoldTerms, _hold, for_merchants=True),
    "release": CaseAct("End a hold", shapes.HoldToEnd, _release, for_merchants=True),
    "snooze": CaseAct("Put a case away until later", shapes.SnoozeTerms, snoozes.snooze),
    "wake": CaseAct("Put a case back on the desk", shapes.NothingMore, snoozes.wake),
    "promise": CaseAct("Take a promise to pay", shapes.PromiseTerms, _promise, for_merchants=True),
    "offer": CaseAct("Offer to close for less", shapes.OfferTerms, _limited("offer")),
    "accept-offer": CaseAct("Accept an offer for the customer", shapes.OfferToAccept, _accept_offer),
    "plan": CaseAct("Agree on instalments", shapes.PlanTerms, _plan),
    "dispute": CaseAct("Raise a dispute", shapes.DisputeTerms, protections.dispute, for_merchants=True),
    "resolve-dispute": CaseAct("Answer a dispute", shapes.Verdict, protections.resolve, for_merchants=True),
    "withdraw": CaseAct("Withdraw the claim: nothing of it is owed", shapes.Withdrawal, protections.withdraw),
    "note-evidence": CaseAct(
        "Note what was looked at in a dispute", shapes.EvidenceNoted, protections.evidence
    ),
    "defer": CaseAct("Let the customer rest", shapes.DeferralTerms, protections.defer),
    "ask-adjustment": CaseAct(
        "Take a request for debt adjustment", shapes.AdjustmentAsked, protections.ask_adjustment
    ),
    "offer-adjustment": CaseAct(
        "Grant a request for debt adjustment", shapes.AdjustmentOffered, protections.offer_adjustment
    ),
    "refuse-adjustment": CaseAct(
        "Refuse a request for debt adjustment", shapes.AdjustmentRefused, protections.refuse_adjustment
    ),
    "accept-adjustment": CaseAct(
        "Accept an adjustment for the customer", shapes.AdjustmentChosen, protections.accept_adjustment
    ),
    "remind": CaseAct("Have the next step decided now", shapes.StepToTake, _remind),
    "cancel-message": CaseAct("Take a message back before it leaves", shapes.MessageToCancel, _cancel),
    "record-payment": CaseAct(
        "Record money that came another way",
        shapes.MoneyReceived,
        _limited("record-payment"),
        for_merchants=True,
    ),
    "recover": CaseAct("Record money for a case that was given up", shapes.MoneyReceived, _recover),
    "waive": CaseAct("Release a part for good", shapes.WaiverTerms, _limited("waive"), for_merchants=True),
    "forgive": CaseAct("Close: asking costs more than it is worth", shapes.WithReason, _limited("forgive")),
    "write-off": CaseAct(
        "Close: off the active book", shapes.WithReason, _limited("write-off"), for_merchants=True
    ),
    "place": CaseAct("Announce the hand-over to an agency", shapes.AgencyChosen, _limited("place")),
    "recall": CaseAct("Take a case back from an agency", shapes.MayGiveReason, _recall),
    "return": CaseAct("Note that the agency gave a case back", shapes.MayGiveReason, _return),
    "reopen": CaseAct("Go on with a closed case in a linked one", shapes.WithReason, _limited("reopen")),
    "undo": CaseAct("Undo within 60 seconds", shapes.EntryToUndo, _undo, for_merchants=True),
}
