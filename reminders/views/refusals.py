"""Why an act was not done, in the viewer's language, and what to do instead. By the stable codes of the services."""

from typing import Protocol

from django.utils.translation import gettext_lazy as _


class Refusal(Protocol):
    code: str
    detail: str


WORDS = {
    "agreement_stands": _("An agreement stands. It must end first."),
    "already_accepted": _("The offer has been accepted already."),
    "already_decided": _("Somebody has decided this already."),
    "already_ended": _("The message has ended; there is nothing to take back."),
    "already_joined": _("These records are joined already."),
    "already_leaving": _("The message is on its way. It cannot be called back any more."),
    "already_placed": _("An agency has the case, or is announced already."),
    "already_promised": _("A payment date is promised already."),
    "already_resolved": _("The dispute has been answered already."),
    "already_told": _("The customer has been told of it. What follows is an act of its own."),
    "already_undone": _("It was undone before."),
    "amount_out_of_range": _("The amount is more than what is open, or nothing."),
    "answer_missing": _("Say why: the customer is told."),
    "append_only": _("A note stays in the history. Write another one that puts it right."),
    "approval_open": _("The same act with other terms waits for approval. Have that decided first."),
    "below_floor": _("The merchant's terms allow no offer that low."),
    "below_minimum": _("The gateway takes no payment that small."),
    "better_for_waiting": _("An earlier offer asked for more. Only compliance goes below it."),
    "case_closed": _("The case has been closed. Go on with it in a linked case, if there is a reason."),
    "date_out_of_range": _("The date lies in the past, or more than 30 days ahead."),
    "dates_out_of_range": _("The dates of the instalments are not in order, or too far ahead."),
    "deferral_used": _("Asking has rested for this reason, and once more. Look for another way."),
    "draft_changed": _(
        "The draft has changed since then. Nothing was put in force; read the difference again."
    ),
    "end_in_the_past": _("The end lies in the future."),
    "ends_with_agreement": _("This hold ends with what it protects. End that instead."),
    "has_policy": _("The merchant has a policy of its own."),
    "hold_ended": _("The hold has ended already."),
    "hold_is_needed": _("This hold ends with what it protects. End that instead."),
    "job_ended": _("It has ended already."),
    "job_undone": _("It was undone. Ask for a new one."),
    "licence_needed": _("In Korea only a licensed agency may collect. Enter its licence first."),
    "missing_role": _("This needs a person of a higher role."),
    "more_than_open": _("Waive no more than the case claims."),
    "more_than_sold": _("No more can be credited than was sold."),
    "no_credit": _("No more can be given back than was over-paid."),
    "no_steps": _("A policy without steps asks nobody. Add one."),
    "no_such_event": _("The case has no such entry."),
    "no_such_message": _("The case has no such message."),
    "not_a_draft": _("The version is in force, or was. Make a draft from it."),
    "not_closed": _("The case is open."),
    "not_given_up": _("Only money for a written-off or forgiven case is recorded as recovered."),
    "not_in_case": _("Only payments open in this case can be disputed."),
    "not_joined": _("This record is joined with none."),
    "not_less": _("An offer asks for less than what is open."),
    "not_placed": _("No agency has this case."),
    "not_possible": _("The request has been decided already, or is not that far yet."),
    "not_snoozed": _("The case is not snoozed."),
    "not_taken": _("The money could not be booked. Try again in a moment."),
    "not_the_next_step": _("Steps go in their order."),
    "not_two_to_six": _("A plan has two to six instalments."),
    "not_undoable": _("This cannot be undone. What it began can be ended by an act of its own."),
    "not_yours": _("Only who did it, or a lead, may undo it."),
    "nothing_to_undo": _("You did nothing within the last 60 seconds that could be undone."),
    "nothing_open": _("Nothing of this case is open and undisputed."),
    "nothing_to_show": _("There is nothing of this kind to show."),
    "notice_not_told": _("The customer has not been told of the hand-over yet."),
    "notice_running": _("Five business days have not passed since the customer was told."),
    "offer_over": _("The offer is over. Make another one."),
    "offer_stands": _("Another offer lives. It must end first."),
    "other_merchant": _("Only records of one merchant are joined."),
    "overtaken": _("What it was about has changed meanwhile. Look again."),
    "own_approval": _("Somebody else decides what you asked for."),
    "own_request": _("Somebody else decides what you asked for."),
    "protected": _(
        "A dispute, deferral, adjustment request or another protection is open: nothing is handed on."
    ),
    "reason_missing": _("Say why, in a few words: it is written down."),
    "refund_open": _("A refund of this payment is under way."),
    "routes_missing": _(
        "A refusal names the routes that are left: court (법원), committee (신용회복위원회)."
    ),
    "snooze_too_long": _("A case is snoozed for a year at most."),
    "snooze_without_end": _("Choose until when."),
    "same_record": _("A record is not joined with itself."),
    "run_over": _("The run is over. It moves no more."),
    "settled_stands": _("The customer paid what was agreed: an agreement that was kept stands."),
    "step_exists": _("The draft has a step of this key. Choose another."),
    "sum_differs": _("The instalments must sum to what is open."),
    "text_missing": _("Say what is offered: the customer is told."),
    "time_barred": _("The claim is past its limitation. Nothing may be asked for any more."),
    "too_late": _("It is too late for that."),
    "too_many_steps": _("A ladder has at most 30 steps."),
    "too_many_placements": _("A claim is handed on three times at most."),
    "unknown_agency": _("This merchant has no such agency."),
    "unknown_assignee": _("Nobody of that name works for this merchant."),
    "unknown_item": _("The checklist has no such point."),
}


def in_words(refusal: Refusal) -> str:
    return str(WORDS.get(refusal.code) or refusal.detail)
