"""What a gateway says of a checkout, carried out: each under the lock of its row, each once.

Whatever was really paid counts, also late and also when it is another amount than was asked for: the order's parts are
then filled in their order, and what exceeds them becomes visible credit. Only money in another currency is not taken:
it cannot be set against what is owed, so it stays with the callback for staff.
"""

from datetime import datetime, timedelta

from django.db import transaction

from common.money import LARGEST_POSITIVE_MINOR

from ..allocation import PAYERS_CHOICE, Owed, allocate
from ..models import Checkout, CheckoutItem
from .received import receive_money
from .record_events import record_events

REASONS = ("insufficient_funds", "limit_exceeded", "blocked", "expired", "other")
STILL_PENDING = timedelta(hours=1)


class NotSettled(Exception):
    """The money cannot be set against what is owed; the message says why, for staff."""


def settle_checkout(
    *, reference: str, amount_minor: int, currency: str, gateway_reference: str, now: datetime
) -> str:
    """The money is there: it goes through intake as one `payment.paid` per payment, from whatever state, once.

    Answers a note for staff, empty when all is as it was ordered. Raises NotSettled.
    """
    with transaction.atomic():
        checkout = _locked(reference)
        if checkout.state == Checkout.State.PAID:
            return _told_again(checkout, gateway_reference)
        if currency != checkout.currency:
            raise NotSettled(f"paid in {currency}, asked for in {checkout.currency}")
        if not 0 < amount_minor <= LARGEST_POSITIVE_MINOR:
            raise NotSettled(f"paid {amount_minor}")
        ordered = checkout.amount_minor
        fates = receive_money(
            merchant_id=checkout.merchant_id,
            parts=_parts(checkout, amount_minor),
            key=reference,
            method=checkout.gateway,
            rule=checkout.rule,
            now=now,
        )
        refused = [fate for fate in fates if fate.status == "rejected"]
        if refused:
            raise NotSettled(f"intake refused it: {refused[0].errors[0]['code']}")
        _end(checkout, Checkout.State.PAID, now=now, gateway_reference=gateway_reference)
    return "" if ordered == amount_minor else f"ordered {ordered}, paid {amount_minor}"


def fail_checkout(*, reference: str, reason: str, detail: str, now: datetime) -> bool:
    """The customer's try came to nothing: contact is free again, and the payments know why. Whether it did anything."""
    reason = reason if reason in REASONS else "other"
    with transaction.atomic():
        checkout = _locked(reference)
        if checkout.state != Checkout.State.OPEN:
            return False
        _end(checkout, Checkout.State.FAILED, now=now, failure_reason=f"{reason}: {detail}"[:60])
        _tell(checkout, "2-failed", "payment.failed", now=now, reason=reason)
    return True


def lapse_checkout(*, reference: str, reason: str, now: datetime) -> bool:
    """Nobody paid in time. The hold of contact ended by its own date. Whether it did anything."""
    with transaction.atomic():
        checkout = _locked(reference)
        if checkout.state != Checkout.State.OPEN:
            return False
        _end(checkout, Checkout.State.EXPIRED, now=now, failure_reason=reason[:60])
    return True


def prolong_checkout(*, reference: str, until: datetime, now: datetime) -> None:
    """The money is on its way, or nobody knows: no message goes out meanwhile, and the gateway is asked again."""
    with transaction.atomic():
        checkout = _locked(reference)
        if checkout.state != Checkout.State.OPEN or checkout.expires_at >= until:
            return
        checkout.expires_at = until
        checkout.save(update_fields=["expires_at"])
        hold_contact(checkout, until=until, now=now)


def hold_contact(checkout: Checkout, *, until: datetime, now: datetime) -> None:
    """A payment under way: nobody is asked for what they are just paying."""
    _tell(
        checkout,
        f"1-in_flight-{int(until.timestamp())}",
        "payment.in_flight",
        now=now,
        until=until.isoformat(),
    )


def _locked(reference: str) -> Checkout:
    return Checkout.objects.select_for_update().get(reference=reference)


def _end(checkout: Checkout, state: str, *, now: datetime, **fields: str) -> None:
    changed = {name: value for name, value in fields.items() if value}
    for name, value in {"state": state, "ended_at": now, **changed}.items():
        setattr(checkout, name, value)
    checkout.save(update_fields=["state", "ended_at", *changed])


def _told_again(checkout: Checkout, gateway_reference: str) -> str:
    """One order is paid once; money under another number of the gateway is for staff to look at."""
    if gateway_reference and checkout.gateway_reference not in ("", gateway_reference):
        raise NotSettled(f"already paid by {checkout.gateway_reference}, told again as {gateway_reference}")
    return ""


def _parts(checkout: Checkout, amount_minor: int) -> dict[int, int]:
    """What each payment really got; the items are rewritten where that is not what was asked for."""
    items = list(checkout.items.select_related("payment").order_by("payment__due_on", "payment_id"))
    if amount_minor == checkout.amount_minor:
        return {item.payment_id: item.amount_minor for item in items}
    asked = [Owed(item.payment_id, item.payment.due_on, item.amount_minor) for item in items]
    parts = allocate(amount_minor, asked, rule=PAYERS_CHOICE)
    checkout.items.all().delete()
    CheckoutItem.objects.bulk_create(
        CheckoutItem(checkout=checkout, payment_id=pk, amount_minor=minor) for pk, minor in parts.items()
    )
    checkout.amount_minor = amount_minor
    checkout.save(update_fields=["amount_minor"])
    return parts


def _tell(checkout: Checkout, name: str, kind: str, *, now: datetime, **data: str) -> None:
    """The same word for each payment of a checkout. The names sort in the order of events, for one instant's sake."""
    events = [
        {
            "id": f"amends:{checkout.reference}:{name}:{item.payment_id}",
            "type": kind,
            "occurred_at": now.isoformat(),
            "data": {"payment": item.payment.reference, **data},
        }
        for item in checkout.items.select_related("payment").order_by("payment_id")
    ]
    record_events(merchant_id=checkout.merchant_id, events=events, now=now)
