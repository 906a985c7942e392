"""What gateways tell: authenticated, stored, applied once, whatever comes and however often."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from accounts.api import limits
from accounts.gateways.toss import TossGateway
from accounts.models import Checkout, CreditRefund, GatewayEvent, Payment
from accounts.services import gateway_events
from accounts.services.asking import expire_checkouts, finish_checkout
from accounts.services.checkouts import LASTS
from accounts.services.gateway_events import apply_stored
from accounts.services.gateway_setups import forget_previous_secret, set_up_gateway
from common import clock

from .factories import NOW
from .gateway_stub import Stub, gateway_stub
from .paying import WEBHOOK_SECRET, begin, cash, open_amounts, shop_with

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
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


def stripe_event(checkout: Checkout | None, kind: str = "checkout.session.completed", **fields) -> bytes:
    session = {
        "client_reference_id": checkout.reference if checkout else None,
        "payment_intent": "pi_1",
        "payment_status": "paid",
        "amount_total": checkout.amount_minor if checkout else 9900,
        "currency": "krw",
    }
    identity = fields.pop("id", "evt_1")
    return json.dumps({"id": identity, "type": kind, "data": {"object": session | fields}}).encode()


def stripe_signature(raw: bytes, *, secret: str = WEBHOOK_SECRET, at: float | None = None) -> str:
    stamp = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), b"%d." % stamp + raw, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def tell_stripe(raw: bytes, *, signature: str | None = None, merchant: str = "songbird") -> object:
    return Client().post(
        f"/api/v1/hooks/stripe/{merchant}/",
        raw,
        content_type="application/json",
        headers={"Stripe-Signature": stripe_signature(raw) if signature is None else signature},
    )


def tell_toss(told: dict) -> object:
    return Client().post("/api/v1/hooks/toss/songbird/", json.dumps(told), content_type="application/json")


def status_of(answer: object) -> tuple[int, str]:
    body = answer.json()
    return answer.status_code, body.get("status") if answer.status_code == 200 else body.get("code")


def test_a_signed_callback_is_applied_at_once(stripe_order) -> None:
    assert status_of(tell_stripe(stripe_event(stripe_order))) == (200, "applied")
    stripe_order.refresh_from_db()
    assert (stripe_order.state, stripe_order.gateway_reference, cash(stripe_order.merchant)) == (
        "paid",
        "pi_1",
        14_800,
    )


def test_the_same_callback_again_is_answered_alike_and_counts_once(stripe_order) -> None:
    answers = {status_of(tell_stripe(stripe_event(stripe_order))) for _ in range(3)}
    assert (answers, cash(stripe_order.merchant)) == ({(200, "applied")}, 14_800)


def test_two_kinds_of_callback_about_one_payment_count_once(stripe_order) -> None:
    tell_stripe(stripe_event(stripe_order))
    tell_stripe(stripe_event(stripe_order, "checkout.session.async_payment_succeeded", id="evt_2"))
    assert (cash(stripe_order.merchant), GatewayEvent.objects.count()) == (14_800, 2)


def test_what_was_received_rests_sealed(stripe_order) -> None:
    tell_stripe(stripe_event(stripe_order))
    assert b"client_reference" not in bytes(GatewayEvent.objects.get().body)


def test_one_hundred_callbacks_at_once_count_once(stripe_order) -> None:
    raw, answers = stripe_event(stripe_order), []
    headers = {"Stripe-Signature": stripe_signature(raw)}

    def tell(number: int) -> None:
        body = raw if number % 2 else stripe_event(stripe_order, id=f"evt_{number}")
        signed = headers if number % 2 else {"Stripe-Signature": stripe_signature(body)}
        client = Client()
        for _ in range(10):
            answer = client.post(
                "/api/v1/hooks/stripe/songbird/", body, content_type="application/json", headers=signed
            )
            answers.append(answer.status_code)
        connection.close()

    threads = [threading.Thread(target=tell, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    apply_stored(now=NOW)
    assert (len(answers), set(answers)) == (100, {200})
    assert (cash(stripe_order.merchant), open_amounts(stripe_order.merchant)) == (
        14_800,
        {"ord-1": 0, "ord-2": 0},
    )
    assert not GatewayEvent.objects.exclude(status="applied").exists()


def _forged(raw: bytes) -> list[str]:
    good, now = stripe_signature(raw), time.time()
    digest = good.partition("v1=")[2]
    stamp = good.partition(",")[0]
    return [
        "", "t=", "v1=", ",", "=", f"{stamp}", f"v1={digest}", f"{stamp},v0={digest}", f"{stamp},v1={digest.upper()}",
        f"{stamp},v1={digest[:-1]}", f"{stamp},v1={digest}0", f"{stamp},v1={'0' * 64}", f"{stamp},{stamp},v1={digest}",
        f"t=1,v1={digest}", f"t=-1,v1={digest}", f"t=１２３,v1={digest}", f"t=99999999999999,v1={digest}",
        f"t={now},v1={digest}", f"{stamp},v1=é", f"{stamp};v1={digest}", f"{stamp},v1={digest}" * 500,
        f"{stamp}" + ",v1=" + ",v1=".join(["0" * 64] * 20 + [digest]), stripe_signature(raw, secret="whsec_other"),
        stripe_signature(raw, secret=""), stripe_signature(raw + b" "), stripe_signature(b""),
        stripe_signature(raw, at=now - 301), stripe_signature(raw, at=now + 302), stripe_signature(raw, at=0),
        "Bearer am_live_x", f"{stamp},v1={base64.b64encode(bytes.fromhex(digest)).decode()}",
    ]  # fmt: skip


def test_no_bad_signature_gets_in_and_none_is_an_error_of_ours(stripe_order) -> None:
    raw = stripe_event(stripe_order)
    answers = {status_of(tell_stripe(raw, signature=one)) for one in _forged(raw)}
    assert answers == {(401, "invalid_signature")}
    assert (GatewayEvent.objects.count(), cash(stripe_order.merchant)) == (0, 0)


@pytest.mark.parametrize("late", [-299, 0, 299])
def test_a_signature_of_the_last_or_next_five_minutes_is_good(stripe_order, late) -> None:
    raw = stripe_event(stripe_order)
    assert tell_stripe(raw, signature=stripe_signature(raw, at=time.time() + late)).status_code == 200


def test_one_good_signature_among_others_suffices(stripe_order) -> None:
    raw = stripe_event(stripe_order)
    stamp, _, digest = stripe_signature(raw).partition(",v1=")
    assert tell_stripe(raw, signature=f"{stamp},v1={'0' * 64},v1={digest}").status_code == 200


def test_while_a_secret_changes_both_are_good_and_afterwards_the_new_one(stripe_order) -> None:
    shop, raw = stripe_order.merchant, stripe_event(stripe_order)
    set_up_gateway(merchant_id=shop.pk, gateway="stripe", webhook_secret="whsec_new")
    old, new = (stripe_signature(raw, secret=secret) for secret in (WEBHOOK_SECRET, "whsec_new"))
    assert [tell_stripe(raw, signature=one).status_code for one in (old, new)] == [200, 200]
    forget_previous_secret(merchant_id=shop.pk, gateway="stripe")
    assert [tell_stripe(raw, signature=one).status_code for one in (old, new)] == [401, 200]


def test_an_unknown_merchant_and_a_bad_signature_are_answered_alike(stripe_order) -> None:
    raw = stripe_event(stripe_order)
    assert status_of(tell_stripe(raw, merchant="nobody")) == (401, "invalid_signature")
    assert status_of(tell_stripe(raw, merchant="%00")) in {(400, "forbidden_character"), (404, "not_found")}


def test_another_merchants_secret_opens_nothing_here(stripe_order) -> None:
    other = shop_with("stripe", slug="other")
    set_up_gateway(merchant_id=other.pk, gateway="stripe", webhook_secret="whsec_theirs")
    forget_previous_secret(merchant_id=other.pk, gateway="stripe")
    raw = stripe_event(stripe_order)
    assert tell_stripe(raw, merchant="other").status_code == 401
    signed = stripe_signature(raw, secret="whsec_theirs")
    assert status_of(tell_stripe(raw, merchant="other", signature=signed)) == (200, "unknown")
    assert cash(stripe_order.merchant) == 0


def test_a_gateway_that_is_none_is_not_found() -> None:
    answer = Client().post("/api/v1/hooks/paypal/songbird/", b"{}", content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_body_that_is_too_large_is_refused(stripe_order) -> None:
    assert tell_stripe(b"x" * (256 * 1024 + 1)).status_code == 413
    assert GatewayEvent.objects.count() == 0


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"id": "\\u0000", "type": "x"}', b"\xff", b"[" * 60_000])
def test_a_signed_body_of_no_known_shape_is_kept(stripe_order, raw) -> None:
    assert status_of(tell_stripe(raw)) == (200, "ignored")
    assert GatewayEvent.objects.count() == 1


def test_unknown_kinds_and_orders_are_kept_and_answered(stripe_order) -> None:
    assert status_of(tell_stripe(stripe_event(stripe_order, "invoice.paid"))) == (200, "ignored")
    assert status_of(tell_stripe(stripe_event(None, id="evt_2"))) == (200, "unknown")
    assert (GatewayEvent.objects.count(), cash(stripe_order.merchant)) == (2, 0)


def test_a_merchants_own_sale_at_the_gateway_becomes_a_payment_event(stripe_order) -> None:
    own = {"id": "pi_9", "amount_received": 4900, "currency": "krw", "metadata": {"amends_payment": "ord-2"}}
    raw = json.dumps({"id": "evt_9", "type": "payment_intent.succeeded", "data": {"object": own}}).encode()
    assert status_of(tell_stripe(raw)) == (200, "applied")
    assert open_amounts(stripe_order.merchant) == {"ord-1": 9900, "ord-2": 0}


def test_a_failed_payment_is_told_to_its_payments(stripe_order) -> None:
    kind = "checkout.session.async_payment_failed"
    tell_stripe(stripe_event(stripe_order, kind, payment_status="unpaid"))
    stripe_order.refresh_from_db()
    assert stripe_order.state == "failed"
    assert set(Payment.objects.values_list("failure_reason", "in_flight_until")) == {("other", None)}


def test_money_on_its_way_holds_contact_for_longer(stripe_order) -> None:
    tell_stripe(stripe_event(stripe_order, payment_status="unpaid"))
    assert Payment.objects.filter(in_flight_until=NOW + timedelta(hours=1)).count() == 2


def test_a_callback_after_the_end_counts(stripe_order) -> None:
    expire_checkouts(now=NOW + LASTS)
    stripe_order.refresh_from_db()
    assert stripe_order.state == "expired"
    tell_stripe(stripe_event(stripe_order))
    assert cash(stripe_order.merchant) == 14_800


def test_another_amount_than_was_ordered_counts_and_is_flagged(stripe_order) -> None:
    tell_stripe(stripe_event(stripe_order, amount_total=10_000))
    event = GatewayEvent.objects.get()
    assert (event.status, event.detail) == ("applied", "ordered 14800, paid 10000")
    assert cash(stripe_order.merchant) == 10_000


def test_another_currency_than_was_ordered_is_kept_for_staff(stripe_order) -> None:
    tell_stripe(stripe_event(stripe_order, currency="usd"))
    event = GatewayEvent.objects.get()
    assert (event.status, event.detail) == ("unknown", "paid in USD, asked for in KRW")
    assert cash(stripe_order.merchant) == 0


def test_what_was_stored_and_not_applied_is_applied_by_the_sweep(stripe_order, monkeypatch) -> None:
    def crash(**_: object) -> None:
        raise ConnectionAbortedError("the process dies here")

    with monkeypatch.context() as patched:
        patched.setattr(gateway_events, "apply_event", crash)
        with pytest.raises(ConnectionAbortedError):
            tell_stripe_raw(stripe_event(stripe_order))
    assert (GatewayEvent.objects.get().status, cash(stripe_order.merchant)) == ("stored", 0)
    assert (apply_stored(now=NOW), apply_stored(now=NOW)) == (1, 0)
    assert cash(stripe_order.merchant) == 14_800


def tell_stripe_raw(raw: bytes) -> None:
    """The same callback, below the web: an error is not turned into an answer."""
    gateway_events.take_callback(
        gateway="stripe",
        merchant="songbird",
        raw=raw,
        headers={"stripe-signature": stripe_signature(raw)},
        at=time.time(),
        now=NOW,
    )


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


def test_anybody_may_knock_at_toss_but_not_without_end(toss, settings) -> None:
    shop_with("toss")
    settings.AMENDS_RATE_BURST, settings.AMENDS_RATE_PER_SECOND = 3, 0.001
    answers = [tell_toss({"n": number}).status_code for number in range(5)]
    assert answers == [200, 200, 200, 429, 429]


def test_a_callback_of_portone_is_signed_by_the_standard(monkeypatch) -> None:
    shop_with("portone")
    raw = json.dumps({"type": "BillingKey.Issued", "data": {}}).encode()
    key, stamp = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_")), str(int(time.time()))
    digest = base64.b64encode(
        hmac.new(key, f"wh_1.{stamp}.".encode() + raw, hashlib.sha256).digest()
    ).decode()
    address = "/api/v1/hooks/portone/songbird/"
    good = {"webhook-id": "wh_1", "webhook-timestamp": stamp, "webhook-signature": f"v1,AAAA v1,{digest}"}
    worse = [
        {"webhook-id": "wh_2"},
        {"webhook-timestamp": "1"},
        {"webhook-signature": digest},
        {"webhook-signature": "v1,é"},
    ]
    answers = [
        Client().post(address, raw, content_type="application/json", headers=good | one).status_code
        for one in [{}, *worse]
    ]
    assert answers == [200, 401, 401, 401, 401]


def test_a_dispute_takes_the_money_out_of_the_books_and_a_won_one_brings_it_back(stripe_order) -> None:
    tell_stripe(stripe_event(stripe_order))
    dispute = {"payment_intent": "pi_1", "amount": 14_800, "currency": "krw"}
    for number, kind in enumerate(("charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated")):
        event = {"id": f"evt_d{number}", "type": kind, "data": {"object": dispute}}
        for _ in range(2):
            assert status_of(tell_stripe(json.dumps(event).encode())) == (200, "applied")
        owed = sum(open_amounts(stripe_order.merchant).values())
        assert owed == (14_800 if number == 0 else 0)


def test_a_dispute_of_money_that_is_not_ours_is_kept(stripe_order) -> None:
    dispute = {"payment_intent": "pi_7", "amount": 14_800, "currency": "krw"}
    event = {"id": "evt_d", "type": "charge.dispute.funds_withdrawn", "data": {"object": dispute}}
    assert status_of(tell_stripe(json.dumps(event).encode())) == (200, "unknown")


def test_what_was_given_back_at_the_gateway_alone_is_for_staff(stripe_order) -> None:
    tell_stripe(stripe_event(stripe_order))
    charge = {"payment_intent": "pi_1", "amount": 14_800, "amount_refunded": 800, "currency": "krw"}
    raw = json.dumps({"id": "evt_r", "type": "charge.refunded", "data": {"object": charge}}).encode()
    assert status_of(tell_stripe(raw)) == (200, "unknown")
    event = GatewayEvent.objects.get(event_id="evt_r")
    assert event.detail == "800 of it went back at the gateway, not by us: record it"


def test_what_we_gave_back_ourselves_needs_nobody(stripe_order) -> None:
    tell_stripe(stripe_event(stripe_order, amount_total=15_600))
    payment = Payment.objects.get(credit_minor=800)
    CreditRefund.objects.create(
        payment=payment, amount_minor=800, reason="x", asked_by="staff:mina", asked_at=NOW, state="done"
    )
    charge = {"payment_intent": "pi_1", "amount": 15_600, "amount_refunded": 800, "currency": "krw"}
    raw = json.dumps({"id": "evt_r", "type": "charge.refunded", "data": {"object": charge}}).encode()
    assert status_of(tell_stripe(raw)) == (200, "applied")


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
