"""The entries of a case's history, and the states of what was agreed, in words."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.views.wording import moment
from defaults.models import CaseEvent
from defaults.views.wording import AMBER, GREEN, GREY, RED

from .entry_reasons import entry_reason

EVENTS = {
    "opened": gettext_lazy("Case opened"),
    "item_added": gettext_lazy("Item added"),
    "moved": gettext_lazy("Case moved"),
    "claim_changed": gettext_lazy("Amount changed"),
    "closed": gettext_lazy("Case closed"),
    "reopened": gettext_lazy("Goes on in a linked case"),
    "fee_charged": gettext_lazy("Late fee charged"),
    "money_received": gettext_lazy("Money received"),
    "waived": gettext_lazy("Part waived"),
    "forgiven": gettext_lazy("Forgiven by a person"),
    "written_off": gettext_lazy("Written off by a person"),
    "credit_refunded": gettext_lazy("Over-payment given back"),
    "assigned": gettext_lazy("Assigned"),
    "claimed": gettext_lazy("Taken over"),
    "note": gettext_lazy("Note"),
    "undone": gettext_lazy("Undone"),
    "held": gettext_lazy("Put on hold"),
    "hold_ended": gettext_lazy("Hold ended"),
    "snoozed": gettext_lazy("Snoozed"),
    "woke": gettext_lazy("Back from its snooze"),
    "promised": gettext_lazy("Payment date promised"),
    "promise_kept": gettext_lazy("Promise kept"),
    "promise_broken": gettext_lazy("Promise broken"),
    "promise_void": gettext_lazy("Promise no longer needed"),
    "offer_made": gettext_lazy("Offer made"),
    "offer_accepted": gettext_lazy("Offer accepted"),
    "offer_paid": gettext_lazy("Offer paid"),
    "offer_lapsed": gettext_lazy("Accepted offer not paid in time"),
    "offer_expired": gettext_lazy("Offer expired"),
    "offer_declined": gettext_lazy("Offer declined"),
    "offer_withdrawn": gettext_lazy("Offer withdrawn"),
    "plan_made": gettext_lazy("Instalments agreed"),
    "plan_missed": gettext_lazy("Instalment missed"),
    "plan_second_chance": gettext_lazy("Second chance for an instalment"),
    "plan_review": gettext_lazy("Instalments to be looked at"),
    "plan_rescission_told": gettext_lazy("End of the instalments announced"),
    "plan_rescinded": gettext_lazy("Instalments ended"),
    "plan_completed": gettext_lazy("Last instalment paid"),
    "plan_void": gettext_lazy("Instalments no longer needed"),
    "instalment_paid": gettext_lazy("Instalment paid"),
    "disputed": gettext_lazy("Disputed"),
    "dispute_evidence": gettext_lazy("Dispute: looked at"),
    "evidence_noted": gettext_lazy("Dispute: looked at"),
    "dispute_upheld": gettext_lazy("Dispute upheld"),
    "dispute_rejected": gettext_lazy("Dispute rejected"),
    "dispute_void": gettext_lazy("Dispute no longer needed"),
    "statement_asked": gettext_lazy("Asked for a statement of purchases"),
    "deferral_noted": gettext_lazy("Asking rests: cannot pay now"),
    "adjustment_requested": gettext_lazy("Asked to change the debt"),
    "adjustment_offered": gettext_lazy("Change of the debt granted"),
    "adjustment_refused": gettext_lazy("Change of the debt refused"),
    "adjustment_accepted": gettext_lazy("Change of the debt accepted"),
    "adjustment_lapsed": gettext_lazy("Change of the debt not accepted in time"),
    "adjustment_overdue": gettext_lazy("Change of the debt not decided in time"),
    "incident_opened": gettext_lazy("Held with an incident"),
    "incident_released": gettext_lazy("Incident over"),
    "incident_voided": gettext_lazy("Incident: the sales were undone"),
    "claimed_paid": gettext_lazy("Says it is paid"),
    "contact_stopped": gettext_lazy("Asked for no more messages"),
    "contact_resumed": gettext_lazy("Wants messages again"),
    "records_joined": gettext_lazy("Joined with another record of the same person"),
    "records_separated": gettext_lazy("Separated from another record"),
    "preferences_set": gettext_lazy("Hours and ways of contact set"),
    "link_asked": gettext_lazy("Asked for a new link"),
    "code_asked": gettext_lazy("Asked for a code"),
    "placement_announced": gettext_lazy("Hand-over to an agency announced"),
    "placed": gettext_lazy("Handed over to an agency"),
    "placement_recalled": gettext_lazy("Taken back from the agency"),
    "placement_returned": gettext_lazy("Given back by the agency"),
    "package_fetched": gettext_lazy("Package for the agency fetched"),
    "approval_granted": gettext_lazy("Approved by a second person"),
    "approval_refused": gettext_lazy("Refused by a second person"),
    "reminder_asked": gettext_lazy("Next step asked for"),
    "message_cancelled": gettext_lazy("Message taken back"),
    "sent_to_review": gettext_lazy("Handed to staff"),
    "reviewed": gettext_lazy("Looked at by staff"),
}
_WOKE = {
    "": gettext_lazy("before its time"),
    "time": gettext_lazy("its time was there"),
    "sent_to_review": gettext_lazy("a person is needed"),
}
# (word, colour, whether it is still to be kept).
AGREEMENT_STATES = {
    "made": (pgettext_lazy("agreement", "stands"), GREEN, True),
    "live": (pgettext_lazy("agreement", "stands"), GREEN, True),
    "accepted": (pgettext_lazy("agreement", "accepted"), GREEN, True),
    "announced": (pgettext_lazy("agreement", "announced"), AMBER, True),
    "placed": (pgettext_lazy("agreement", "has the case"), AMBER, True),
    "kept": (pgettext_lazy("agreement", "kept"), GREEN, False),
    "paid": (pgettext_lazy("agreement", "paid"), GREEN, False),
    "completed": (pgettext_lazy("agreement", "paid"), GREEN, False),
    "broken": (pgettext_lazy("agreement", "broken"), RED, False),
    "lapsed": (pgettext_lazy("agreement", "not paid in time"), RED, False),
    "rescinded": (pgettext_lazy("agreement", "ended by us"), RED, False),
    "void": (pgettext_lazy("agreement", "no longer needed"), GREY, False),
    "declined": (pgettext_lazy("agreement", "declined"), GREY, False),
    "expired": (pgettext_lazy("agreement", "expired"), GREY, False),
    "withdrawn": (pgettext_lazy("agreement", "withdrawn"), GREY, False),
    "recalled": (pgettext_lazy("agreement", "taken back"), GREY, False),
    "returned": (pgettext_lazy("agreement", "given back"), GREY, False),
}


def detail_of(event: CaseEvent) -> str:
    """What stands under the title of an entry."""
    if event.kind == "snoozed":
        until = _("until %s") % moment(datetime.fromisoformat(event.data["until"]))
        return " · ".join(part for part in (until, event.reason) if part)
    if event.kind == "woke":
        return str(_WOKE.get(event.reason) or _("the customer answered"))
    return entry_reason(event.reason)
