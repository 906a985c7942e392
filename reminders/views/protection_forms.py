"""Forms for what the customer says: disputes and their answers, deferrals, debt adjustment."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from accounts.models import Payment
from accounts.views.wording import amount, day
from defaults.agreement_states import AdjustmentState
from defaults.models import DefaultCase, Deferral, Dispute
from defaults.services.dispute_evidence import checklist

from .act_fields import Field, Form, words_field


def of_customer(case: DefaultCase) -> Iterator[Form]:
    for dispute in case.disputes.all():
        yield from _of_dispute(dispute)
    yield Form(
        action="dispute",
        title=_("Says it is not owed"),
        fields=[
            Field(name="reason", label=_("Why"), kind="choice", choices=Dispute.Reason.choices),
            Field(
                name="payments",
                label=_("Which items"),
                kind="choice",
                is_required=False,
                choices=[("", _("All that are open")), *_items(case)],
            ),
            words_field("text", _("In the customer's words"), is_required=False),
        ],
    )
    yield Form(
        action="defer",
        title=_("Cannot pay now"),
        fields=[
            Field(name="reason", label=_("Why"), kind="choice", choices=Deferral.Reason.choices),
            words_field("text", _("In the customer's words"), is_required=False),
        ],
        told=_("Asking rests for three months, and no fees run."),
    )
    yield from _of_adjustment(case)


def _of_dispute(dispute: Dispute) -> Iterator[Form]:
    hidden = {"dispute": str(dispute.pk)}
    about = f"{dispute.get_reason_display()} · {_('answer by %s') % day(dispute.answer_due_on)}"
    lines = checklist(dispute)
    missing = [(line.item, str(line.label)) for line in lines if line.noted is None]
    if missing:
        yield Form(
            action="note-evidence",
            title=_("Dispute: note what was looked at"),
            hidden=hidden,
            told=about,
            fields=[
                Field(name="item", label=_("Looked at"), kind="choice", choices=missing),
                words_field("note", _("What was found")),
            ],
        )
    seen = _("%(seen)d of %(all)d points of the checklist are noted.") % {
        "seen": len(lines) - len(missing),
        "all": len(lines),
    }
    yield Form(
        action="resolve-dispute",
        title=_("Dispute: answer it"),
        hidden=hidden,
        told=f"{about}. {seen}",
        fields=[
            Field(
                name="verdict",
                label=_("Answer"),
                kind="choice",
                choices=[("upheld", _("Upheld: not owed")), ("rejected", _("Rejected: owed"))],
            ),
            words_field("answer", _("What the customer is told")),
        ],
    )


def _of_adjustment(case: DefaultCase) -> Iterator[Form]:
    open_ones = [
        one
        for one in case.adjustments.all()
        if one.state in (AdjustmentState.REQUESTED, AdjustmentState.OFFERED)
    ]
    for one in open_ones:
        hidden = {"adjustment": str(one.pk)}
        if one.state == AdjustmentState.OFFERED:
            yield Form(action="accept-adjustment", title=_("Adjustment: the customer accepts"), hidden=hidden)
            continue
        yield Form(
            action="offer-adjustment",
            title=_("Adjustment: grant it"),
            hidden=hidden,
            fields=[words_field("proposal", _("What we offer, in words"))],
        )
        yield Form(
            action="refuse-adjustment",
            title=_("Adjustment: refuse it"),
            hidden=hidden,
            told=_("Name the routes that are left: the court (법원), and the committee (신용회복위원회)."),
            fields=[words_field("refusal", _("Why, and which routes are left"))],
        )
    if not open_ones:
        yield Form(
            action="ask-adjustment",
            title=_("Asks to change the debt"),
            fields=[words_field("text", _("In the customer's words"), is_required=False)],
            told=_("Decided and told within 10 business days; nothing is asked meanwhile."),
        )


def _items(case: DefaultCase) -> list[tuple[str, str]]:
    open_items = case.items.filter(released_at=None, payment__outstanding_minor__gt=0)
    payments = [
        item.payment for item in open_items.select_related("payment").order_by("payment__due_on")[:100]
    ]
    return [(payment.reference, _name(payment)) for payment in payments]


def _name(payment: Payment) -> str:
    return (
        f"{payment.description or payment.reference} · {amount(payment.outstanding_minor, payment.currency)}"
    )
