"""What became of a payment begun here: paid, being checked, failed, or out of time."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Checkout
from accounts.views.wording import moment

from .act import Receipt
from .visit import Visit


def origin_of(visit: Visit) -> str:
    """What a checkout is begun for."""
    return f"case {visit.case.number}"


def latest_receipt(visit: Visit) -> Receipt | None:
    mine = Checkout.objects.filter(customer=visit.case.customer_id, origin=origin_of(visit))
    checkout = mine.order_by("-created_at", "-pk").first()
    return _RECEIPTS[checkout.state](visit, checkout) if checkout else None


def _lines(visit: Visit, checkout: Checkout) -> tuple[tuple[str, str], ...]:
    return (
        (_("Amount"), visit.amount(checkout.amount_minor)),
        (pgettext("payee", "To"), visit.case.merchant.name),
        (pgettext("moment", "On"), moment(checkout.ended_at or checkout.created_at)),
        (_("Payment number"), checkout.reference.removeprefix("amends_")[:12]),
    )


def _paid(visit: Visit, checkout: Checkout) -> Receipt:
    left = 0 if visit.case.is_closed else visit.claim.open_minor
    notes = (
        (_("%s is still open.") % visit.amount(left),)
        if left
        else (_("Nothing is open any more. This is done."),)
    )
    return Receipt(
        title=_("Thank you. Your payment has arrived."), lines=_lines(visit, checkout), notes=notes
    )


def _being_checked(visit: Visit, checkout: Checkout) -> Receipt:
    return Receipt(
        title=_("Your payment is being checked"),
        lines=_lines(visit, checkout),
        notes=(
            _(
                "We have not heard from the bank yet. This may take a few minutes; you do not have to pay again."
            ),
            _("If you came back without paying, nothing is charged, and you can start again."),
            _("No reminder is sent meanwhile. You can close this page."),
        ),
        colour="amber",
        go=(_("Look again"), visit.address("pay", "done")),
    )


def _failed(visit: Visit, checkout: Checkout) -> Receipt:
    return Receipt(
        title=_("The payment did not go through"),
        lines=_lines(visit, checkout),
        notes=(_("Nothing was charged. You can try again, or choose another way."),),
        colour="red",
        go=(_("Try again"), visit.address("pay")) if visit.is_open else None,
    )


def _expired(visit: Visit, checkout: Checkout) -> Receipt:
    return Receipt(
        title=_("The time to pay ran out"),
        lines=_lines(visit, checkout),
        notes=(_("Nothing was charged. If you did pay, it will still be counted when it arrives."),),
        colour="amber",
        go=(_("Try again"), visit.address("pay")) if visit.is_open else None,
    )


_RECEIPTS = {
    Checkout.State.PAID: _paid,
    Checkout.State.OPEN: _being_checked,
    Checkout.State.FAILED: _failed,
    Checkout.State.EXPIRED: _expired,
}
