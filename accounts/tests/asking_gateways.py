"""Orders for gateways, and a stub that answers as each of them does when all is well."""

from datetime import timedelta

from accounts.gateways import Gateway, Keys, Order
from accounts.gateways.portone import PortOneGateway
from accounts.gateways.stripe import StripeGateway
from accounts.gateways.toss import TossGateway

from .factories import NOW
from .gateway_stub import Stub

KEYS = Keys(public="store-1 channel-1", secret="sk_test", webhook_secrets=("whsec_one",))
REAL = {"stripe": StripeGateway, "toss": TossGateway, "portone": PortOneGateway}


def order(**fields) -> Order:
    told = {
        "reference": "amends_1",
        "amount_minor": 9900,
        "currency": "KRW",
        "title": "Songbird",
        "return_url": "https://pay.example/pay/amends_1/back/",
        "asked_at": NOW,
        "expires_at": NOW + timedelta(minutes=40),
    }
    return Order(**told | fields)


def toss_payment(status: str = "DONE", **fields) -> dict:
    told = {
        "paymentKey": "tk_1",
        "orderId": "amends_1",
        "status": status,
        "currency": "KRW",
        "totalAmount": 9900,
    }
    return told | fields


def teach(stub: Stub, gateway: str) -> Gateway:
    """The stub answers as this gateway does when all is well."""
    session = {"id": "cs_1", "url": "https://checkout.stripe.com/c/pay/cs_1"}
    stub.answers |= {
        "POST /v1/checkout/sessions": lambda _: (200, session),
        "POST /v1/refunds": lambda _: (200, {"id": "re_1", "status": "succeeded"}),
        "POST /v1/payments": lambda _: (
            200,
            {"paymentKey": "tk_1", "checkout": {"url": "https://toss.example/w"}},
        ),
        "POST /v1/payments/confirm": lambda _: (200, toss_payment()),
        "POST /v1/payments/tk_1/cancel": lambda _: (200, {"lastTransactionKey": "tx_1"}),
        "POST /payments/amends_1/pre-register": lambda _: (200, {}),
        "POST /payments/amends_1/cancel": lambda _: (
            200,
            {"cancellation": {"id": "c_1", "status": "SUCCEEDED"}},
        ),
    }
    return REAL[gateway](KEYS)
