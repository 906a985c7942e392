"""Paying at the sandbox in a real browser: with and without script, both languages, and nothing to complain about."""

from collections.abc import Iterator

import pytest

from accounts.gateways import client as gateway_client
from accounts.models import Checkout, GatewayEvent
from accounts.tests.factories import NOW
from accounts.tests.paying import begin, cash, shop_with
from common import clock
from reminders.tests.browsing import DESKTOP, PHONE, visit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def at_the_worlds_instant(monkeypatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr("accounts.api.hooks.now", lambda: NOW)
    yield
    # A connection kept alive would keep its server thread, and the database's session of that, alive too.
    gateway_client._client().close()
    gateway_client._client.cache_clear()


@pytest.fixture
def checkout() -> Checkout:
    return begin(shop_with(name="송버드"), return_url="/sign-in/?paid")


@pytest.mark.parametrize(
    "choice", ["Approve", "Approve, and tell it twice", "Decline", "Approve in 3 minutes"]
)
def test_each_choice_without_script_comes_back_with_its_answer(
    browser, live_server, checkout, choice
) -> None:
    expected = {"Decline": ("failed", 0), "Approve in 3 minutes": ("open", 0)}.get(choice, ("paid", 14_800))
    with visit(browser, live_server.url, size=PHONE, language="en", theme="light", script="off") as there:
        there.go(f"/pay/{checkout.reference}/?lang=en")
        there.go(f"/sandbox/{checkout.reference}/?lang=en")
        there.page.get_by_role("button", name=choice, exact=True).click()
        there.page.wait_for_url("**/sign-in/?paid")
    assert (Checkout.objects.get().state, cash(checkout.merchant)) == expected
    assert GatewayEvent.objects.count() == (choice != "Approve in 3 minutes")


@pytest.mark.parametrize(("size", "language", "theme"), [(PHONE, "ko", "dark"), (DESKTOP, "en", "light")])
def test_nothing_is_to_complain_about_in_a_browser(
    browser, live_server, checkout, size, language, theme
) -> None:
    with visit(browser, live_server.url, size=size, language=language, theme=theme) as there:
        there.go(f"/sandbox/{checkout.reference}/?lang={language}")
        there.check("sandbox")
        there.page.locator("button[value=approve]").click()
        there.page.wait_for_url("**/sign-in/?paid")
        there.faults.clear()
        there.go(f"/sandbox/{checkout.reference}/?lang={language}")
        there.check("sandbox-over")
