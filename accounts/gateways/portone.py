"""PortOne V2. It has no server call that opens a payment page: the window opens by its browser script only.

So the order's address is `/pay/<reference>/` of this site, the one page that may load that script. The amount is told to
PortOne beforehand from here, so that a browser cannot pay another one. Callbacks follow Standard Webhooks and name the
payment only; amount and state are asked for. `Keys.public` holds store id and channel key, separated by a space.
Sources: developers.portone.io/api/rest-v2, /opi/ko/integration/webhook/readme-v2.
"""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from .client import ask, find
from .fields import at as at_path
from .fields import loads, text, whole
from .protocol import GatewayRefused, GivenBack, Keys, NotAuthentic, Opened, Order, Outcome, Said
from .signatures import is_standard_signed

SCRIPT_HOST = "https://cdn.portone.io"
MINIMUMS = {"KRW": 100}

_OUTCOMES = {
    "PAID": Outcome.PAID,
    "PARTIAL_CANCELLED": Outcome.GIVEN_BACK,
    "CANCELLED": Outcome.GIVEN_BACK,
    "PENDING": Outcome.PENDING,
    "VIRTUAL_ACCOUNT_ISSUED": Outcome.PENDING,
    "FAILED": Outcome.FAILED,
}


class PortOneGateway:
    base = "https://api.portone.io"

    def __init__(self, keys: Keys) -> None:
        self.store_id, _, self.channel_key = keys.public.partition(" ")
        self._headers = {"Authorization": f"PortOne {keys.secret}"}
        self._webhook_secrets = keys.webhook_secrets

    def open(self, order: Order) -> Opened:
        told = {"storeId": self.store_id, "totalAmount": order.amount_minor, "currency": order.currency}
        self._post(f"/payments/{quote(order.reference)}/pre-register", told, key=order.reference)
        return Opened(f"/pay/{order.reference}/", order.reference)

    def window(self, order: Order) -> dict[str, object]:
        """What the browser script is told (`PortOne.requestPayment`); the amount was told beforehand by `open`."""
        return {
            "storeId": self.store_id,
            "channelKey": self.channel_key,
            "paymentId": order.reference,
            "orderName": order.title,
            "totalAmount": order.amount_minor,
            "currency": f"CURRENCY_{order.currency}",
            "payMethod": "CARD",
            "redirectUrl": order.return_url,
        }

    def read_callback(self, raw: bytes, headers: Mapping[str, str], *, at: float) -> Said:
        if not is_standard_signed(raw, headers=headers, secrets=self._webhook_secrets, at=at):
            raise NotAuthentic
        return replace(self.read(raw), event_id=headers["webhook-id"])

    def read(self, raw: bytes) -> Said:
        body = loads(raw)
        kind, payment = text(body, "type"), text(body, "data", "paymentId")
        is_about_payment = kind.startswith("Transaction.") and payment
        return Said(
            event_id="",
            kind=kind or "unreadable",
            outcome=Outcome.ASK if is_about_payment else Outcome.IGNORED,
            order_reference=payment,
            gateway_reference=payment,
        )

    def look_up(self, order: Order) -> Said | None:
        return self._found(order.reference)

    def ask_about(self, said: Said) -> Said | None:
        return self._found(said.order_reference)

    def returned(self, order: Order, query: Mapping[str, str]) -> Said | None:
        return self.look_up(order)

    def refund(self, order: Order, amount_minor: int, *, key: str) -> GivenBack:
        told = {"storeId": self.store_id, "amount": amount_minor, "reason": "과납 환불"}
        body = self._post(f"/payments/{quote(order.reference)}/cancel", told, key=key)
        if text(body, "cancellation", "status") == "FAILED":
            raise GatewayRefused(text(body, "cancellation", "reason") or "the refund failed")
        return GivenBack(text(body, "cancellation", "id"))

    def minimum_minor(self, currency: str) -> int:
        return MINIMUMS.get(currency, 1)

    def _post(self, path: str, told: dict, *, key: str) -> dict:
        headers = self._headers | {"Idempotency-Key": f'"{key}"'}
        status, body = ask("POST", self.base + path, json=told, headers=headers)
        if status == 404:
            raise GatewayRefused(f"HTTP 404 {text(body, 'type')}")
        return body

    def _found(self, payment_id: str) -> Said | None:
        body = find(
            "GET",
            f"{self.base}/payments/{quote(payment_id, safe='')}",
            params={"storeId": self.store_id},
            headers=self._headers,
        )
        return _said(body, payment_id) if body is not None else None


def _said(body: dict, payment_id: str) -> Said:
    """PortOne writes amounts in minor units; what was given back is not there any more."""
    status, amount = text(body, "status"), at_path(body, "amount")
    left = whole(amount, "total") - whole(amount, "cancelled")
    custom = loads(text(body, "customData").encode()) if text(body, "customData") else None
    return Said(
        event_id=f"payment:{payment_id}:{status}:{left}",
        kind=status or "unreadable",
        outcome=_OUTCOMES.get(status, Outcome.IGNORED),
        order_reference=payment_id,
        gateway_reference=payment_id,
        amount_minor=left,
        currency=text(body, "currency").upper(),
        payment_reference=text(custom, "amends_payment")[:200],
    )
