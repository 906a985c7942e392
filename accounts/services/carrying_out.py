"""What a gateway says of a checkout, led to what is done about it; and money that it took back again."""

from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from ..allocation import PAYERS_CHOICE, Owed, allocate
from ..gateways import Outcome, Said
from ..models import Checkout, CreditRefund
from .received import receive_money
from .record_events import record_events
from .settling import STILL_PENDING, NotSettled, fail_checkout, prolong_checkout, settle_checkout


def carry_out(said: Said, *, checkout: Checkout, now: datetime) -> str:
    """Do what follows from an answer, once; answers what staff should know of it, mostly nothing. Raises NotSettled."""
    match said.outcome:
        case Outcome.PAID:
            return _settle(said, checkout, now=now)
        case Outcome.FAILED:
            fail_checkout(reference=checkout.reference, reason=said.reason, detail=said.kind, now=now)
        case Outcome.PENDING:
            prolong_checkout(reference=checkout.reference, until=now + STILL_PENDING, now=now)
        case Outcome.GIVEN_BACK if checkout.state != Checkout.State.PAID and said.amount_minor:
            return _settle(said, checkout, now=now)
        case Outcome.GIVEN_BACK:
            _explain(said, checkout)
        case Outcome.CHARGED_BACK:
            _reverse(said, checkout, now=now)
        case Outcome.REINSTATED:
            parts = _parts(said, checkout)
            key = f"{checkout.reference}:{said.event_id}"
            receive_money(
                merchant_id=checkout.merchant_id,
                parts=parts,
                key=key,
                method=checkout.gateway,
                rule=checkout.rule,
                now=now,
            )
    return ""


def _settle(said: Said, checkout: Checkout, *, now: datetime) -> str:
    return settle_checkout(
        reference=checkout.reference,
        amount_minor=said.amount_minor,
        currency=said.currency,
        gateway_reference=said.gateway_reference,
        now=now,
    )


def _explain(said: Said, checkout: Checkout) -> None:
    """Money went back at the gateway. Our own refunds explain it; what else did is for staff to record."""
    if checkout.state != Checkout.State.PAID:
        return
    own = CreditRefund.objects.filter(
        payment__checkout_items__checkout=checkout,
        state__in=[CreditRefund.State.AGREED, CreditRefund.State.DONE],
    ).aggregate(minor=Sum("amount_minor"))["minor"]
    unexplained = checkout.amount_minor - said.amount_minor - (own or 0)
    if unexplained > 0:
        raise NotSettled(f"{unexplained} of it went back at the gateway, not by us: record it")


def _reverse(said: Said, checkout: Checkout, *, now: datetime) -> None:
    """A chargeback: the money is gone, so its payments are owed again."""
    parts = _parts(said, checkout)
    with transaction.atomic():
        references = dict(checkout.items.values_list("payment_id", "payment__reference"))
        events = [
            {
                "id": f"amends:{checkout.reference}:{said.event_id}:{pk}",
                "type": "payment.reversed",
                "occurred_at": now.isoformat(),
                "data": {"payment": references[pk], "amount": minor, "reason": "chargeback"},
            }
            for pk, minor in parts.items()
        ]
        record_events(merchant_id=checkout.merchant_id, events=events, now=now)


def _parts(said: Said, checkout: Checkout) -> dict[int, int]:
    """The parts of a disputed amount: the payments of the checkout in their order, never more than it brought."""
    if checkout.state != Checkout.State.PAID or said.currency != checkout.currency or said.amount_minor <= 0:
        raise NotSettled(
            f"{said.kind}: {said.amount_minor} {said.currency} of a checkout that is {checkout.state}"
        )
    items = checkout.items.select_related("payment").order_by("payment__due_on", "payment_id")
    brought = [Owed(item.payment_id, item.payment.due_on, item.amount_minor) for item in items]
    return allocate(min(said.amount_minor, checkout.amount_minor), brought, rule=PAYERS_CHOICE)
