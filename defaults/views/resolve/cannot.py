"""Not being able to pay now, and asking for the debt to be changed."""

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.views.wording import moment

from ...agreement_states import AdjustmentState
from ...models import Deferral
from ...services.adjustment import accept_adjustment, ask_adjustment
from ...services.deferral import defer
from .act import Act, Field, Form, Option, Receipt, Summary, Way, Wrong, text_in
from .simple import CUSTOMER
from .visit import Visit


class CannotNow(Act):
    name = "cannot"

    def way(self, visit: Visit) -> Way | None:
        if not visit.is_open:
            return None
        return Way(_("I cannot pay now"), _("Illness, loss of income, a death in the family …"))

    def form(self, visit: Visit, said: QueryDict) -> Form:
        reasons = tuple(
            Option(value, title, is_chosen=said.get("reason") == value) for value, title in _reasons().items()
        )
        return Form(
            title=_("You cannot pay now"),
            intro=(_("We can pause this for three months. No fees are added meanwhile."),),
            fields=(
                Field(kind="choice", name="reason", label=_("What has happened?"), options=reasons, is_needed=True),
                Field(kind="text", name="text", label=_("In your words (you may leave this empty)"), value=text_in(said)),
            ),
        )  # fmt: skip

    def summary(self, visit: Visit, said: QueryDict) -> Summary:
        reason, text = said.get("reason", ""), text_in(said)
        if reason not in _reasons():
            raise Wrong(_("Choose what has happened."))
        return Summary(
            title=_("We pause this for three months"),
            lines=(
                (_("Reason"), _reasons()[reason]),
                *(((_("In your words"), text),) if text else ()),
            ),
            notes=(
                _("No reminder is sent and no fee is added during the pause."),
                _("What is open stays open. You can pay at any time, or ask us to change the debt."),
            ),
            button=_("Ask for the pause"),
            said={"reason": [reason], "text": [text]},
        )

    def carry_out(self, visit: Visit, said: QueryDict, summary: Summary) -> None:
        defer(
            case_id=visit.case.pk,
            reason=said["reason"],
            text=text_in(said),
            actor=CUSTOMER,
            now=visit.now,
        )

    def receipt(self, visit: Visit) -> Receipt | None:
        deferral = visit.answers.deferral
        if deferral is None:
            return None
        return Receipt(
            title=_("This is paused. Take care."),
            lines=((_("No reminders until"), visit.last_moment(deferral.hold.until)),)
            if deferral.hold.until
            else (),
            notes=(_("No fee is added meanwhile. You can pay or write to us here at any time."),),
        )


class ChangeTheDebt(Act):
    """Debt adjustment, S-PDP 35 to 38 taken as policy."""

    name = "change"

    def way(self, visit: Visit) -> Way | None:
        if not visit.is_open or visit.answers.adjustment:
            return None
        return Way(
            _("Ask to change the debt"),
            _("A smaller sum, or more time. You get an answer within 10 business days."),
        )

    def form(self, visit: Visit, said: QueryDict) -> Form:
        wish = Field(
            kind="text",
            name="text",
            label=_("What would help you?"),
            value=text_in(said),
            is_needed=True,
        )
        return Form(title=_("Ask to change the debt"), fields=(wish,))

    def summary(self, visit: Visit, said: QueryDict) -> Summary:
        text = text_in(said)
        if not text:
            raise Wrong(_("Tell us in a few words what would help."))
        return Summary(
            title=_("You ask us to change the debt"),
            lines=((_("Your wish"), text),),
            notes=(
                _(
                    "A person decides, and you are told within 10 business days. No reminder is sent until then."
                ),
                _("If we have to say no, we tell you why and where else you can turn to."),
            ),
            button=_("Send this"),
            said={"text": [text]},
        )

    def carry_out(self, visit: Visit, said: QueryDict, summary: Summary) -> None:
        ask_adjustment(case_id=visit.case.pk, text=text_in(said), actor=CUSTOMER, now=visit.now)

    def receipt(self, visit: Visit) -> Receipt | None:
        asked = visit.answers.adjustment
        if asked is None or asked.state != AdjustmentState.REQUESTED:
            return None
        return Receipt(
            title=_("Your request has arrived."),
            lines=((_("Answer by"), visit.last_moment(asked.decide_by)),),
            notes=(_("No reminder is sent until then."),),
        )


class TakeChange(Act):
    """Only whoever has shown to be the customer reads what was proposed to them."""

    name = "change-offer"
    for_known = True

    def way(self, visit: Visit) -> Way | None:
        asked = visit.answers.adjustment
        if not visit.is_open or asked is None or asked.state != AdjustmentState.OFFERED:
            return None
        return Way(_("Our answer to your request"), _("Agree by %s.") % visit.last_moment(asked.accept_by))

    def summary(self, visit: Visit, said: QueryDict) -> Summary:
        asked = visit.answers.adjustment
        return Summary(
            title=_("Our answer to your request"),
            lines=((_("We propose"), asked.proposal), (_("Agree by"), visit.last_moment(asked.accept_by))),
            notes=(
                _("By agreeing you acknowledge the debt, so its limitation period starts again from that day "
                  "(Korean Civil Act 168(3), 178)."),
                _("You do not have to agree."),
            ),
            button=_("Agree"),
        )  # fmt: skip

    def carry_out(self, visit: Visit, said: QueryDict, summary: Summary) -> None:
        accept_adjustment(adjustment_id=visit.answers.adjustment.pk, actor=CUSTOMER, now=visit.now)

    def receipt(self, visit: Visit) -> Receipt | None:
        accepted = visit.case.adjustments.filter(state=AdjustmentState.ACCEPTED).order_by("-ended_at").first()
        if accepted is None:
            return None
        return Receipt(
            title=_("Agreed. Thank you."),
            lines=((pgettext("moment", "On"), moment(accepted.ended_at)),) if accepted.ended_at else (),
        )


def _reasons() -> dict[str, str]:
    reason = Deferral.Reason
    return {
        reason.ILLNESS: _("Illness or surgery, mine or in my family"),
        reason.INCOME: _("Loss of work or income"),
        reason.BEREAVEMENT: _("A death in my family"),
        reason.DISASTER: _("A disaster where I live"),
        reason.WEDDING: _("A wedding in my family"),
        reason.OTHER: _("Something else"),
    }
