import time
from datetime import timedelta

import pytest

from accounts.models import Checkout, GatewaySetup
from accounts.services.checkouts import minimum_of
from accounts.services.settling import settle_checkout
from common import clock
from defaults.models import DefaultCase, NegotiationTerms, PaymentPlan, SettlementOffer
from defaults.services import reassess_touched
from defaults.services.offers import standing_offer

from .showcase import NOW, case, songbird
from .visiting import Customer, is_born, paying_songbird

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]


@pytest.fixture
def owed() -> DefaultCase:
    return case(paying_songbird(), 0, items=2)


@pytest.fixture
def customer(owed) -> Customer:
    return Customer(owed)


@pytest.fixture
def offer(owed) -> SettlementOffer:
    NegotiationTerms.objects.create(
        merchant=owed.merchant, currency="KRW", discount_percent=30, floor_percent=50
    )
    return standing_offer(case_id=owed.pk, now=NOW, actor="system")


def settle() -> Checkout:
    """The gateway says that it was paid."""
    checkout = Checkout.objects.get()
    settle_checkout(
        reference=checkout.reference,
        amount_minor=checkout.amount_minor,
        currency=checkout.currency,
        gateway_reference="g-1",
        now=NOW,
    )
    reassess_touched(now=NOW)
    return checkout


def test_paying_everything_begins_a_checkout_and_leads_to_it(owed, customer) -> None:
    customer.agree("pay", how="everything")
    checkout = Checkout.objects.get()
    assert (checkout.amount_minor, checkout.rule, checkout.origin) == (
        21_000,
        "oldest_first",
        f"case {owed.number}",
    )
    assert checkout.return_url == f"/r/case/{owed.number}/pay/done/?lang=en"


def test_the_main_button_leads_straight_to_the_summary(owed, customer) -> None:
    page = customer.browser.get(customer.address("pay"), {"lang": "en", "how": "everything"})
    assert page.context["summary"].button == "Pay ₩21,000"
    assert "?lang=en&amp;how=everything" in customer.see()


@pytest.mark.parametrize("how", ["offer", "next", "chosen", "x"])
def test_an_address_that_asks_for_what_is_not_there_shows_the_form(customer, how) -> None:
    page = customer.browser.get(customer.address("pay"), {"lang": "en", "how": how})
    assert "What would you like to pay?" in page.content.decode()


def test_a_part_goes_to_the_oldest_first(owed, customer) -> None:
    customer.agree("pay", how="other", other="10,000")
    parts = Checkout.objects.get().items.order_by("payment__due_on").values_list("amount_minor", flat=True)
    assert list(parts) == [9900, 100]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("", "in digits"),
        ("1.5", "in digits"),
        ("-1", "up to ₩21,000"),
        ("21001", "up to ₩21,000"),
        ("５００", "in digits"),
        ("1e9", "in digits"),
    ],
)
def test_an_amount_that_cannot_be_is_refused_in_words(customer, other, said) -> None:
    assert said in customer.send("pay", how="other", other=other).content.decode()
    assert not Checkout.objects.exists()


def test_less_than_the_gateway_takes_is_refused_with_the_least(owed, customer) -> None:
    GatewaySetup.objects.update(minimums={"KRW": 1000})
    assert minimum_of(owed.merchant_id, "KRW") == 1000
    page = customer.send("pay", how="other", other="999").content.decode()
    assert "The least that can be paid here at once is ₩1,000." in page


def test_a_known_customer_pays_the_items_they_choose(owed, customer) -> None:
    is_born(owed)
    customer.shows_who_they_are()
    later = owed.items.order_by("-payment__due_on").first().payment
    customer.agree("pay", how="chosen", item=[later.pk])
    checkout = Checkout.objects.get()
    assert (checkout.rule, list(checkout.items.values_list("payment", "amount_minor"))) == (
        "payers_choice",
        [(later.pk, 11_100)],
    )


def test_coming_back_before_the_bank_has_answered_says_so(customer) -> None:
    customer.agree("pay", how="everything")
    assert "Your payment is being checked" in customer.see("pay", "done")


def test_coming_back_after_paying_says_thank_you(owed, customer) -> None:
    customer.agree("pay", how="everything")
    settle()
    page = customer.see("pay", "done")
    assert "Thank you. Your payment has arrived." in page
    assert "Nothing is open any more." in page
    owed.refresh_from_db()
    assert owed.outcome == "cured"


@pytest.mark.parametrize(
    ("state", "said"), [("failed", "did not go through"), ("expired", "time to pay ran out")]
)
def test_a_payment_that_came_to_nothing_can_be_tried_again(customer, state, said) -> None:
    customer.agree("pay", how="everything")
    Checkout.objects.update(state=state, ended_at=NOW)
    page = customer.see("pay", "done")
    assert said in page
    assert "Try again" in page


