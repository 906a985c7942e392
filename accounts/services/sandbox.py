"""Playing the customer and the bank at the sandbox gateway: choices on its page, and the callbacks that tell of them."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from ..gateways import GatewayAway
from ..gateways.client import post
from ..gateways.sandbox import Callback, SandboxGateway, due_callbacks
from ..models import Checkout, Gateway, SandboxPayment
from .gateway_events import take_callback
from .gateway_setups import gateway_of

Send = Callable[[Callback], bool]


def sandbox_checkout(reference: str) -> Checkout | None:
    """The checkout, if it is to be paid at the sandbox and its merchant still has one."""
    rows = Checkout.objects.select_related("merchant", "customer", "sandbox")
    checkout = rows.filter(reference=reference, gateway=Gateway.SANDBOX).first()
    if checkout is None or gateway_of(merchant_id=checkout.merchant_id, gateway=Gateway.SANDBOX) is None:
        return None
    return checkout


def choose(*, reference: str, answer: str, now: datetime, minutes: int = 0, callbacks: int = 1) -> bool:
    """What the customer chose on the sandbox page, to stand `minutes` from now; the first choice is the only one.

    Whether this was the first. Raises ValueError for an answer that is none, or a reference of no sandbox.
    """
    checkout = sandbox_checkout(reference)
    if checkout is None or answer not in SandboxPayment.Answer.values:
        raise ValueError("no such checkout, or no such answer")
    try:
        with transaction.atomic():
            SandboxPayment.objects.create(
                checkout=checkout,
                answer=answer,
                answers_at=now + timedelta(minutes=minutes),
                callbacks=callbacks,
            )
    except IntegrityError:
        return False
    return True


def tell_sandbox(*, now: datetime, send: Send, limit: int = 200, only: Checkout | None = None) -> int:
    """Send the callbacks of choices that stand by now, of all checkouts or of `only` one; how many choices were told.

    What did not arrive is sent again by the next call.
    """
    told = 0
    for row in due_callbacks(now=now, limit=limit, only=only):
        adapter = gateway_of(merchant_id=row.checkout.merchant_id, gateway=Gateway.SANDBOX)
        if not isinstance(adapter, SandboxGateway):
            continue
        arrived = [send(adapter.callback(row)) for _ in range(row.callbacks)]
        if all(arrived):
            told += SandboxPayment.objects.filter(pk=row.pk, told_at=None).update(told_at=now)
    return told


def over_http(origin: str = "") -> Send:
    """By a real request to this instance, as any gateway would."""
    address = (origin or settings.PUBLIC_URL) + "/api/v1/hooks/sandbox/{}/"

    def send(callback: Callback) -> bool:
        try:
            return (
                post(address.format(callback.merchant), content=callback.raw, headers=callback.headers) == 200
            )
        except GatewayAway:
            return False

    return send


def in_process(now: datetime) -> Send:
    """Straight into the inbox, where no server runs: for worlds that are made by a command."""

    def send(callback: Callback) -> bool:
        take_callback(
            gateway=Gateway.SANDBOX,
            merchant=callback.merchant,
            raw=callback.raw,
            headers=callback.headers,
            at=time.time(),
            now=now,
        )
        return True

    return send
