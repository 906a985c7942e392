"""The customer's journeys in a real browser, on a phone: with and without script, in both languages."""

import re
from collections.abc import Iterator

import pytest

from accounts.models import Checkout, ContactPreference
from common import clock
from defaults.models import (
    AdjustmentRequest,
    DefaultCase,
    Deferral,
    Dispute,
    NegotiationTerms,
    PaymentPlan,
    PromiseToPay,
    ResolutionLink,
    SettlementOffer,
)
from defaults.services import reassess_touched
from defaults.services.links import code_of, create_link, revoke_links
from defaults.services.offers import standing_offer
from defaults.tests.showcase import NOW, case, closed_case, pay, songbird
from defaults.tests.visiting import BIRTH_YEAR, is_born, paying_songbird, phone_end
from reminders.tests.browsing import Visit, visit
from reminders.tests.showcase import sent

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 360, "height": 740}
LOOKS = [
    {"size": PHONE, "language": language, "theme": theme, "script": script}
    for language, theme, script in (
        ("en", "light", "on"),
        ("ko", "light", "on"),
        ("ko", "dark", "off"),
        ("en", "dark", "off"),
    )
]


@pytest.fixture(autouse=True)
def at_the_worlds_instant(monkeypatch, settings, live_server) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    settings.PUBLIC_URL = live_server.url


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look['language']}-script-{look['script']}")
def look(request) -> dict:
    return request.param


@pytest.fixture
def owed() -> DefaultCase:
    made = case(paying_songbird(), 0, items=3)
    is_born(made)
    return made


class Customer:
    """Follows the link, then taps. `check` complains and takes the picture; without script it can only do the latter."""

    def __init__(self, there: Visit, made: DefaultCase, look: dict) -> None:
        self.there, self.case, self.look = there, made, look
        there.go(f"/r/{create_link(case_id=made.pk, now=NOW)}/?lang={look['language']}")

    def open(self, *names: str) -> None:
        path = "/".join(("/r/case", self.case.number, *names))
        self.there.go(f"{path}/?lang={self.look['language']}")

    def tap(self, name: str) -> None:
        """A way of the first page, by its address."""
        self.open()
        self.there.page.locator(f"a[href*='/{self.case.number}/{name}/']").first.click()

    def go_on(self) -> None:
        self.there.page.locator("button.main").click()

    def check(self, name: str, **fields) -> None:
        if self.look["script"] == "on":
            self.there.check(f"resolve-{name}", **fields)

    def is_thanked(self) -> None:
        self.there.page.wait_for_selector("[role=status]")

    def shows_who_they_are(self) -> None:
        self.tap("you")
        self.there.page.fill("#phone", phone_end(self.case))
        self.there.page.fill("#year", BIRTH_YEAR)
        self.go_on()
        self.there.page.wait_for_selector(".items")


@pytest.fixture
def customer(browser, live_server, look, owed) -> Iterator[Customer]:
    with visit(browser, live_server.url, **look) as there:
        yield Customer(there, owed, look)


def test_paying_everything(customer, owed) -> None:
    customer.check("home")
    customer.there.page.locator("a.main").click()
    customer.check("pay-summary")
    customer.go_on()
    customer.there.page.wait_for_url("**/sandbox/**")
    customer.there.page.locator("button[value=approve]").click()
    customer.is_thanked()
    reassess_touched(now=NOW)
    customer.open("pay", "done")
    customer.check("pay-paid")
    customer.open()
    customer.check("home-paid")
    owed.refresh_from_db()
    assert owed.outcome == "cured"


def test_paying_a_part_that_takes_a_while(customer, owed) -> None:
    customer.open("pay")
    customer.check("pay-form")
    customer.there.page.check("input[value=other]")
    customer.there.page.fill("#f-other", "99999999")
    customer.go_on()
    customer.there.page.wait_for_selector("[role=alert]")
    customer.check("pay-too-much")
    customer.there.page.fill("#f-other", "12,000")
    customer.go_on()
    customer.check("pay-part-summary")
    customer.go_on()
    customer.there.page.wait_for_url("**/sandbox/**")
    customer.there.page.locator("button[value=later]").click()
    customer.is_thanked()
    customer.check("pay-being-checked")
    assert Checkout.objects.get().amount_minor == 12_000


