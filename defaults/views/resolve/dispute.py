"""Saying that something is not right: about everything, or, for a customer who is known, about single items."""

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.views.wording import day

from ...models import Dispute
from ...reports.items import open_items
from ...services.dispute import dispute
from .act import Act, Field, Form, Option, Receipt, Summary, Way, Wrong, text_in
from .simple import CUSTOMER
from .visit import Visit

Reason = Dispute.Reason


class NotRight(Act):
    name = "dispute"

    def way(self, visit: Visit) -> Way | None:
        if not visit.is_open or not visit.claim.owed_minor:
            return None
        return Way(_("Something is not right"), _("Not mine, wrong amount, not delivered …"))

    def form(self, visit: Visit, said: QueryDict) -> Form:
        reasons = tuple(
            Option(value, title, is_chosen=said.get("reason", "") == value)
            for value, title in _reasons().items()
        )
        fields = [
            Field(
                kind="choice", name="reason", label=_("What is not right?"), options=reasons, is_needed=True
            )
        ]
        if visit.is_known:
            fields.append(
                Field(kind="many", name="item", label=_("Which items?"), options=_items(visit, said))
            )
        fields.append(
            Field(
                kind="text",
                name="text",
                label=_("In your words (you may leave this empty)"),
                value=text_in(said),
            )
        )
        return Form(title=_("Something is not right"), fields=tuple(fields))

    def summary(self, visit: Visit, said: QueryDict) -> Summary:
        reason, chosen = _reason(said), _chosen(visit, said)
        text = text_in(said)
        lines = [(_("What is not right"), _reasons()[reason])]
        lines += [(_("Item"), title) for title in _titles(visit, chosen)]
        lines += [(_("In your words"), text)] if text else []
        return Summary(
            title=_("We look into this"),
            lines=tuple(lines),
            notes=(
                _("No reminder is sent about it while it is being examined, and no fee is added."),
                _("You get an answer within two weeks."),
            ),
            button=_("Send this"),
            said={"reason": [reason], "text": [text], "item": said.getlist("item")},
        )

    def carry_out(self, visit: Visit, said: QueryDict, summary: Summary) -> None:
        dispute(
            case_id=visit.case.pk,
            reason=_reason(said),
            payment_ids=_chosen(visit, said),
            text=text_in(said),
            actor=CUSTOMER,
            now=visit.now,
        )

    def receipt(self, visit: Visit) -> Receipt | None:
        raised = visit.answers.dispute
        if raised is None:
            return None
        return Receipt(
            title=_("We look into this. Thank you for telling us."),
            lines=(
                (_("What is not right"), _reasons()[Reason(raised.reason)]),
                (_("Answer by"), day(raised.answer_due_on)),
            ),
            notes=(_("No reminder is sent about it until you have our answer."),),
        )


def _reasons() -> dict[str, str]:
    return {
        Reason.NOT_MINE: _("This is not mine"),
        Reason.PAID_ALREADY: _("I paid this already"),
        Reason.WRONG_AMOUNT: _("The amount is wrong"),
        Reason.NOT_DELIVERED: _("I did not get what I bought"),
        Reason.MADE_BY_MINOR: _("A minor bought this"),
        Reason.FRAUD: _("This is fraud"),
    }


def _reason(said: QueryDict) -> Reason:
    if said.get("reason") not in _reasons():
        raise Wrong(_("Choose what is not right."))
    return Reason(said["reason"])


def _items(visit: Visit, said: QueryDict) -> tuple[Option, ...]:
    chosen = said.getlist("item")
    return tuple(
        Option(
            str(line.payment.pk),
            f"{line.payment.description or line.payment.reference} · {visit.amount(line.payment.outstanding_minor)}",
            is_chosen=str(line.payment.pk) in chosen or not said,
        )
        for line in open_items(visit.case)
        if not line.is_disputed
    )


def _chosen(visit: Visit, said: QueryDict) -> list[int] | None:
    """The payments it is about; None: everything, also where items are not shown because nobody is known."""
    if not visit.is_known:
        if said.getlist("item"):
            raise Wrong(_("Please show once more that it is you."))
        return None
    offered = {option.value for option in _items(visit, said)}
    chosen = [value for value in said.getlist("item") if value in offered]
    if not chosen:
        raise Wrong(_("Choose at least one item."))
    return None if len(chosen) == len(offered) else [int(value) for value in chosen]


def _titles(visit: Visit, chosen: list[int] | None) -> list[str]:
    if chosen is None:
        return [_("everything, %s") % visit.amount(visit.claim.owed_minor)]
    titles = {option.value: option.title for option in _items(visit, QueryDict())}
    return [titles[str(one)] for one in chosen]
