"""What each gateway is told, and what its answers mean, against a server that behaves as gateways do."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.gateways import (
    Gateway,
    GatewayAway,
    GatewayRefused,
    Keys,
    NotAuthentic,
    Order,
    Outcome,
    client,
    open_gateway,
)
from accounts.gateways.amounts import from_decimal, from_stripe, to_stripe
from accounts.gateways.portone import PortOneGateway
from accounts.gateways.sandbox import SandboxGateway
from accounts.gateways.stripe import StripeGateway
from accounts.gateways.toss import TossGateway
from accounts.models import GatewaySetup
from accounts.sealed import NotSealedHere
from accounts.services.gateway_setups import forget_previous_secret, set_up_gateway

from .factories import NOW, merchant
from .gateway_stub import Stub, gateway_stub

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


@pytest.fixture(autouse=True)
def impatient(monkeypatch) -> Iterator[None]:
    """Time-outs short enough for a test."""
    client._client.cache_clear()
    monkeypatch.setattr(client, "_TIMEOUT", httpx.Timeout(0.3))
    yield
    client._client.cache_clear()


@pytest.fixture
def stub(monkeypatch) -> Iterator[Stub]:
    with gateway_stub() as server:
        for adapter in REAL.values():
            monkeypatch.setattr(adapter, "base", server.url)
        yield server


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


@pytest.mark.parametrize(
    ("gateway", "address"),
    [
        ("stripe", "https://checkout.stripe.com/c/pay/cs_1"),
        ("toss", "https://toss.example/w"),
        ("portone", "/pay/amends_1/"),
    ],
)
def test_an_order_is_opened_with_its_reference_as_the_key(stub, gateway, address) -> None:
    assert teach(stub, gateway).open(order()).redirect_url == address
    assert stub.asked[0].headers["idempotency-key"].strip('"') == "amends_1"


@pytest.mark.parametrize("gateway", REAL)
@pytest.mark.parametrize("mood", ["silent", "failing", "halved"])
def test_an_answer_that_decides_nothing_is_no_refusal(stub, gateway, mood) -> None:
    adapter, stub.mood = teach(stub, gateway), mood
    with pytest.raises(GatewayAway):
        adapter.open(order())
    with pytest.raises(GatewayAway):
        adapter.look_up(order(gateway_reference="cs_1"))


@pytest.mark.parametrize("gateway", REAL)
def test_opening_again_after_silence_opens_the_same_order(stub, gateway) -> None:
    adapter, stub.mood = teach(stub, gateway), "silent"
    with pytest.raises(GatewayAway):
        adapter.open(order())
    stub.mood = "well"
    assert adapter.open(order()).redirect_url
    assert len(stub.done) == 1


@pytest.mark.parametrize("gateway", REAL)
def test_a_gateway_that_nobody_listens_at_surely_did_nothing(monkeypatch, gateway) -> None:
    monkeypatch.setattr(REAL[gateway], "base", "http://127.0.0.1:9")
    with pytest.raises(GatewayRefused, match="no connection"):
        REAL[gateway](KEYS).open(order())


@pytest.mark.parametrize("gateway", REAL)
def test_a_refusal_carries_the_gateways_own_words(stub, gateway) -> None:
    adapter = teach(stub, gateway)
    for name in stub.answers:
        stub.answers[name] = lambda _: (400, {"code": "INVALID_AMOUNT", "message": "too little"})
    with pytest.raises(GatewayRefused, match="INVALID_AMOUNT: too little"):
        adapter.open(order())


@pytest.mark.parametrize("gateway", REAL)
def test_an_order_the_gateway_does_not_know_is_none(stub, gateway) -> None:
    assert REAL[gateway](KEYS).look_up(order(gateway_reference="cs_1")) is None


@pytest.mark.parametrize(
    ("gateway", "reference"), [("stripe", "pi_1"), ("toss", "tk_1"), ("portone", "amends_1")]
)
def test_a_refund_is_given_once_for_its_key(stub, gateway, reference) -> None:
    adapter = teach(stub, gateway)
    paid = order(gateway_reference=reference)
    assert adapter.refund(paid, 4000, key="r-1") == adapter.refund(paid, 4000, key="r-1")
    assert len(stub.done) == 1


@pytest.mark.django_db
def test_no_gateway_is_called_inside_a_transaction(stub) -> None:
    with transaction.atomic(), pytest.raises(transaction.TransactionManagementError):
        teach(stub, "toss").open(order())
    assert stub.asked == []


def test_stripe_is_told_amount_currency_and_whose_order_it_is(stub) -> None:
    teach(stub, "stripe").open(order(amount_minor=1999, currency="USD"))
    told = stub.asked[0].body
    assert told["line_items[0][price_data][unit_amount]"] == "1999"
    assert told["line_items[0][price_data][currency]"] == "usd"
    assert (told["client_reference_id"], stub.asked[0].user) == ("amends_1", "sk_test:")


@pytest.mark.parametrize(
    ("minor", "currency", "units"),
    [
        (9900, "KRW", 9900), (1999, "USD", 1999), (500, "JPY", 500), (5, "ISK", 500), (5, "UGX", 500),
        (5120, "KWD", 5120), (700, "MGA", 7), (500, "XOF", 500),
    ],
)  # fmt: skip
def test_stripe_writes_amounts_in_its_own_units(minor, currency, units) -> None:
    assert (to_stripe(minor, currency), from_stripe(units, currency)) == (units, minor)


@pytest.mark.parametrize(("minor", "currency"), [(5124, "KWD"), (20, "MGA")])
def test_an_amount_that_stripe_cannot_write_is_refused(minor, currency) -> None:
    with pytest.raises(GatewayRefused):
        to_stripe(minor, currency)


@given(st.integers(1, 10**11), st.sampled_from(["KRW", "USD", "JPY", "EUR", "ISK", "UGX", "HUF", "TWD"]))
def test_stripes_units_and_ours_are_the_same_money(minor, currency) -> None:
    assert from_stripe(to_stripe(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("told", "currency", "minor"),
    [(9900, "KRW", 9900), (Decimal("12.5"), "USD", 1250), (Decimal("9900.5"), "KRW", 0), (True, "KRW", 0),
     ("9900", "KRW", 0), (None, "KRW", 0), (9900, "XXX", 0), (Decimal("1E+1000000"), "KRW", 0)],
)  # fmt: skip
def test_a_number_that_is_no_amount_reads_as_nothing(told, currency, minor) -> None:
    assert from_decimal(told, currency) == minor


@pytest.mark.parametrize(
    ("session", "outcome"),
    [
        ({"payment_status": "paid", "status": "complete"}, Outcome.PAID),
        ({"payment_status": "unpaid", "status": "complete"}, Outcome.PENDING),
        ({"payment_status": "unpaid", "status": "open"}, Outcome.IGNORED),
        ({"payment_status": "unpaid", "status": "expired"}, Outcome.IGNORED),
    ],
)
def test_a_session_of_stripe_is_looked_up_by_its_id(stub, session, outcome) -> None:
    told = {
        "client_reference_id": "amends_1",
        "payment_intent": "pi_1",
        "amount_total": 9900,
        "currency": "krw",
    }
    stub.answers["GET /v1/checkout/sessions/cs_1"] = lambda _: (200, told | session)
    said = StripeGateway(KEYS).look_up(order(gateway_reference="cs_1"))
    assert (said.outcome, said.amount_minor, said.gateway_reference) == (outcome, 9900, "pi_1")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("DONE", Outcome.PAID), ("WAITING_FOR_DEPOSIT", Outcome.PENDING), ("ABORTED", Outcome.FAILED),
     ("EXPIRED", Outcome.FAILED), ("READY", Outcome.IGNORED), ("?", Outcome.IGNORED)],
)  # fmt: skip
def test_a_payment_of_toss_is_looked_up_by_our_order(stub, status, outcome) -> None:
    stub.answers["GET /v1/payments/orders/amends_1"] = lambda _: (200, toss_payment(status))
    said = TossGateway(KEYS).look_up(order())
    assert (said.outcome, said.amount_minor, said.currency) == (outcome, 9900, "KRW")


def test_toss_takes_the_money_only_when_the_return_is_confirmed(stub) -> None:
    query = {"paymentKey": "tk_1", "orderId": "amends_1", "amount": "9900"}
    said = teach(stub, "toss").returned(order(), query)
    assert (said.outcome, stub.asked[0].path) == (Outcome.PAID, "/v1/payments/confirm")
    assert stub.asked[0].body == {"paymentKey": "tk_1", "orderId": "amends_1", "amount": 9900}


@pytest.mark.parametrize("wrong", [{"amount": "1"}, {"orderId": "amends_2"}, {"paymentKey": ""}])
def test_a_return_that_claims_something_else_confirms_nothing(stub, wrong) -> None:
    query = {"paymentKey": "tk_1", "orderId": "amends_1", "amount": "9900"} | wrong
    assert teach(stub, "toss").returned(order(), query) is None
    assert [one.method for one in stub.asked] == ["GET"]


def test_a_callback_of_toss_is_believed_in_nothing_but_what_to_ask(stub) -> None:
    forged = json.dumps({"eventType": "PAYMENT_STATUS_CHANGED", "data": toss_payment(totalAmount=1)}).encode()
    adapter = TossGateway(KEYS)
    said = adapter.read_callback(forged, {}, at=0)
    assert (said.outcome, said.amount_minor) == (Outcome.ASK, 0)
    stub.answers["GET /v1/payments/tk_1"] = lambda _: (200, toss_payment("ABORTED", totalAmount=9900))
    assert adapter.ask_about(said).outcome == Outcome.FAILED


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("PAID", Outcome.PAID), ("PENDING", Outcome.PENDING), ("VIRTUAL_ACCOUNT_ISSUED", Outcome.PENDING),
     ("FAILED", Outcome.FAILED), ("READY", Outcome.IGNORED)],
)  # fmt: skip
def test_a_payment_of_portone_is_asked_for(stub, status, outcome) -> None:
    told = {"status": status, "amount": {"total": 9900, "cancelled": 0}, "currency": "KRW"}
    stub.answers["GET /payments/amends_1"] = lambda _: (200, told)
    said = PortOneGateway(KEYS).look_up(order())
    assert (said.outcome, said.amount_minor, said.order_reference) == (outcome, 9900, "amends_1")
    assert stub.asked[0].headers["authorization"] == "PortOne sk_test"


def test_portone_learns_the_amount_from_us_before_any_browser_does(stub) -> None:
    adapter = teach(stub, "portone")
    adapter.open(order())
    assert stub.asked[0].body["totalAmount"] == adapter.window(order())["totalAmount"] == 9900


@pytest.mark.parametrize("gateway", [StripeGateway, PortOneGateway])
def test_a_gateway_without_a_webhook_secret_authenticates_nobody(gateway) -> None:
    with pytest.raises(NotAuthentic):
        gateway(Keys(secret="sk")).read_callback(b"{}", {}, at=0)


@pytest.mark.parametrize("gateway", [StripeGateway, TossGateway, PortOneGateway])
@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"1e999", b'{"data": {"object": []}}', b'{"data": {"object": {"currency": "zzz"}}}',
     b'{"type": 5, "eventType": {}}', b"[" * 50_000, b'{"a": NaN}', b"\xff\xfe", b'{"type": "charge.refunded"}',
     b'{"type": "charge.refunded", "data": {"object": [1]}}', b'{"data": "\\ud800\\u0000"}'],
)  # fmt: skip
def test_no_body_is_an_error(gateway, raw) -> None:
    assert gateway(KEYS).read(raw).outcome == Outcome.IGNORED
    assert SandboxGateway(KEYS, merchant_id=1).read(raw).outcome == Outcome.IGNORED


@pytest.mark.django_db
def test_keys_rest_sealed_and_open_only_in_their_own_place() -> None:
    one, other = merchant("one"), merchant("other")
    setup = set_up_gateway(merchant_id=one.pk, gateway="toss", secret="sk_live_very_secret")
    assert b"very_secret" not in bytes(GatewaySetup.objects.get().secret)
    GatewaySetup.objects.create(merchant=other, gateway="toss", secret=setup.secret)
    with pytest.raises(NotSealedHere):
        open_gateway(GatewaySetup.objects.get(merchant=other))


@pytest.mark.django_db
def test_two_webhook_secrets_live_until_the_previous_one_is_forgotten() -> None:
    shop = merchant()
    for secret in ("whsec_one", "whsec_two"):
        set_up_gateway(merchant_id=shop.pk, gateway="stripe", webhook_secret=secret)
    assert open_gateway(GatewaySetup.objects.get())._webhook_secrets == ("whsec_two", "whsec_one")
    forget_previous_secret(merchant_id=shop.pk, gateway="stripe")
    assert open_gateway(GatewaySetup.objects.get())._webhook_secrets == ("whsec_two",)


def test_an_order_of_stripes_without_a_session_was_shown_to_nobody(stub) -> None:
    assert StripeGateway(KEYS).look_up(order()) is None
    assert stub.asked == []