def test_a_declined_payment_can_be_tried_again(customer) -> None:
    customer.tap("pay")
    customer.go_on()
    customer.there.page.wait_for_url("**/sandbox/**")
    customer.there.page.locator("button[value=decline]").click()
    customer.is_thanked()
    customer.check("pay-failed")
    customer.there.page.locator("main a.main").click()
    assert customer.there.page.locator("input[name=how]").count()


def test_settling_for_less(customer, owed) -> None:
    NegotiationTerms.objects.create(merchant=owed.merchant, currency="KRW", discount_percent=40)
    standing_offer(case_id=owed.pk, now=NOW, actor="system")
    customer.open()
    customer.check("home-offer")
    customer.tap("offer")
    customer.check("offer-summary")
    customer.go_on()
    customer.is_thanked()
    customer.check("offer-agreed")
    customer.open()
    customer.check("home-agreed")
    assert SettlementOffer.objects.get().state == "accepted"


def test_promising_a_day(customer) -> None:
    customer.tap("date")
    customer.check("date-form")
    customer.there.page.fill("#f-on", "2026-11-28")
    customer.go_on()
    customer.check("date-summary")
    customer.go_on()
    customer.is_thanked()
    customer.check("date-done")
    assert PromiseToPay.objects.get().on.isoformat() == "2026-11-28"


def test_paying_in_instalments_after_a_counter_proposal(customer) -> None:
    customer.tap("instalments")
    customer.there.page.check("input[value='5']")
    customer.check("instalments-form")
    customer.go_on()
    customer.check("instalments-summary")
    customer.go_on()
    customer.check("instalments-counter")
    customer.go_on()
    customer.is_thanked()
    customer.check("instalments-done")
    customer.open()
    customer.check("home-plan")
    assert PaymentPlan.objects.get().instalments.count() == 3


def test_saying_that_something_is_not_right(customer) -> None:
    customer.tap("dispute")
    customer.check("dispute-form")
    customer.there.page.check("input[value=not_delivered]")
    customer.there.page.fill("#f-text", "41화부터 열리지 않습니다. Nothing opens.")
    customer.go_on()
    customer.check("dispute-summary")
    customer.go_on()
    customer.is_thanked()
    customer.check("dispute-done")
    customer.open()
    customer.check("home-disputed")
    assert Dispute.objects.get().reason == "not_delivered"


def test_a_known_customer_disputes_a_single_item(customer) -> None:
    customer.shows_who_they_are()
    customer.tap("dispute")
    customer.there.page.check("input[value=wrong_amount]")
    for box in customer.there.page.locator("input[name=item]").all()[1:]:
        box.uncheck()
    customer.check("dispute-items")
    customer.go_on()
    customer.go_on()
    customer.is_thanked()
    assert Dispute.objects.get().payments.count() == 1


def test_not_being_able_to_pay_now(customer) -> None:
    customer.tap("cannot")
    customer.there.page.check("input[value=illness]")
    customer.check("cannot-form")
    customer.go_on()
    customer.check("cannot-summary")
    customer.go_on()
    customer.is_thanked()
    customer.check("cannot-done")
    customer.tap("change")
    customer.there.page.fill("#f-text", "반만, 내년에. Half of it, next year.")
    customer.check("change-form")
    customer.go_on()
    customer.go_on()
    customer.is_thanked()
    customer.check("change-done")
    assert Deferral.objects.exists()
    assert AdjustmentRequest.objects.exists()


def test_stopping_messages_and_taking_it_back(customer) -> None:
    customer.tap("stop")
    customer.check("stop-summary")
    customer.go_on()
    customer.is_thanked()
    customer.check("stop-done")
    assert ContactPreference.objects.get().stopped_at
    customer.tap("messages-again")
    customer.go_on()
    customer.is_thanked()
    assert ContactPreference.objects.get().stopped_at is None


