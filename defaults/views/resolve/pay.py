"""Paying: everything, what was agreed, another amount, or chosen items; then by the merchant's gateway and back."""

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.allocation import OLDEST_FIRST, PAYERS_CHOICE, Rule, allocate
from accounts.services.checkouts import CheckoutRefused, minimum_of, start_checkout
from accounts.services.owed import read_owed
from accounts.views.wording import day
from common.money import NotMoney, to_minor

from ...reports.due import left_of_offer, next_part, payment_ids
from ...reports.items import open_items
from .act import Act, Field, Form, Option, Receipt, Summary, Way, Wrong
from .paying import latest_receipt, origin_of
from .visit import Visit

EVERYTHING, OFFER, NEXT, OTHER, CHOSEN = "everything", "offer", "next", "other", "chosen"


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be paid: payment id to minor units, and by which rule they were found."""

    parts: dict[int, int]
    rule: Rule

    @property
    def minor(self) -> int:
        return sum(self.parts.values())


class Pay(Act):
    name = "pay"

    def way(self, visit: Visit) -> Way | None:
        if not visit.is_open or minimum_of(visit.case.merchant_id, visit.case.currency) is None:
            return None
        return Way(_("Pay another amount"), _("A part now; the rest stays open."))

    def is_said(self, asked: QueryDict) -> bool:
        return asked.get("how") in (EVERYTHING, OFFER, NEXT)

    def form(self, visit: Visit, said: QueryDict) -> Form:
        how = said.get("how") or _first_choice(visit)
        options = tuple(
            Option(value, title, is_chosen=value == how) for value, title in _choices(visit).items()
        )
        fields = [Field(kind="choice", name="how", label=_("How much?"), options=options, is_needed=True)]
        if visit.is_known:
            fields.append(Field(kind="many", name="item", label=_("Items"), options=_items(visit, said)))
        fields.append(
            Field(
                kind="money",
                name="other",
                label=_("Another amount (%s)") % visit.case.currency,
                value=said.get("other", ""),
                detail=_("It goes to the oldest first."),
            )
        )
        return Form(title=_("What would you like to pay?"), fields=tuple(fields))

    def summary(self, visit: Visit, said: QueryDict) -> Summary:
        order = _order(visit, said)
        rest = max(0, _payable_minor(visit) - order.minor)
        notes = [_("You go on to pay. Nothing is charged before you confirm it there.")]
        if said["how"] == OFFER:
            notes.append(_("This closes everything. The rest is given up for good."))
        elif rest:
            notes.append(
                _(
                    "Paying a part acknowledges the debt: its limitation period starts again (Korean Civil Act 168(3))."
                )
            )
        return Summary(
            title=_("You pay now"),
            lines=(
                (_("Amount"), visit.amount(order.minor)),
                (pgettext("payee", "To"), visit.case.merchant.name),
                *(
                    ((_("Still open after that"), visit.amount(rest)),)
                    if rest and said["how"] != OFFER
                    else ()
                ),
            ),
            notes=tuple(notes),
            button=_("Pay %s") % visit.amount(order.minor),
            said={"how": [said["how"]], "other": [said.get("other", "")], "item": said.getlist("item")},
        )

    def carry_out(self, visit: Visit, said: QueryDict, summary: Summary) -> str:
        order = _order(visit, said)
        try:
            checkout = start_checkout(
                merchant_id=visit.case.merchant_id,
                customer_id=visit.case.customer_id,
                parts=order.parts,
                rule=order.rule,
                origin=origin_of(visit),
                return_url=visit.address(self.name, "done"),
                now=visit.now,
            )
        except CheckoutRefused as refusal:
            raise Wrong(_refused(visit, refusal)) from refusal
        # By way of a page of our own: no form may lead to another host.
        return f"/pay/{checkout.reference}/"

    def receipt(self, visit: Visit) -> Receipt | None:
        return latest_receipt(visit)


def _choices(visit: Visit) -> dict[str, str]:
    choices = {}
    if left := left_of_offer(visit.answers.offer):
        choices[OFFER] = _("%s, as agreed – closes everything") % visit.amount(left)
    if part := next_part(visit.answers.plan):
        said = {"amount": visit.amount(part.missing_minor), "day": day(part.instalment.due_on)}
        choices[NEXT] = _("%(amount)s, the instalment of %(day)s") % said
    choices[EVERYTHING] = _("Everything: %s") % visit.amount(_payable_minor(visit))
    if visit.is_known:
        choices[CHOSEN] = _("The items I choose")
    choices[OTHER] = _("Another amount")
    return choices


def _first_choice(visit: Visit) -> str:
    return next(iter(_choices(visit)))


def _payable_minor(visit: Visit) -> int:
    return visit.claim.owed_minor or visit.claim.disputed_minor


def _payable(visit: Visit) -> list[int]:
    """What is not disputed; a customer who disputes everything can pay it all the same."""
    lines = open_items(visit.case)
    undisputed = [line.payment.pk for line in lines if not line.is_disputed]
    return undisputed or [line.payment.pk for line in lines]


def _order(visit: Visit, said: QueryDict) -> _Order:
    how = said.get("how", "")
    if how not in _choices(visit):
        raise Wrong(_("Choose how much you would like to pay."))
    if how == CHOSEN:
        return _chosen_items(visit, said)
    payable = _payable(visit)
    if how == OFFER:
        payable, minor = payment_ids(visit.answers.offer.items), left_of_offer(visit.answers.offer)
    elif how == NEXT:
        payable, minor = payment_ids(visit.answers.plan.items), next_part(visit.answers.plan).missing_minor
    else:
        minor = _other(visit, said) if how == OTHER else _payable_minor(visit)
    owed = read_owed(payment_ids=payable)
    if not owed:
        raise Wrong(_("Nothing of this is open any more."))
    return _Order(allocate(minor, owed, rule=OLDEST_FIRST), OLDEST_FIRST)


def _chosen_items(visit: Visit, said: QueryDict) -> _Order:
    chosen = set(said.getlist("item"))
    owed = [one for one in read_owed(payment_ids=_payable(visit)) if str(one.payment_id) in chosen]
    if not owed:
        raise Wrong(_("Choose at least one item."))
    return _Order({one.payment_id: one.total_minor for one in owed}, PAYERS_CHOICE)


def _other(visit: Visit, said: QueryDict) -> int:
    text = said.get("other", "").replace(",", "").replace(" ", "")[:20]
    try:
        minor = to_minor(text, visit.case.currency)
    except NotMoney:
        raise Wrong(_("Write the amount in digits.")) from None
    if not 0 < minor <= _payable_minor(visit):
        raise Wrong(_("Choose an amount up to %s.") % visit.amount(_payable_minor(visit)))
    least = minimum_of(visit.case.merchant_id, visit.case.currency) or 0
    if minor < least:
        raise Wrong(_("The least that can be paid here at once is %s.") % visit.amount(least))
    return minor


def _items(visit: Visit, said: QueryDict) -> tuple[Option, ...]:
    chosen, payable = said.getlist("item"), set(_payable(visit))
    return tuple(
        Option(
            str(line.payment.pk),
            f"{line.payment.description or line.payment.reference} · {visit.amount(line.payment.outstanding_minor)}",
            is_chosen=str(line.payment.pk) in chosen,
        )
        for line in open_items(visit.case)
        if line.payment.pk in payable
    )


def _refused(visit: Visit, refusal: CheckoutRefused) -> str:
    if refusal.code == "below_minimum":
        return _("The least that can be paid here at once is %s.") % visit.amount(refusal.minimum_minor)
    if refusal.code == "nothing_open":
        return _("Nothing of this is open any more.")
    return _("Paying does not work at this moment. Nothing was charged. Please try again in a few minutes.")
