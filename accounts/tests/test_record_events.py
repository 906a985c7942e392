"""Intake: once each, in any order, all or nothing for each event."""

import itertools
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import ContactPoint, Customer, LedgerEntry, Payment, PaymentEvent
from accounts.services import concede, record_events
from accounts.services.contacts import fingerprint_of, open_address

from .factories import NOW, due, event, merchant, paid

pytestmark = pytest.mark.django_db


def send(shop, *events):
    return record_events(merchant_id=shop.pk, events=events, now=NOW)


def ledger(payment="ord-1"):
    return sorted(
        LedgerEntry.objects.filter(payment__reference=payment).values_list(
            "kind", "from_account", "to_account", "amount_minor"
        )
    )


def balance(account):
    """What is in an account over all payments."""
    entries = LedgerEntry.objects.values_list("from_account", "to_account", "amount_minor")
    return sum((to == account) * amount - (source == account) * amount for source, to, amount in entries)


def test_a_due_payment_is_charged_and_owed():
    (fate,) = send(merchant(), due(amount=9900, description="Webtoon coins 100"))
    assert (fate.status, fate.payment, fate.outstanding_minor) == ("applied", "ord-1", 9900)
    assert ledger() == [("charge", "sales", "receivable", 9900)]
    assert Payment.objects.get().due_on == date(2026, 11, 5)


def test_a_payment_that_is_paid_owes_nothing():
    (_, fate) = send(merchant(), due(amount=9900), paid(amount=9900))
    assert fate.outstanding_minor == 0
    assert balance("receivable") == 0
    assert balance("cash") == 9900


def test_the_same_event_counts_once_for_ever():
    shop, bill, money = merchant(), due(), paid(amount=4000)
    send(shop, bill, money)
    assert [fate.status for fate in send(shop, bill, money, money)] == ["duplicate"] * 3
    assert Payment.objects.get().outstanding_minor == 5900
    assert PaymentEvent.objects.count() == 2


def test_an_id_reused_for_another_event_is_refused_and_the_first_stands():
    shop = merchant()
    send(shop, due(), paid(id="evt-x", amount=4000))
    (fate,) = send(shop, paid(id="evt-x", amount=5000))
    assert (fate.status, fate.errors[0]["code"]) == ("rejected", "event_id_reused")
    assert Payment.objects.get().outstanding_minor == 5900


def test_an_event_about_an_unknown_payment_is_parked_and_applied_when_the_payment_appears():
    shop = merchant()
    assert send(shop, paid(amount=4000))[0].status == "parked"
    assert send(shop, due(amount=9900))[0].outstanding_minor == 5900
    assert not PaymentEvent.objects.parked().exists()


def test_a_rejected_event_never_holds_up_its_neighbours():
    shop = merchant()
    statuses = [fate.status for fate in send(shop, due("ord-1"), due("ord-2", amount=0), due("ord-3"))]
    assert statuses == ["applied", "rejected", "applied"]
    assert Payment.objects.count() == 2


def test_money_in_another_currency_is_refused():
    shop = merchant()
    send(shop, due())
    (fate,) = send(shop, paid(currency="USD"))
    assert fate.errors == [
        {"pointer": "/data/currency", "code": "currency_mismatch", "detail": "This payment is in KRW."}
    ]
    assert PaymentEvent.objects.count() == 1


def test_a_payment_stays_with_its_customer():
    shop = merchant()
    send(shop, due())
    (fate,) = send(shop, due(customer={"reference": "u-2"}))
    assert fate.errors[0]["code"] == "customer_mismatch"
    assert not Customer.objects.filter(reference="u-2").exists()


def test_every_order_of_events_ends_in_the_same_books():
    story = [
        due(amount=10_000, at="2026-11-01T00:00:00Z"),
        due(amount=12_000, at="2026-11-02T00:00:00Z"),
        paid(amount=13_000),
        event("payment.reversed", payment="ord-1", amount=13_000, reason="chargeback"),
        event("payment.credited", payment="ord-1", amount=2_000),
    ]
    ends = set()
    for number, order in enumerate(itertools.permutations(story)):
        shop = merchant(f"shop-{number}")
        for one in order:
            send(shop, one)
        payment = Payment.objects.get(merchant=shop)
        ends.add((payment.outstanding_minor, payment.credit_minor, payment.amount_minor))
    assert ends == {(10_000, 0, 12_000)}


