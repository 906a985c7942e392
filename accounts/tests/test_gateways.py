"""What each gateway is told, and what its answers mean, against a server that behaves as gateways do."""

import pytest
from django.db import transaction

from accounts.gateways import (
    GatewayAway,
    GatewayRefused,
    Keys,
    NotAuthentic,
    Outcome,
    open_gateway,
)
from accounts.gateways.portone import PortOneGateway
from accounts.gateways.sandbox import SandboxGateway
from accounts.gateways.stripe import StripeGateway
from accounts.gateways.toss import TossGateway
from accounts.models import GatewaySetup
from accounts.sealed import NotSealedHere
from accounts.services.gateway_setups import forget_previous_secret, set_up_gateway

from .asking_gateways import KEYS, REAL, order, teach
from .factories import merchant

pytestmark = pytest.mark.usefixtures("impatient")


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