def test_without_a_gateway_the_page_says_how_to_pay() -> None:
    customer = Customer(case(songbird(), 0))
    assert "How to pay" in customer.see()
    assert "I paid already" in customer.see()
    assert customer.browser.get(customer.address("pay"))["Location"] == customer.address()


def test_the_offer_says_everything_before_it_is_agreed_to(offer, customer) -> None:
    page = customer.see("offer")
    for said in (
        "₩14,700",
        "₩21,000",
        "3 days after you agree",
        "168(3)",
        "does not come back",
        "whole amount stays open",
    ):
        assert said in page, said


def test_agreeing_keeps_the_exact_text_and_how_sure_we_are(offer, customer) -> None:
    customer.agree("offer")
    offer.refresh_from_db()
    assert offer.state == "accepted"
    assert (offer.evidence["level"], offer.evidence["language"]) == ("link", "en")
    assert "You pay: ₩14,700" in offer.evidence["text"]
    assert len(offer.evidence["address"]) == 64


def test_agreeing_twice_is_agreeing_once(offer, customer) -> None:
    customer.agree("offer")
    page = customer.send("offer", confirm="yes", offer=str(offer.pk))
    assert "Agreed. Please pay in time." in page.content.decode()


def test_an_agreed_offer_is_paid_and_closes_the_case(owed, offer, customer) -> None:
    customer.agree("offer")
    customer.agree("pay", how="offer")
    assert settle().amount_minor == 14_700
    owed.refresh_from_db()
    assert owed.outcome == "settled"
    assert "Paid as agreed. This is closed." in customer.see("offer", "done")


def test_an_offer_nobody_saw_is_not_agreed_to(offer, customer) -> None:
    customer.send("offer", confirm="yes", offer=str(offer.pk + 1))
    offer.refresh_from_db()
    assert offer.state == "live"


def test_an_offer_that_is_over_is_not_shown(offer, customer, monkeypatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: offer.expires_at)
    assert "Close this with" not in customer.see()
    customer.send("offer", confirm="yes", offer=str(offer.pk))
    offer.refresh_from_db()
    assert offer.state == "live"


def test_looking_at_a_case_makes_no_offer(owed, customer) -> None:
    NegotiationTerms.objects.create(merchant=owed.merchant, currency="KRW", discount_percent=30)
    customer.see()
    customer.see("offer")
    assert not SettlementOffer.objects.exists()


def test_instalments_show_every_date_and_amount_first(customer) -> None:
    page = customer.send("instalments", parts="3", first="2026-11-30").content.decode()
    for said in ("November 30, 2026", "December 30, 2026", "January 30, 2027", "₩7,000", "₩21,000"):
        assert said in page
    assert not PaymentPlan.objects.exists()


def test_confirmed_instalments_are_a_plan_with_its_evidence(customer) -> None:
    page = customer.agree("instalments", parts="2", first="2026-11-30")
    plan = PaymentPlan.objects.get()
    assert [one.amount_minor for one in plan.instalments.all()] == [10_500, 10_500]
    assert "December 30, 2026: ₩10,500" in plan.evidence["text"]
    assert "Agreed. Thank you." in page


def test_more_instalments_than_allowed_are_answered_by_a_proposal(customer) -> None:
    page = customer.agree("instalments", parts="6", first="2026-11-30")
    assert "We can offer this instead" in page
    assert "₩7,000" in page
    assert not PaymentPlan.objects.exists()


def test_the_next_instalment_is_the_first_choice_of_paying(customer) -> None:
    customer.agree("instalments", parts="2", first="2026-11-30")
    assert "Pay ₩10,500" in customer.see()
    customer.agree("pay", how="next")
    assert Checkout.objects.get().amount_minor == 10_500


@pytest.mark.parametrize(
    "said",
    [{"parts": "1"}, {"parts": "7"}, {"parts": "2", "first": "x"}, {"parts": "2", "first": "2027-03-01"}],
)
def test_instalments_that_cannot_be_are_refused_in_words(customer, said) -> None:
    page = customer.send("instalments", **{"first": "2026-11-30"} | said, confirm="yes")
    assert page.context["error"]
    assert not PaymentPlan.objects.exists()


def test_amounts_put_into_the_form_by_hand_are_no_agreement(customer) -> None:
    customer.send("instalments", confirm="yes", instalment=["1@2026-11-30", "2@2026-12-30"])
    assert not PaymentPlan.objects.exists()


def test_a_payment_of_somebody_elses_case_is_not_shown(owed, customer) -> None:
    customer.agree("pay", how="everything")
    other = Customer(case(owed.merchant, 1))
    assert other.browser.get(other.address("pay", "done"))["Location"] == other.address()


def test_a_visit_that_was_left_alone_is_over(customer, monkeypatch) -> None:
    later = time.time() + timedelta(minutes=31).total_seconds()
    monkeypatch.setattr(time, "time", lambda: later)
    assert customer.browser.get(customer.address()).status_code == 404