def test_over_payment_becomes_credit_that_can_be_given_back():
    shop = merchant()
    send(shop, due(amount=10_000), paid(amount=12_000))
    assert Payment.objects.get().credit_minor == 2_000
    send(shop, event("payment.refunded", payment="ord-1", amount=2_000, reason="overpayment"))
    assert Payment.objects.get().credit_minor == 0
    assert (balance("cash"), balance("customer_credit"), balance("receivable")) == (10_000, 0, 0)


def test_a_voided_sale_is_not_owed():
    (_, fate) = send(merchant(), due(), event("payment.voided", payment="ord-1"))
    assert fate.outstanding_minor == 0
    assert balance("sales") == 0


def test_money_after_a_write_off_is_a_recovery():
    shop = merchant()
    send(shop, due(amount=10_000))
    assert (
        concede(payment_ids=[Payment.objects.get().pk], account="written_off", act="policy", now=NOW)
        == 10_000
    )
    assert Payment.objects.get().outstanding_minor == 0
    send(shop, paid(amount=4_000))
    payment = Payment.objects.get()
    assert (payment.outstanding_minor, payment.credit_minor, balance("written_off")) == (0, 0, 6_000)


def test_the_customer_keeps_the_latest_word_on_each_field():
    shop = merchant()
    send(
        shop,
        due(
            "ord-1",
            customer={"reference": "u-1", "name": "New", "email": "A@x.example"},
            at="2026-11-03T00:00:00Z",
        ),
    )
    send(
        shop,
        due("ord-2", customer={"reference": "u-1", "name": "Old", "locale": "en"}, at="2026-11-01T00:00:00Z"),
    )
    customer = Customer.objects.get()
    assert (customer.name, customer.locale) == ("New", "en")


def test_addresses_rest_sealed_and_are_found_by_fingerprint():
    send(merchant(), due(customer={"reference": "u-1", "email": "Seo@Example.com", "phone": "+821012345678"}))
    point = ContactPoint.objects.get(fingerprint=fingerprint_of("email", "seo@example.com"))
    assert open_address(point) == "Seo@Example.com"
    assert b"xample" not in bytes(point.sealed)


def test_an_erased_customer_stays_erased():
    shop = merchant()
    send(shop, due(customer={"reference": "u-1", "name": "김서연", "email": "s@example.com"}))
    send(shop, event("customer.erased", customer={"reference": "u-1"}))
    send(
        shop,
        event("customer.updated", customer={"reference": "u-1", "name": "김서연"}, at="2026-11-09T00:00:00Z"),
    )
    assert Customer.objects.get().name == ""
    assert not ContactPoint.objects.exists()


def test_money_told_by_ourselves_does_not_hide_that_the_feed_is_silent():
    shop = merchant()
    send(shop, due("ord-1"))
    type(shop).objects.filter(pk=shop.pk).update(feed_seen_at=None)
    send(shop, paid("ord-1", amount=100, id="amends:checkout:1"))
    shop.refresh_from_db()
    assert shop.feed_seen_at is None


def test_a_heartbeat_keeps_the_feed_alive():
    shop = merchant()
    send(shop, {"id": "beat", "type": "feed.heartbeat", "occurred_at": "2026-11-01T00:00:00Z"})
    shop.refresh_from_db()
    assert shop.feed_seen_at == NOW


def test_queries_do_not_grow_with_the_batch(django_assert_num_queries):
    shop = merchant()
    for size in (2, 40):
        bills = [
            due(f"ord-{size}-{n}", customer={"reference": f"u-{size}-{n}", "email": "x@y.example"})
            for n in range(size)
        ]
        with django_assert_num_queries(13):
            send(shop, *bills)


def test_one_merchant_does_not_see_anothers_payments():
    send(merchant("one"), due())
    assert send(merchant("two"), paid())[0].status == "parked"
    assert Payment.objects.get().outstanding_minor == 9900


def test_the_ledger_refuses_to_be_rewritten():
    send(merchant(), due())
    for statement in ("UPDATE accounts_ledgerentry SET amount_minor = 1", "DELETE FROM accounts_ledgerentry"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


@pytest.mark.parametrize("text", ["a\tb", "a\nb\n\\.\nc", "\\N", "\\", '"', "é\r\n", "NULL", "%s", "{}"])
def test_text_arrives_as_it_was_told(text):
    send(merchant(), due("ord-1", description=text, customer={"reference": text, "name": text}), due("ord-2"))
    payment = Payment.objects.get(reference="ord-1")
    assert (payment.description, payment.customer.reference, payment.customer.name) == (text, text, text)
