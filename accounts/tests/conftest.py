"""What tests of paying have around them: an instant, and gateways that answer."""

from collections.abc import Iterator

import httpx
import pytest

from accounts.api import limits
from accounts.gateways import client
from accounts.gateways.toss import TossGateway
from accounts.models import Checkout
from accounts.services.gateway_setups import set_up_gateway
from common import clock

from .asking_gateways import REAL
from .factories import NOW
from .gateway_stub import Stub, gateway_stub
from .paying import begin, shop_with


@pytest.fixture
def at_the_worlds_instant(monkeypatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr("accounts.api.hooks.now", lambda: NOW)
    limits._buckets.clear()


@pytest.fixture
def toss(monkeypatch) -> Iterator[Stub]:
    with gateway_stub() as server:
        monkeypatch.setattr(TossGateway, "base", server.url)
        server.answers["POST /v1/payments"] = lambda _: (
            200,
            {"paymentKey": "tk_1", "checkout": {"url": "https://toss.example/"}},
        )
        yield server


@pytest.fixture
def stripe_order(monkeypatch) -> Checkout:
    """A checkout at Stripe whose session was opened, without a Stripe to open it."""
    shop = shop_with("stripe")
    set_up_gateway(merchant_id=shop.pk, gateway="sandbox")
    checkout = begin(shop)
    set_up_gateway(merchant_id=shop.pk, gateway="stripe")
    Checkout.objects.update(gateway="stripe", gateway_reference="")
    checkout.refresh_from_db()
    return checkout


@pytest.fixture
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
