"""Asking the gateway what became of a checkout: when the customer is back, and when its time is up."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from ..gateways import GatewayAway, Outcome, Said
from ..models import Checkout
from .checkouts import order_of
from .gateway_events import record_said
from .gateway_setups import gateway_of
from .settling import STILL_PENDING, lapse_checkout, prolong_checkout
from .within import SECONDS, within

log = logging.getLogger(__name__)

ASK_AGAIN = timedelta(minutes=5)
NEVER_ANSWERED = timedelta(hours=24)


def finish_checkout(*, reference: str, query: Mapping[str, str], now: datetime) -> Checkout | None:
    """The customer came back with these parameters: confirm what waits for it, and note what the gateway says.

    Whatever the parameters claim, only the gateway's answer counts. None for an unknown reference.
    """
    checkout = Checkout.objects.select_related("merchant", "customer").filter(reference=reference).first()
    if checkout is None or checkout.state != Checkout.State.OPEN:
        return checkout
    adapter = gateway_of(merchant_id=checkout.merchant_id, gateway=checkout.gateway)
    try:
        said = adapter.returned(order_of(checkout, now=now), query) if adapter else None
    except GatewayAway as problem:
        log.warning("checkout %s: the gateway does not answer: %s", reference, problem)
        said = None
    if said is not None:
        _note(checkout, said, now=now)
    checkout.refresh_from_db()
    return checkout


def expire_checkouts(*, now: datetime, limit: int = 1000, seconds: float = SECONDS) -> int:
    """End open checkouts whose time is up, each after its gateway was asked once more; how many ended.

    A gateway that does not answer is asked again in a while and contact stays held, for 24 hours at most.
    """
    due = Checkout.objects.select_related("merchant", "customer").filter(
        state=Checkout.State.OPEN, expires_at__lte=now
    )
    silent, ended = set(), 0
    for checkout in within(seconds, due.order_by("expires_at", "pk")[:limit]):
        place = checkout.merchant_id, checkout.gateway
        try:
            if place not in silent:
                ended += _end_or_wait(checkout, now=now)
                continue
        except GatewayAway as problem:
            log.warning("checkout %s: the gateway does not answer: %s", checkout.reference, problem)
            silent.add(place)
        ended += _wait_for_answer(checkout, now=now)
    return ended


def _end_or_wait(checkout: Checkout, *, now: datetime) -> bool:
    adapter = gateway_of(merchant_id=checkout.merchant_id, gateway=checkout.gateway)
    said = adapter.look_up(order_of(checkout, now=now)) if adapter else None
    if said is not None:
        _note(checkout, said, now=now)
        if said.outcome == Outcome.PENDING:
            return False
    # Nothing more happens here to one that was just settled.
    lapse_checkout(reference=checkout.reference, reason="expired", now=now)
    return True


def _wait_for_answer(checkout: Checkout, *, now: datetime) -> bool:
    if now - checkout.created_at >= NEVER_ANSWERED:
        return lapse_checkout(reference=checkout.reference, reason="the gateway never answered", now=now)
    prolong_checkout(reference=checkout.reference, until=now + ASK_AGAIN, now=now)
    return False


def _note(checkout: Checkout, said: Said, *, now: datetime) -> None:
    """Carry out what the gateway says; of an order that is merely open there is nothing to note."""
    if said.outcome == Outcome.PENDING:
        prolong_checkout(reference=checkout.reference, until=now + STILL_PENDING, now=now)
    elif said.outcome not in (Outcome.IGNORED, Outcome.ASK):
        record_said(checkout=checkout, said=said, now=now)
