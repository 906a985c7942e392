"""A gateway that signs nothing and can be silent: it is asked, and asked again."""

from datetime import timedelta

import pytest

from accounts.models import Checkout, GatewayEvent, Payment
from accounts.services.asking import expire_checkouts, finish_checkout
from accounts.services.checkouts import LASTS
from accounts.services.gateway_events import apply_stored
from accounts.services.sandbox import choose, in_process, tell_sandbox

from .factories import NOW
from .hooking import status_of, tell_toss
from .paying import begin, cash, shop_with

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]


def test_a_callback_that_toss_does_not_confirm_moves_nothing(toss) -> None:
    shop = shop_with("toss")
    checkout = begin(shop)
    forged = {
        "eventType": "PAYMENT_STATUS_CHANGED",
        "data": {"orderId": checkout.reference, "status": "DONE"},
    }
    assert status_of(tell_toss(forged)) == (200, "stored")
    apply_stored(now=NOW)
    event = GatewayEvent.objects.get()
    assert (event.status, event.detail, cash(shop)) == ("unknown", "the gateway knows nothing of it", 0)


def test_a_callback_that_toss_confirms_counts_as_toss_says(toss) -> None:
    shop = shop_with("toss")
    checkout = begin(shop)
    said = {
        "paymentKey": "tk_1",
        "orderId": checkout.reference,
        "status": "DONE",
        "currency": "KRW",
        "totalAmount": 14_800,
    }
    toss.answers["GET /v1/payments/tk_1"] = lambda _: (200, said)
    tell_toss({"eventType": "PAYMENT_STATUS_CHANGED", "data": said | {"totalAmount": 1}})
    apply_stored(now=NOW)
    assert (cash(shop), GatewayEvent.objects.get().status) == (14_800, "applied")


def test_while_toss_is_silent_its_callbacks_wait(toss) -> None:
    shop = shop_with("toss")
    checkout = begin(shop)
    toss.mood = "failing"
    for number in range(3):
        tell_toss({"eventType": "X", "createdAt": str(number), "data": {"orderId": checkout.reference}})
    assert apply_stored(now=NOW) == 0
    assert GatewayEvent.objects.filter(status="stored").count() == 3
    assert cash(shop) == 0


def test_a_crash_between_the_row_and_the_call_leaves_an_order_that_ends_by_itself(toss) -> None:
    toss.mood = "failing"
    shop = shop_with("toss")
    with pytest.raises(Exception, match="does not answer"):
        begin(shop)
    checkout = Checkout.objects.get()
    assert (checkout.state, checkout.redirect_url) == ("open", "")
    toss.mood = "well"
    assert begin(shop).reference == checkout.reference
    assert expire_checkouts(now=NOW + LASTS) == 1


def test_an_open_order_waits_while_its_gateway_is_silent_but_not_for_ever(toss) -> None:
    shop = shop_with("toss")
    begin(shop)
    toss.mood = "failing"
    assert expire_checkouts(now=NOW + LASTS) == 0
    assert Payment.objects.filter(in_flight_until__gt=NOW + LASTS).count() == 2
    assert expire_checkouts(now=NOW + timedelta(hours=25)) == 1
    assert Checkout.objects.get().failure_reason == "the gateway never answered"


def test_money_taken_by_a_confirmation_whose_answer_was_lost_is_found(toss) -> None:
    shop = shop_with("toss")
    checkout = begin(shop)
    done = {
        "paymentKey": "tk_1",
        "orderId": checkout.reference,
        "status": "DONE",
        "currency": "KRW",
        "totalAmount": 14_800,
    }
    toss.answers |= {
        "POST /v1/payments/confirm": lambda _: (200, done),
        f"GET /v1/payments/orders/{checkout.reference}": lambda _: (200, done),
    }
    toss.mood = "halved"
    query = {"paymentKey": "tk_1", "orderId": checkout.reference, "amount": "14800"}
    assert finish_checkout(reference=checkout.reference, query=query, now=NOW).state == "open"
    toss.mood = "well"
    expire_checkouts(now=NOW + LASTS)
    assert cash(shop) == 14_800
    assert GatewayEvent.objects.get().kind == "DONE"


def test_what_a_gateway_gave_back_in_part_before_we_knew_counts_as_the_rest(toss) -> None:
    shop = shop_with("toss")
    checkout = begin(shop)
    said = {
        "paymentKey": "tk_1", "orderId": checkout.reference, "status": "PARTIAL_CANCELED", "currency": "KRW",
        "totalAmount": 14_800, "balanceAmount": 14_000,
    }  # fmt: skip
    toss.answers["GET /v1/payments/tk_1"] = lambda _: (200, said)
    tell_toss({"eventType": "PAYMENT_STATUS_CHANGED", "data": said})
    apply_stored(now=NOW)
    assert cash(shop) == 14_000


def test_an_open_order_whose_money_cannot_be_taken_still_ends(toss) -> None:
    shop = shop_with("toss")
    checkout = begin(shop)
    said = {
        "paymentKey": "tk_1",
        "orderId": checkout.reference,
        "status": "DONE",
        "currency": "USD",
        "totalAmount": 10,
    }
    toss.answers[f"GET /v1/payments/orders/{checkout.reference}"] = lambda _: (200, said)
    assert (expire_checkouts(now=NOW + LASTS), expire_checkouts(now=NOW + LASTS)) == (1, 0)
    assert (Checkout.objects.get().state, GatewayEvent.objects.get().status) == ("expired", "unknown")


def test_a_crash_between_the_call_and_the_address_opens_no_second_order(toss) -> None:
    shop = shop_with("toss")
    checkout = begin(shop)
    Checkout.objects.update(redirect_url="", gateway_reference="")
    again = begin(shop)
    assert (again.reference, again.redirect_url) == (checkout.reference, "https://toss.example/")
    assert toss.done == ["/v1/payments"]


def test_one_silent_gateway_holds_up_no_other(toss) -> None:
    shop, other = shop_with("toss"), shop_with("sandbox", slug="other")
    tell_toss({"eventType": "X", "data": {"orderId": begin(shop).reference}})
    theirs = begin(other)
    choose(reference=theirs.reference, answer="approved", now=NOW)
    tell_sandbox(now=NOW, send=in_process(NOW))
    GatewayEvent.objects.filter(gateway="sandbox").update(status="stored")
    toss.mood = "failing"
    assert apply_stored(now=NOW) == 1
    assert GatewayEvent.objects.get(status="stored").gateway == "toss"


def test_a_sweep_ends_when_its_time_is_up(toss) -> None:
    checkout = begin(shop_with("toss"))
    for number in range(3):
        tell_toss({"eventType": "X", "createdAt": str(number), "data": {"orderId": checkout.reference}})
    assert [apply_stored(now=NOW, seconds=0) for _ in range(4)] == [1, 1, 1, 0]
