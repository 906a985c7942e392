"""Giving over-payment back: one person asks, another agrees, then the gateway that took it gives it back.

The gateway is told before the books are: a crash in between tells it again with the same key, which gives nothing twice.
Money that no gateway of ours took is paid out by hand, and whoever did so says so.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from ..gateways import GatewayAway, GatewayRefused
from ..models import Checkout, CreditRefund, Payment
from .checkouts import order_of
from .gateway_setups import gateway_of
from .record_events import record_events
from .within import SECONDS, within

log = logging.getLogger(__name__)

State = CreditRefund.State
BY_HAND = "to be paid out by hand"
# Stripe forgets a key after 24 hours (docs.stripe.com/api/idempotent_requests); the others remember longer.
KEY_IS_GOOD_FOR = timedelta(hours=20)


class RefundRefused(Exception):
    """Nothing was changed. `code`: no_credit, refund_open, own_request, already_decided."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def ask_refund(*, payment_id: int, amount_minor: int, reason: str, actor: str, now: datetime) -> CreditRefund:
    """Ask for over-payment to be given back; another person decides. Raises RefundRefused."""
    try:
        with transaction.atomic():
            payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
            if not 0 < amount_minor <= payment.credit_minor:
                raise RefundRefused(
                    "no_credit", f"At most {payment.credit_minor} minor units can be given back."
                )
            return CreditRefund.objects.create(
                payment=payment, amount_minor=amount_minor, reason=reason, asked_by=actor, asked_at=now
            )
    except IntegrityError as problem:
        raise RefundRefused("refund_open", "A refund of this payment is under way.") from problem


def decide_refund(*, refund_id: int, verdict: str, actor: str, now: datetime) -> CreditRefund:
    """`verdict`: agreed or refused, by another person than who asked. One that failed can be decided anew.

    Raises RefundRefused.
    """
    if verdict not in (State.AGREED, State.REFUSED):
        raise ValueError("a refund is agreed or refused")
    with transaction.atomic():
        refund = CreditRefund.objects.select_for_update().get(pk=refund_id)
        if refund.state not in (State.ASKED, State.FAILED):
            raise RefundRefused("already_decided", f"This refund is {refund.get_state_display()}.")
        if refund.asked_by == actor:
            raise RefundRefused("own_request", "Somebody else must decide this.")
        refund.state, refund.decided_by, refund.decided_at, refund.detail = verdict, actor, now, ""
        refund.save(update_fields=["state", "decided_by", "decided_at", "detail"])
    return refund


def carry_out_refunds(*, now: datetime, limit: int = 100, seconds: float = SECONDS) -> int:
    """Give back what was agreed to, through the gateway that took it; how many were paid back. Safe to run twice at once.

    A gateway that does not answer is asked again with the same key while it remembers that key; after that a person
    looks there and decides anew.
    """
    rows = CreditRefund.objects.select_related("payment").filter(state=State.AGREED).exclude(detail=BY_HAND)
    done = 0
    for refund in within(seconds, rows.order_by("decided_at", "pk")[:limit]):
        try:
            done += _carry_out(refund, now=now)
        except GatewayRefused as refusal:
            _move(refund, State.FAILED, detail=str(refusal))
        except GatewayAway as problem:
            log.warning("refund %s: the gateway does not answer: %s", refund.pk, problem)
            if now - refund.decided_at >= KEY_IS_GOOD_FOR:
                _move(refund, State.FAILED, detail="no answer: look at the gateway before agreeing again")
    return done


def paid_by_hand(*, refund_id: int, actor: str, now: datetime) -> CreditRefund:
    """Somebody paid an agreed refund out of hand. Raises RefundRefused for one that is not waiting for that."""
    refund = CreditRefund.objects.select_related("payment").get(pk=refund_id)
    if refund.detail != BY_HAND or not _book(refund, detail=f"by hand: {actor}", now=now):
        raise RefundRefused("already_decided", "This refund does not wait to be paid out by hand.")
    refund.refresh_from_db()
    return refund


def _carry_out(refund: CreditRefund, *, now: datetime) -> bool:
    if refund.amount_minor > refund.payment.credit_minor:
        return _move(refund, State.FAILED, detail="the credit is not there any more") and False
    checkout = _taken_by(refund)
    adapter = gateway_of(merchant_id=checkout.merchant_id, gateway=checkout.gateway) if checkout else None
    if adapter is None:
        return _move(refund, State.AGREED, detail=BY_HAND) and False
    key = f"amends-refund-{refund.pk}-{int(refund.decided_at.timestamp())}"
    given = adapter.refund(order_of(checkout, now=now), refund.amount_minor, key=key)
    return _book(refund, detail=f"{checkout.gateway} {given.gateway_reference}", now=now)


def _taken_by(refund: CreditRefund) -> Checkout | None:
    """The last checkout that took at least this much for the payment."""
    rows: Sequence[Checkout] = Checkout.objects.select_related("merchant", "customer").filter(
        state=Checkout.State.PAID,
        items__payment=refund.payment,
        items__amount_minor__gte=refund.amount_minor,
    )
    return rows.order_by("-ended_at", "-pk").first()


def _book(refund: CreditRefund, *, detail: str, now: datetime) -> bool:
    """The refund is done: the books learn it once."""
    event = {
        "id": f"amends:refund:{refund.pk}",
        "type": "payment.refunded",
        "occurred_at": now.isoformat(),
        "data": {
            "payment": refund.payment.reference,
            "amount": refund.amount_minor,
            "reason": "overpayment",
        },
    }
    with transaction.atomic():
        if not _move(refund, State.DONE, detail=detail):
            return False
        CreditRefund.objects.filter(pk=refund.pk).update(done_at=now)
        record_events(merchant_id=refund.payment.merchant_id, events=[event], now=now)
    return True


def _move(refund: CreditRefund, state: str, *, detail: str) -> bool:
    """From agreed to `state`; whether it was still agreed to."""
    rows = CreditRefund.objects.filter(pk=refund.pk, state=State.AGREED)
    return bool(rows.update(state=state, detail=detail[:200]))
