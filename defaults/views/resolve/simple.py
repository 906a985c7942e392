"""Acts with nothing to choose: paid already, no more messages, messages again."""

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.views.wording import moment

from ...services.holds import claim_paid, resume_contact, stop_contact
from .act import Act, Receipt, Summary, Way
from .visit import Visit

CUSTOMER = "customer"


class PaidAlready(Act):
    name = "paid"

    def way(self, visit: Visit) -> Way | None:
        if not visit.is_open or visit.answers.claimed_paid:
            return None
        return Way(_("I paid already"), _("Reminders pause while the payment is looked for."))

    def summary(self, visit: Visit, said: QueryDict) -> Summary:
        merchant = {"merchant": visit.case.merchant.name}
        return Summary(
            title=_("You paid already?"),
            lines=((_("Still open here"), visit.amount(visit.claim.open_minor)),),
            notes=(
                _("No reminder is sent for three business days while %(merchant)s looks for your payment.")
                % merchant,
                _("If it is found, this is closed by itself. If not, we ask you for a receipt."),
            ),
            button=_("Yes, I paid already"),
        )

    def carry_out(self, visit: Visit, said: QueryDict, summary: Summary) -> None:
        claim_paid(case_id=visit.case.pk, actor=CUSTOMER, now=visit.now)

    def receipt(self, visit: Visit) -> Receipt | None:
        hold = visit.answers.claimed_paid
        if hold is None:
            return None
        return Receipt(
            title=_("Thank you. We have noted that you already paid."),
            lines=((_("No reminders until"), visit.last_moment(hold.until)),),
            notes=(
                _("If the payment is found, this is closed by itself. If not, we ask you for a receipt."),
            ),
        )


class StopMessages(Act):
    name = "stop"

    def way(self, visit: Visit) -> Way | None:
        if visit.answers.stopped_at:
            return None
        return Way(_("Stop messages"), _("We send you no more reminders."))

    def summary(self, visit: Visit, said: QueryDict) -> Summary:
        return Summary(
            title=_("No more messages?"),
            notes=(
                _("We send you no more reminders, by any channel."),
                _(
                    "What is open stays open; you can still pay or answer here. You can take this back at any time."
                ),
                _("What the law obliges us to tell you, and receipts for what you pay, may still reach you."),
            ),
            button=_("Stop messages"),
        )

    def carry_out(self, visit: Visit, said: QueryDict, summary: Summary) -> None:
        stop_contact(customer_id=visit.case.customer_id, actor=CUSTOMER, now=visit.now)

    def receipt(self, visit: Visit) -> Receipt | None:
        stopped_at = visit.answers.stopped_at
        if stopped_at is None:
            return None
        return Receipt(
            title=_("We send you no more messages."),
            lines=((_("Since"), moment(stopped_at)),),
            notes=(_("What is open stays open; you can still pay or answer here."),),
        )


class MessagesAgain(Act):
    name = "messages-again"

    def way(self, visit: Visit) -> Way | None:
        if not visit.answers.stopped_at:
            return None
        return Way(_("Get messages again"), _("You asked us to stop. You can take that back."))

    def summary(self, visit: Visit, said: QueryDict) -> Summary:
        return Summary(
            title=_("Get messages again?"),
            notes=(
                _("We may write to you about this again, within the hours and by the channels you allow."),
            ),
            button=_("Get messages again"),
        )

    def carry_out(self, visit: Visit, said: QueryDict, summary: Summary) -> None:
        resume_contact(customer_id=visit.case.customer_id, actor=CUSTOMER, now=visit.now)

    def receipt(self, visit: Visit) -> Receipt | None:
        return None if visit.answers.stopped_at else Receipt(title=_("You get messages again."))
