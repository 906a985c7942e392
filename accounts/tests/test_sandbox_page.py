"""The sandbox's page, and the way to a gateway and back."""

import pytest
from django.test import Client

from accounts.models import Checkout, SandboxPayment
from accounts.services.gateway_setups import set_up_gateway
from accounts.services.sandbox import in_process, tell_sandbox
from common import clock

from .factories import NOW
from .paying import begin, cash, shop_with

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def at_the_worlds_instant(monkeypatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr("accounts.api.hooks.now", lambda: NOW)


@pytest.fixture
def checkout() -> Checkout:
    return begin(shop_with(name="송버드"), return_url="/sign-in/?paid")


def test_the_way_leads_through_the_gateway_and_back(checkout) -> None:
    client = Client()
    assert client.get(f"/pay/{checkout.reference}/").url == f"/sandbox/{checkout.reference}/"
    assert client.get(f"/pay/{checkout.reference}/back/").url == "/sign-in/?paid"
    assert Checkout.objects.get().state == "open"


def test_the_page_says_in_the_customers_language_that_no_money_moves(checkout) -> None:
    page = Client().get(f"/sandbox/{checkout.reference}/?lang=en")
    assert "No real money." in page.content.decode()
    assert "14,800" in page.content.decode()
    assert page["Cache-Control"] == "no-store"


def test_looking_at_the_page_changes_nothing(checkout) -> None:
    for address in ("sandbox", "pay"):
        for _ in range(20):
            Client().get(f"/{address}/{checkout.reference}/")
            Client().head(f"/{address}/{checkout.reference}/")
    assert (SandboxPayment.objects.count(), Checkout.objects.get().state) == (0, "open")


@pytest.mark.parametrize("address", ["/sandbox/amends_x/", "/pay/amends_x/", "/pay/amends_x/back/"])
def test_an_unknown_reference_is_not_found(address) -> None:
    assert Client().get(address).status_code == 404


def test_the_page_exists_for_no_other_gateway(checkout) -> None:
    set_up_gateway(merchant_id=checkout.merchant_id, gateway="toss", secret="sk")
    Checkout.objects.update(gateway="toss")
    client = Client()
    address = f"/sandbox/{checkout.reference}/"
    assert (client.get(address).status_code, client.post(address, {"choice": "approve"}).status_code) == (
        404,
        404,
    )
    assert not SandboxPayment.objects.exists()


def test_a_choice_needs_the_form_that_was_shown(checkout) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(f"/sandbox/{checkout.reference}/", {"choice": "approve"})
    assert (answer.status_code, SandboxPayment.objects.count()) == (403, 0)


def test_a_callback_that_does_not_arrive_is_told_by_the_sweep(checkout) -> None:
    Client(SERVER_NAME="localhost", SERVER_PORT="9").post(
        f"/sandbox/{checkout.reference}/", {"choice": "approve"}
    )
    assert (SandboxPayment.objects.get().told_at, cash(checkout.merchant)) == (None, 0)
    assert tell_sandbox(now=NOW, send=in_process(NOW)) == 1
    assert cash(checkout.merchant) == 14_800


def test_a_page_for_a_foreign_gateway_leads_there_by_itself(checkout) -> None:
    set_up_gateway(merchant_id=checkout.merchant_id, gateway="stripe", secret="sk")
    Checkout.objects.update(gateway="stripe", redirect_url="https://checkout.stripe.com/c/pay/cs_1?a=1&b=2")
    page = Client().get(f"/pay/{checkout.reference}/").content.decode()
    assert 'content="0; url=https://checkout.stripe.com/c/pay/cs_1?a=1&amp;b=2"' in page
    assert "<script" not in page


def test_only_the_page_that_needs_it_may_load_a_foreign_script(checkout) -> None:
    set_up_gateway(
        merchant_id=checkout.merchant_id, gateway="portone", public_key="store-1 channel-1", secret="s"
    )
    Checkout.objects.update(gateway="portone", redirect_url=f"/pay/{checkout.reference}/")
    page = Client().get(f"/pay/{checkout.reference}/")
    assert "https://cdn.portone.io" in page["Content-Security-Policy"]
    assert '"channelKey": "channel-1"' in page.content.decode()
    for address in ("/sign-in/", f"/sandbox/{checkout.reference}/"):
        assert "portone" not in Client().get(address)["Content-Security-Policy"]
