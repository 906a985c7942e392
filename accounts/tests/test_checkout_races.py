"""Everybody at once about the same payments, with real threads: the callback, the customer's return, the time running out."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import Checkout, LedgerEntry, Merchant, Payment
from accounts.services import record_events, retry_waiting
from accounts.services.asking import expire_checkouts, finish_checkout
from accounts.services.checkouts import LASTS, start_checkout
from accounts.services.gateway_setups import set_up_gateway
from accounts.services.sandbox import choose, in_process, tell_sandbox
from accounts.services.settling import fail_checkout, settle_checkout

from .factories import NOW, due, merchant
from .paying import begin, shop_with

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 100
LATER = NOW + LASTS


def at_once(*acts: Callable[[], object]) -> None:
    """All of them, each in its own thread with its own connection, from the same moment on."""
    gate, errors = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def many_checkouts(shop: Merchant) -> list[Checkout]:
    """One customer, one payment and one checkout for each round."""
    set_up_gateway(merchant_id=shop.pk, gateway="sandbox")
    events = [due(f"ord-{number}", customer={"reference": f"u-{number}"}) for number in range(ROUNDS)]
    record_events(merchant_id=shop.pk, events=events, now=NOW)
    return [
        start_checkout(
            merchant_id=shop.pk,
            customer_id=row.customer_id,
            parts={row.pk: row.amount_minor},
            rule="oldest_first",
            origin="",
            return_url="/",
            now=NOW,
        )
        for row in Payment.objects.order_by("pk")
    ]


def booked() -> list[int]:
    entries = LedgerEntry.objects.filter(kind="payment").order_by("payment_id")
    return list(entries.values_list("amount_minor", flat=True))


def test_callback_return_and_expiry_at_once_book_each_payment_once() -> None:
    checkouts = many_checkouts(merchant())
    for one in checkouts:
        choose(reference=one.reference, answer="approved", now=NOW, callbacks=2)
    at_once(
        lambda: tell_sandbox(now=NOW, send=in_process(NOW)),
        lambda: [finish_checkout(reference=one.reference, query={}, now=NOW) for one in checkouts],
        lambda: [finish_checkout(reference=one.reference, query={}, now=NOW) for one in reversed(checkouts)],
        lambda: expire_checkouts(now=LATER),
    )
    retry_waiting(now=LATER)
    assert booked() == [9900] * ROUNDS
    assert set(Checkout.objects.values_list("state", flat=True)) == {"paid"}
    assert set(Payment.objects.values_list("outstanding_minor", "credit_minor")) == {(0, 0)}


def test_a_failure_and_the_money_at_once_end_paid() -> None:
    checkouts = many_checkouts(merchant())

    def settle() -> None:
        for one in checkouts:
            settle_checkout(
                reference=one.reference, amount_minor=9900, currency="KRW", gateway_reference="p", now=NOW
            )

    def fail() -> None:
        for one in checkouts:
            fail_checkout(reference=one.reference, reason="other", detail="", now=NOW + timedelta(seconds=1))

    at_once(settle, fail, settle)
    retry_waiting(now=LATER)
    assert booked() == [9900] * ROUNDS
    assert set(Checkout.objects.values_list("state", flat=True)) == {"paid"}


def test_a_customer_who_clicks_ten_times_has_one_order() -> None:
    shop = shop_with()
    at_once(*[lambda: begin(shop)] * 10)
    assert Checkout.objects.count() == 1