def test_having_paid_already(customer) -> None:
    customer.tap("paid")
    customer.check("paid-summary")
    customer.go_on()
    customer.is_thanked()
    customer.check("paid-done")
    customer.open()
    customer.check("home-claimed-paid")


def test_an_expired_link_and_asking_for_a_new_one(customer, owed) -> None:
    revoke_links(case_id=owed.pk, now=NOW)
    customer.open()
    customer.check("missing", expected="404")
    customer.there.page.locator("a.main").click()
    customer.check("new-link")
    customer.there.page.fill("#number", owed.number)
    customer.there.page.fill("#address", "somebody@example.com")
    customer.go_on()
    customer.is_thanked()
    customer.check("new-link-asked")


def test_showing_who_one_is_by_a_code(customer, owed) -> None:
    customer.tap("you")
    customer.check("you")
    customer.there.page.fill("#phone", "9999")
    customer.there.page.fill("#year", "1900")
    customer.go_on()
    customer.there.page.wait_for_selector("[role=alert]")
    customer.check("you-wrong")
    customer.there.page.locator("form[action*=code] button").click()
    customer.is_thanked()
    customer.check("you-code")
    customer.there.page.fill("#code", code_of(ResolutionLink.objects.get()))
    customer.go_on()
    customer.there.page.wait_for_selector(".items")


def test_a_known_customer_sees_items_messages_and_sets_preferences(customer, owed) -> None:
    sent(owed)
    customer.shows_who_they_are()
    customer.check("home-known")
    customer.tap("messages")
    customer.there.page.locator("summary").first.click()
    customer.check("messages")
    customer.open("pay")
    customer.check("pay-known")
    customer.tap("preferences")
    customer.there.page.check("input[name=channel][value=sms]")
    customer.there.page.check("input[name=day][value='0']")
    customer.there.page.fill("#f-from", "09:00")
    customer.there.page.fill("#f-until", "12:00")
    customer.check("preferences-form")
    customer.go_on()
    customer.check("preferences-summary")
    customer.go_on()
    customer.is_thanked()
    customer.check("preferences-done")


def test_documents_are_downloaded(browser, live_server, look) -> None:
    ended = closed_case(songbird(), 0)
    is_born(ended)
    pay(ended)
    with visit(browser, live_server.url, **look) as there:
        customer = Customer(there, ended, look)
        customer.tap("you")
        there.page.fill("#phone", phone_end(ended))
        there.page.fill("#year", BIRTH_YEAR)
        customer.go_on()
        there.page.wait_for_selector(".items")
        customer.check("home-documents")
        for name in ("certificate", "statement", "receipt"):
            with there.page.expect_download() as download:
                there.page.locator(f"a[href*='papers/{name}']").first.click()
            assert download.value.path().read_bytes().startswith(b"%PDF")


def test_a_merchant_without_a_gateway(browser, live_server, look) -> None:
    with visit(browser, live_server.url, **look) as there:
        Customer(there, case(songbird(), 0), look).check("home-without-gateway")
        assert not there.page.locator("a.main").count()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_narrowest_phone_scrolls_nowhere(browser, live_server, owed, language) -> None:
    look = {"size": {"width": 320, "height": 640}, "language": language, "theme": "light", "script": "on"}
    with visit(browser, live_server.url, **look) as there:
        customer = Customer(there, owed, look)
        customer.check("home")
        customer.shows_who_they_are()
        for name in ("", "pay", "instalments", "dispute", "preferences"):
            customer.open(*filter(None, [name]))
            customer.check(f"narrow-{name}")


def test_a_whole_journey_takes_two_requests_a_page(browser, live_server, owed) -> None:
    look = {"size": PHONE, "language": "en", "theme": "light", "script": "on"}
    with visit(browser, live_server.url, **look) as there:
        asked: list[str] = []
        there.page.on("request", lambda request: asked.append(request.url))
        Customer(there, owed, look)
        kinds = [re.sub(r"^.*?//[^/]*", "", url) for url in asked if not url.endswith("icon.svg")]
        assert len(kinds) <= 3, kinds
