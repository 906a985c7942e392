"""The particulars of Stripe, Toss and PortOne: units, states, and what is believed."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.gateways import (
    GatewayRefused,
    Outcome,
)
from accounts.gateways.amounts import from_decimal, from_stripe, to_stripe
from accounts.gateways.portone import PortOneGateway
from accounts.gateways.stripe import StripeGateway
from accounts.gateways.toss import TossGateway

from .asking_gateways import KEYS, order, teach, toss_payment

pytestmark = pytest.mark.usefixtures("impatient")


def test_stripe_is_told_amount_currency_and_whose_order_it_is(stub) -> None:
    teach(stub, "stripe").open(order(amount_minor=1999, currency="USD"))
    told = stub.asked[0].body
    assert told["line_items[0][price_data][unit_amount]"] == "1999"
    assert told["line_items[0][price_data][currency]"] == "usd"
    assert (told["client_reference_id"], stub.asked[0].user) == ("amends_1", "sk_test:")


@pytest.mark.parametrize(
    ("minor", "currency", "units"),
    [
        (9900, "KRW", 9900), (1999, "USD", 1999), (500, "JPY", 500), (5, "ISK", 500),
        (5120, "KWD", 5120), (700, "MGA", 7), (500, "XOF", 500),
    ],
)  # fmt: skip
def test_stripe_writes_amounts_in_its_own_units(minor, currency, units) -> None:
    assert (to_stripe(minor, currency), from_stripe(units, currency)) == (units, minor)


@pytest.mark.parametrize(("minor", "currency"), [(5124, "KWD"), (20, "MGA"), (5000, "UGX")])
def test_an_amount_that_stripe_cannot_write_is_refused(minor, currency) -> None:
    with pytest.raises(GatewayRefused):
        to_stripe(minor, currency)


@given(st.integers(1, 10**11), st.sampled_from(["KRW", "USD", "JPY", "EUR", "ISK", "HUF", "TWD"]))
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


def test_an_order_of_stripes_without_a_session_was_shown_to_nobody(stub) -> None:
    assert StripeGateway(KEYS).look_up(order()) is None
    assert stub.asked == []
