"""What gateways tell is applied once, whatever comes and however often."""

import json
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from accounts.models import CreditRefund, GatewayEvent, Payment
from accounts.services import gateway_events
from accounts.services.asking import expire_checkouts
from accounts.services.checkouts import LASTS
from accounts.services.gateway_events import apply_stored

from .factories import NOW
from .hooking import status_of, stripe_event, stripe_signature, tell_stripe
from .paying import cash, open_amounts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]


def test_two_kinds_of_callback_about_one_payment_count_once(stripe_order) -> None:
    tell_stripe(stripe_event(stripe_order))
    tell_stripe(stripe_event(stripe_order, "checkout.session.async_payment_succeeded", id="evt_2"))
    assert (cash(stripe_order.merchant), GatewayEvent.objects.count()) == (14_800, 2)


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
