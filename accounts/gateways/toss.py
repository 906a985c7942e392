"""Toss Payments: `POST /v1/payments` answers the address of the payment window, so no script of theirs is needed.

The customer comes back with a payment key, and only the confirmation that follows takes the money (within ten minutes).
Callbacks carry no signature for payments: of a body nothing is believed but which payment to ask Toss about.
Sources: docs.tosspayments.com/reference (payments, confirm, cancel), /guides/webhook.
"""

from collections.abc import Mapping
from urllib.parse import quote

from .amounts import from_decimal, to_number
from .client import ask, find
from .fields import loads, text
from .protocol import GatewayAway, GatewayRefused, GivenBack, Keys, Opened, Order, Outcome, Said

MINIMUMS = {"KRW": 100, "USD": 100}

_OUTCOMES = {
    "DONE": Outcome.PAID,
    "PARTIAL_CANCELED": Outcome.GIVEN_BACK,
    "CANCELED": Outcome.GIVEN_BACK,
    "WAITING_FOR_DEPOSIT": Outcome.PENDING,
    "ABORTED": Outcome.FAILED,
    "EXPIRED": Outcome.FAILED,
}
_REASONS = {
    "REJECT_ACCOUNT_PAYMENT": "insufficient_funds",
    "EXCEED_MAX_AMOUNT": "limit_exceeded",
    "EXCEED_MAX_DAILY_PAYMENT_COUNT": "limit_exceeded",
    "EXCEED_MAX_PAYMENT_AMOUNT": "limit_exceeded",
    "INVALID_STOPPED_CARD": "blocked",
    "INVALID_CARD_LOST_OR_STOLEN": "blocked",
    "INVALID_CARD_EXPIRATION": "expired",
}


class TossGateway:
    base = "https://api.tosspayments.com"

    def __init__(self, keys: Keys) -> None:
        self._auth = (keys.secret, "")

    def open(self, order: Order) -> Opened:
        told = {
            "method": "CARD",
            "amount": to_number(order.amount_minor, order.currency),
            "currency": order.currency,
            "orderId": order.reference,
            "orderName": order.title[:100],
            "successUrl": order.return_url,
            "failUrl": order.return_url,
        }
        body = self._post("/v1/payments", told, key=order.reference)
        url = text(body, "checkout", "url")
        if not url:
            raise GatewayRefused("the payment has no window")
        return Opened(url, text(body, "paymentKey"))

    def read_callback(self, raw: bytes, headers: Mapping[str, str], *, at: float) -> Said:
        return self.read(raw)

    def read(self, raw: bytes) -> Said:
        """Known by its bytes alone, since nobody vouches for an id in it."""
        body = loads(raw)
        told = body.get("data") if isinstance(body, dict) and isinstance(body.get("data"), dict) else body
        order, key = text(told, "orderId"), text(told, "paymentKey")
        return Said(
            event_id="",
            kind=text(body, "eventType") or ("DEPOSIT_CALLBACK" if order else "unreadable"),
            outcome=Outcome.ASK if order or key else Outcome.IGNORED,
            order_reference=order[:64],
            gateway_reference=key[:200],
        )

    def look_up(self, order: Order) -> Said | None:
        return self._found(f"/v1/payments/orders/{quote(order.reference, safe='')}")

    def ask_about(self, said: Said) -> Said | None:
        """The payment as Toss itself tells it, by its key, else by its order; the answer names the order that counts."""
        if said.gateway_reference:
            return self._found(f"/v1/payments/{quote(said.gateway_reference, safe='')}")
        return self._found(f"/v1/payments/orders/{quote(said.order_reference, safe='')}")

    def returned(self, order: Order, query: Mapping[str, str]) -> Said | None:
        """Confirm what the customer agreed to, if it is this order and its amount; else only ask."""
        asked = to_number(order.amount_minor, order.currency)
        if (
            not query.get("paymentKey")
            or query.get("orderId") != order.reference
            or query.get("amount") not in (str(asked), str(int(asked)))
        ):
            return self.look_up(order)
        told = {"paymentKey": query["paymentKey"][:200], "orderId": order.reference, "amount": asked}
        try:
            return _said(self._post("/v1/payments/confirm", told, key=order.reference))
        except GatewayRefused:
            # Confirmed before, refused by the card, or too late: the payment itself knows.
            return self.look_up(order)

    def refund(self, order: Order, amount_minor: int, *, key: str) -> GivenBack:
        told = {"cancelReason": "과납 환불", "cancelAmount": to_number(amount_minor, order.currency)}
        path = f"/v1/payments/{quote(order.gateway_reference, safe='')}/cancel"
        body = self._post(path, told, key=key)
        return GivenBack(text(body, "lastTransactionKey"))

    def minimum_minor(self, currency: str) -> int:
        return MINIMUMS.get(currency, 1)

    def _post(self, path: str, told: dict, *, key: str) -> dict:
        status, body = ask(
            "POST", self.base + path, json=told, auth=self._auth, headers={"Idempotency-Key": key}
        )
        if status == 404:
            raise GatewayRefused(f"HTTP 404 {text(body, 'code')}")
        return body

    def _found(self, path: str) -> Said | None:
        body = find("GET", self.base + path, auth=self._auth)
        if body is None:
            return None
        if not text(body, "orderId"):
            raise GatewayAway("the answer names no order")
        return _said(body)


def _said(body: dict) -> Said:
    status, currency = text(body, "status"), text(body, "currency") or "KRW"
    outcome = _OUTCOMES.get(status, Outcome.IGNORED)
    amount = from_decimal(
        body.get("balanceAmount" if outcome == Outcome.GIVEN_BACK else "totalAmount"), currency
    )
    return Said(
        event_id=f"payment:{text(body, 'paymentKey')}:{status}:{amount}",
        kind=status or "unreadable",
        outcome=outcome,
        order_reference=text(body, "orderId"),
        gateway_reference=text(body, "paymentKey"),
        amount_minor=amount,
        currency=currency,
        reason="expired" if status == "EXPIRED" else _REASONS.get(text(body, "failure", "code"), "other"),
        payment_reference=text(body, "metadata", "amends_payment")[:200],
    )
