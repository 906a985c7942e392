"""Starting, settling and ending a payment at a gateway."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.locks import CONTACT_LOCKS
from accounts.models import Checkout, GatewayEvent, GatewaySetup, Payment, PaymentEvent, SandboxPayment
from accounts.services import record_events, retry_waiting
from accounts.services.asking import expire_checkouts, finish_checkout
from accounts.services.checkouts import LASTS, CheckoutRefused, minimum_of
from accounts.services.gateway_setups import set_up_gateway
from accounts.services.sandbox import choose, in_process, tell_sandbox
from accounts.services.settling import NotSettled, fail_checkout, settle_checkout

from .factories import NOW, due, merchant, paid
from .paying import begin, cash, open_amounts, shop_with

pytestmark = pytest.mark.django_db

SOON, LATER = NOW + timedelta(minutes=1), NOW + LASTS + timedelta(minutes=1)


def settle(checkout: Checkout, amount: int | None = None, **fields) -> str:
    told = {"currency": checkout.currency, "gateway_reference": "pay_1", "now": SOON}
    return settle_checkout(
        reference=checkout.reference, amount_minor=amount or checkout.amount_minor, **told | fields
    )


def play(checkout: Checkout, **choice) -> None:
    """The customer chooses on the sandbox page, and the sandbox tells."""
    choose(reference=checkout.reference, now=SOON, **{"answer": "approved"} | choice)
    tell_sandbox(now=SOON, send=in_process(SOON))
    checkout.refresh_from_db()


def test_a_checkout_leads_to_the_gateway_and_names_its_payments() -> None:
    checkout = begin(shop_with())
    assert checkout.redirect_url == f"/sandbox/{checkout.reference}/"
    assert sorted(checkout.items.values_list("amount_minor", flat=True)) == [4900, 9900]


def test_while_somebody_pays_their_payments_are_under_way() -> None:
    begin(shop_with())
    assert set(Payment.objects.values_list("in_flight_until", flat=True)) == {NOW + LASTS}


def test_asking_twice_for_the_same_is_one_order() -> None:
    shop = shop_with()
    assert begin(shop).reference == begin(shop).reference
    assert begin(shop, {"ord-1": 5000}).reference != begin(shop).reference


def test_nobody_is_asked_for_more_than_is_owed() -> None:
    assert begin(shop_with(), {"ord-1": 50_000}).amount_minor == 9900


@pytest.mark.parametrize(
    ("parts", "code"), [({"ord-1": 99}, "below_minimum"), ({"ord-1": 0}, "nothing_open")]
)
def test_what_cannot_be_paid_is_refused_before_anything_is_written(parts, code) -> None:
    shop = shop_with()
    with pytest.raises(CheckoutRefused) as refused:
        begin(shop, parts)
    assert (refused.value.code, Checkout.objects.count()) == (code, 0)
    assert refused.value.minimum_minor == (100 if code == "below_minimum" else None)


def test_a_merchant_without_a_gateway_takes_no_payments() -> None:
    shop = merchant()
    record_events(merchant_id=shop.pk, events=[due()], now=NOW)
    with pytest.raises(CheckoutRefused) as refused:
        begin(shop)
    assert refused.value.code == "no_gateway"
    assert minimum_of(shop.pk, "KRW") is None


def test_a_merchants_own_minimum_counts_before_the_gateways() -> None:
    shop = shop_with()
    assert minimum_of(shop.pk, "KRW") == 100
    GatewaySetup.objects.update(minimums={"KRW": 1000})
    assert (minimum_of(shop.pk, "KRW"), minimum_of(shop.pk, "USD")) == (1000, 50)


def test_one_customers_checkout_takes_no_payment_of_another() -> None:
    shop = shop_with()
    record_events(merchant_id=shop.pk, events=[due("ord-9", customer={"reference": "u-2"})], now=NOW)
    assert begin(shop, {"ord-1": 9900, "ord-9": 9900}).amount_minor == 9900


def test_a_return_address_elsewhere_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError):
        begin(shop_with(), return_url="https://evil.example/")


def test_approved_money_arrives_once_for_each_payment() -> None:
    shop = shop_with()
    checkout = begin(shop)
    play(checkout, callbacks=2)
    assert (checkout.state, open_amounts(shop)) == ("paid", {"ord-1": 0, "ord-2": 0})
    assert cash(shop) == 14_800
    assert GatewayEvent.objects.get().status == "applied"


def test_a_declined_payment_frees_contact_and_says_why() -> None:
    shop = shop_with()
    checkout = begin(shop)
    play(checkout, answer="declined")
    assert checkout.state == "failed"
    found = Payment.objects.values_list("failure_reason", "in_flight_until", "outstanding_minor")
    assert set(found) == {("insufficient_funds", None, 9900), ("insufficient_funds", None, 4900)}


def test_the_first_choice_at_the_sandbox_is_the_only_one() -> None:
    checkout = begin(shop_with())
    play(checkout, answer="declined")
    assert not choose(reference=checkout.reference, answer="approved", now=SOON)
    assert SandboxPayment.objects.get().answer == "declined"


def test_a_payment_that_takes_its_time_is_held_and_then_counts() -> None:
    shop = shop_with()
    checkout = begin(shop)
    play(checkout, minutes=60)
    assert expire_checkouts(now=LATER) == 0
    tell_sandbox(now=NOW + timedelta(hours=2), send=in_process(NOW + timedelta(hours=2)))
    checkout.refresh_from_db()
    assert (checkout.state, cash(shop)) == ("paid", 14_800)


def test_an_unfinished_payment_expires_when_its_time_is_up_and_not_before() -> None:
    checkout = begin(shop_with())
    assert (expire_checkouts(now=SOON), expire_checkouts(now=LATER), expire_checkouts(now=LATER)) == (0, 1, 0)
    checkout.refresh_from_db()
    assert checkout.state == "expired"


def test_money_that_nobody_told_of_is_found_before_a_checkout_expires() -> None:
    shop = shop_with()
    checkout = begin(shop)
    choose(reference=checkout.reference, answer="approved", now=SOON)
    expire_checkouts(now=LATER)
    assert cash(shop) == 14_800


def test_money_that_nobody_told_of_is_found_when_the_customer_is_back() -> None:
    shop = shop_with()
    checkout = begin(shop)
    choose(reference=checkout.reference, answer="approved", now=SOON)
    assert finish_checkout(reference=checkout.reference, query={}, now=SOON).state == "paid"
    tell_sandbox(now=SOON, send=in_process(SOON))
    assert cash(shop) == 14_800


def test_coming_back_without_having_paid_leaves_it_open() -> None:
    checkout = begin(shop_with())
    assert finish_checkout(reference=checkout.reference, query={"status": "PAID"}, now=SOON).state == "open"


@pytest.mark.parametrize("end", ["expired", "failed"])
def test_money_after_the_end_still_counts(end) -> None:
    shop = shop_with()
    checkout = begin(shop)
    if end == "expired":
        expire_checkouts(now=LATER)
    else:
        fail_checkout(reference=checkout.reference, reason="blocked", detail="", now=SOON)
    settle(checkout)
    checkout.refresh_from_db()
    assert (checkout.state, cash(shop)) == ("paid", 14_800)


def test_a_checkout_that_was_paid_does_not_fail_any_more() -> None:
    checkout = begin(shop_with())
    settle(checkout)
    assert not fail_checkout(reference=checkout.reference, reason="other", detail="", now=SOON)
    checkout.refresh_from_db()
    assert checkout.state == "paid"


@pytest.mark.parametrize(
    ("really", "open_then"),
    [
        (10_000, {"ord-1": 0, "ord-2": 4800}),
        (20_000, {"ord-1": 0, "ord-2": 0}),
        (50, {"ord-1": 9850, "ord-2": 4900}),
    ],
)
def test_what_was_really_paid_is_what_counts(really, open_then) -> None:
    shop = shop_with()
    checkout = begin(shop)
    note = settle(checkout, really)
    checkout.refresh_from_db()
    assert (note, checkout.amount_minor) == (f"ordered 14800, paid {really}", really)
    assert (open_amounts(shop), cash(shop)) == (open_then, really)
    assert sum(checkout.items.values_list("amount_minor", flat=True)) == really


def test_what_exceeds_the_order_becomes_credit() -> None:
    shop = shop_with()
    settle(begin(shop), 20_000)
    assert sum(Payment.objects.values_list("credit_minor", flat=True)) == 5_200


def test_money_in_another_currency_is_not_taken() -> None:
    shop = shop_with()
    with pytest.raises(NotSettled):
        settle(begin(shop), currency="USD")
    assert cash(shop) == 0


def test_a_second_payment_of_one_order_is_for_staff() -> None:
    checkout = begin(shop_with())
    settle(checkout)
    assert settle(checkout) == ""
    with pytest.raises(NotSettled):
        settle(checkout, gateway_reference="pay_2")


def test_two_tabs_that_both_pay_leave_a_credit() -> None:
    shop = shop_with()
    one, other = begin(shop, {"ord-1": 9900}), begin(shop, {"ord-1": 9000})
    settle(one)
    settle(other, gateway_reference="pay_2")
    assert Payment.objects.get(reference="ord-1").credit_minor == 9000


def test_what_was_paid_elsewhere_meanwhile_is_not_asked_for() -> None:
    shop = shop_with()
    record_events(merchant_id=shop.pk, events=[paid("ord-1", amount=9900)], now=NOW)
    assert begin(shop, {"ord-1": 9900, "ord-2": 4900}).amount_minor == 4900


def test_changing_the_gateway_leaves_one_active_and_keeps_the_other() -> None:
    shop = shop_with()
    checkout = begin(shop)
    set_up_gateway(merchant_id=shop.pk, gateway="toss", secret="sk")
    assert GatewaySetup.objects.get(is_active=True).gateway == "toss"
    play(checkout)
    assert checkout.state == "paid"


@pytest.mark.django_db(transaction=True)
def test_money_that_comes_while_a_message_leaves_is_kept_and_counts_afterwards() -> None:
    shop = shop_with()
    checkout = begin(shop)
    Payment.objects.update(in_case=True)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [CONTACT_LOCKS + checkout.customer_id])
        play(checkout)
        assert (checkout.state, cash(shop)) == ("paid", 0)
        assert PaymentEvent.objects.filter(type="payment.paid", status="pending").count() == 2
    finally:
        other.close()
    retry_waiting(now=LATER)
    assert cash(shop) == 14_800
