"""The gateway inside the product: a page of ours in place of a bank, and no money anywhere.

It behaves as the real ones do: it is opened, tells by a signed callback, can be asked, and remembers its refunds by key.
Callbacks are signed as Standard Webhooks. A merchant without a webhook secret gets one derived from the instance's keys.
"""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db.models import F

from ..models import Checkout, SandboxPayment
from ..sealed import fingerprint
from .protocol import GatewayRefused, GivenBack, Keys, NotAuthentic, Opened, Order, Outcome, Said
from .signatures import is_standard_signed, standard_signatures

MINIMUMS = {"KRW": 100, "USD": 50}


class Body(msgspec.Struct):
    """A callback of the sandbox."""

    id: str
    kind: str
    order: str
    outcome: str
    amount: int
    currency: str
    reason: str = "other"


_decoder = msgspec.json.Decoder(Body)


@dataclass(frozen=True, slots=True)
class Callback:
    """One HTTP request that the sandbox makes."""

    merchant: str
    raw: bytes
    headers: dict[str, str]


class SandboxGateway:
    def __init__(self, keys: Keys, *, merchant_id: int) -> None:
        derived = fingerprint(str(merchant_id), context="sandbox.webhook_secret")
        self._secrets = keys.webhook_secrets or ("whsec_" + base64.b64encode(derived).decode(),)

    def open(self, order: Order) -> Opened:
        return Opened(f"/sandbox/{order.reference}/", f"sandbox_{order.reference}")

    def read_callback(self, raw: bytes, headers: Mapping[str, str], *, at: float) -> Said:
        if not is_standard_signed(raw, headers=headers, secrets=self._secrets, at=at):
            raise NotAuthentic
        return self.read(raw)

    def read(self, raw: bytes) -> Said:
        try:
            body = _decoder.decode(raw)
            outcome = Outcome(body.outcome)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return Said(event_id="", kind="unreadable", outcome=Outcome.IGNORED)
        return Said(
            event_id=body.id,
            kind=body.kind,
            outcome=outcome,
            order_reference=body.order,
            gateway_reference=f"sandbox_{body.order}",
            amount_minor=body.amount,
            currency=body.currency,
            reason=body.reason,
        )

    def look_up(self, order: Order) -> Said | None:
        """Unknown until the customer has chosen; pending until the choice stands."""
        row = _remembered(order)
        if row is None:
            return None
        if row.answers_at > order.asked_at:
            return _said(row, Outcome.PENDING)
        return _said(row, _OUTCOMES[row.answer])

    def ask_about(self, said: Said) -> Said | None:
        return said

    def returned(self, order: Order, query: Mapping[str, str]) -> Said | None:
        return self.look_up(order)

    def refund(self, order: Order, amount_minor: int, *, key: str) -> GivenBack:
        """One refund of each order is enough for a sandbox: what was given back once is given back."""
        row = _remembered(order)
        if row is None or row.answer != SandboxPayment.Answer.APPROVED or amount_minor > order.amount_minor:
            raise GatewayRefused("the sandbox took no such payment")
        SandboxPayment.objects.filter(pk=row.pk, refunded_minor=0).update(
            refunded_minor=F("refunded_minor") + amount_minor
        )
        return GivenBack(f"sandbox_refund_{key}")

    def minimum_minor(self, currency: str) -> int:
        return MINIMUMS.get(currency, 1)

    def callback(self, row: SandboxPayment) -> Callback:
        """What the sandbox sends about a choice, signed now."""
        checkout, said = row.checkout, _said(row, _OUTCOMES[row.answer])
        body = Body(
            id=said.event_id,
            kind=said.kind,
            order=checkout.reference,
            outcome=said.outcome,
            amount=said.amount_minor,
            currency=said.currency,
            reason=said.reason,
        )
        raw, stamp = msgspec.json.encode(body), str(int(time.time()))
        signature = standard_signatures(raw, identity=body.id, stamp=stamp, secrets=self._secrets[:1])[0]
        headers = {
            "content-type": "application/json",
            "webhook-id": body.id,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{signature.decode()}",
        }
        return Callback(checkout.merchant.slug, raw, headers)


_OUTCOMES = {
    SandboxPayment.Answer.APPROVED: Outcome.PAID,
    SandboxPayment.Answer.DECLINED: Outcome.FAILED,
}


def due_callbacks(*, now: datetime, limit: int, only: Checkout | None) -> list[SandboxPayment]:
    """Choices that stand by now and that nobody was told of; of all checkouts, or of one."""
    rows = SandboxPayment.objects.select_related("checkout__merchant")
    rows = rows.filter(checkout=only) if only else rows
    return list(rows.filter(told_at=None, answers_at__lte=now).order_by("answers_at", "id")[:limit])


def _remembered(order: Order) -> SandboxPayment | None:
    return (
        SandboxPayment.objects.select_related("checkout").filter(checkout__reference=order.reference).first()
    )


def _said(row: SandboxPayment, outcome: Outcome) -> Said:
    checkout: Checkout = row.checkout
    return Said(
        event_id=f"sandbox_{checkout.reference}_{outcome}",
        kind=f"payment.{outcome}",
        outcome=outcome,
        order_reference=checkout.reference,
        gateway_reference=f"sandbox_{checkout.reference}",
        amount_minor=checkout.amount_minor,
        currency=checkout.currency,
        reason="insufficient_funds" if outcome == Outcome.FAILED else "other",
    )
