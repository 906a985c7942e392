"""Why an entry of history was made, in words, from the stable codes that the services write; a person's own words stay."""

from django.utils.translation import gettext_lazy as _

from defaults.models import Deferral, Dispute, Hold

REASONS = {
    "past due": _("past due"),
    "payment events": _("the merchant told of a payment"),
    "date passed": _("the date has passed"),
    "notice over": _("the time of the notice is over"),
    "offer asked for": _("an offer was asked for"),
    "credited": _("the sale was reduced"),
    "paid": _("paid"),
    "declined": _("declined"),
    "expired": _("its time is over"),
    "undone": _("undone"),
    "reopened": _("goes on in a linked case"),
    "adjustment_overdue": _("the answer to a request for debt adjustment is late"),
    "dispute_duty_due": _("a duty of the dispute is due"),
    "dispute_unanswered": _("the dispute has no answer yet"),
    "plan_review": _("an instalment is long overdue"),
    "plan_asked": _("instalments were asked for"),
    "claim_changed": _("the amount changed"),
    **dict(Deferral.Reason.choices),
    **dict(Dispute.Reason.choices),
    **dict(Hold.Reason.choices),
}


def entry_reason(reason: str) -> str:
    return str(REASONS.get(reason, reason))
