"""Stripe Checkout: a session is opened, the customer pays on Stripe's page, a signed event tells.

Three calls, so no SDK: docs.stripe.com/api/checkout/sessions, /api/refunds, /webhooks/signature.
"""

from collections.abc import Mapping

from common.money import is_currency

from .amounts import STRIPE_UNSURE, from_stripe, to_stripe
from .client import ask, find
from .fields import fields, loads, text, whole
from .protocol import GatewayRefused, GivenBack, Keys, NotAuthentic, Opened, Order, Outcome, Said
from .signatures import is_stripe_signed

# docs.stripe.com/currencies, "Minimum and maximum charge amounts", in ISO 4217 minor units: compare before going live,
# it changes with the account's own currency. `GatewaySetup.minimums` counts before these.
MINIMUMS = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50,
    "GBP": 30, "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50,
    "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip
# The won is no settlement currency: Stripe wants the worth of its least amount in the account's own currency,
# 0.50 USD. A round figure above that.
MINIMUMS["KRW"] = 1000

_OUTCOMES = {
    "checkout.session.completed": {"paid": Outcome.PAID, "unpaid": Outcome.PENDING},
    "checkout.session.async_payment_succeeded": {"paid": Outcome.PAID},
    "checkout.session.async_payment_failed": {"unpaid": Outcome.FAILED},
}
_DISPUTES = {
    "charge.dispute.funds_withdrawn": Outcome.CHARGED_BACK,
    "charge.dispute.funds_reinstated": Outcome.REINSTATED,
}
_SESSION_STATES = {"paid": Outcome.PAID}


class StripeGateway:
    base = "https://api.stripe.com"

    def __init__(self, keys: Keys) -> None:
        self._secret, self._webhook_secrets = keys.secret, keys.webhook_secrets

    def open(self, order: Order) -> Opened:
        form = {
            "mode": "payment",
            "client_reference_id": order.reference,
            "success_url": order.return_url,
            "cancel_url": order.return_url,
            "expires_at": str(int(order.expires_at.timestamp())),
            "locale": order.language if order.language in ("ko", "en") else "auto",
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": order.currency.lower(),
            "line_items[0][price_data][unit_amount]": str(to_stripe(order.amount_minor, order.currency)),
            "line_items[0][price_data][product_data][name]": order.title,
            "payment_intent_data[metadata][amends_order]": order.reference,
        }
        _, body = self._post("/v1/checkout/sessions", form, key=order.reference)
        url = text(body, "url")
        if not url:
            raise GatewayRefused("the session has no address")
        return Opened(url, text(body, "id"))

    def read_callback(self, raw: bytes, headers: Mapping[str, str], *, at: float) -> Said:
        header = headers.get("stripe-signature", "")
        if not is_stripe_signed(raw, header=header, secrets=self._webhook_secrets, at=at):
            raise NotAuthentic
        return self.read(raw)

    def read(self, raw: bytes) -> Said:
        """Sessions of ours by `client_reference_id`; a merchant's own payments by metadata `amends_payment`."""
        event = loads(raw)
        kind, thing = text(event, "type"), fields(event, "data", "object")
        if kind == "payment_intent.succeeded" and text(thing, "metadata", "amends_payment"):
            return _said(event, thing, Outcome.PAID, amount="amount_received", payment=text(thing, "id"))
        if kind in _DISPUTES:
            return _said(
                event, thing, _DISPUTES[kind], amount="amount", payment=text(thing, "payment_intent")
            )
        if kind == "charge.refunded":
            left = {"left": whole(thing, "amount") - whole(thing, "amount_refunded")}
            return _said(
                event, thing | left, Outcome.GIVEN_BACK, amount="left", payment=text(thing, "payment_intent")
            )
        outcome = _OUTCOMES.get(kind, {}).get(text(thing, "payment_status"), Outcome.IGNORED)
        return _said(event, thing, outcome, amount="amount_total", payment=text(thing, "payment_intent"))

    def look_up(self, order: Order) -> Said | None:
        """By the session's id. An order without one was never shown to anybody, so nobody can have paid it."""
        if not order.gateway_reference.startswith("cs_"):
            return None
        session = find("GET", f"{self.base}/v1/checkout/sessions/{order.gateway_reference}", auth=self._auth)
        if session is None:
            return None
        outcome = _SESSION_STATES.get(text(session, "payment_status"), Outcome.IGNORED)
        if outcome == Outcome.IGNORED and text(session, "status") == "complete":
            outcome = Outcome.PENDING
        event = {"id": f"looked-up:{order.reference}:{outcome}", "type": "session"}
        return _said(event, session, outcome, amount="amount_total", payment=text(session, "payment_intent"))

    def ask_about(self, said: Said) -> Said | None:
        """An authentic event of Stripe's says it all."""
        return said

    def returned(self, order: Order, query: Mapping[str, str]) -> Said | None:
        return self.look_up(order)

    def refund(self, order: Order, amount_minor: int, *, key: str) -> GivenBack:
        units = to_stripe(amount_minor, order.currency)
        form = {"payment_intent": order.gateway_reference, "amount": str(units)}
        _, body = self._post("/v1/refunds", form, key=key)
        if text(body, "status") in ("failed", "canceled"):
            raise GatewayRefused(text(body, "failure_reason") or "the refund failed")
        return GivenBack(text(body, "id"))

    def minimum_minor(self, currency: str) -> int:
        return MINIMUMS.get(currency, 1)

    @property
    def _auth(self) -> tuple[str, str]:
        return (self._secret, "")

    def _post(self, path: str, form: dict[str, str], *, key: str) -> tuple[int, dict]:
        return ask("POST", self.base + path, data=form, auth=self._auth, headers={"Idempotency-Key": key})


def _said(event: dict, thing: dict, outcome: Outcome, *, amount: str, payment: str) -> Said:
    currency = text(thing, "currency").upper()
    known = is_currency(currency) and currency not in STRIPE_UNSURE
    return Said(
        event_id=text(event, "id"),
        kind=text(event, "type") or "unreadable",
        outcome=outcome if known else Outcome.IGNORED,
        order_reference=text(thing, "client_reference_id"),
        gateway_reference=payment,
        amount_minor=from_stripe(whole(thing, amount), currency) if known else 0,
        currency=currency,
        payment_reference=text(thing, "metadata", "amends_payment")[:200],
    )
