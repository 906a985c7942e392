"""While a message to a customer is leaving, what arrives about them is kept and applied afterwards."""

import threading

import pytest
from django.db import connection

from accounts.locks import contact_lock
from accounts.models import Payment, PaymentEvent
from accounts.services import receive_money, record_events, retry_waiting

from .factories import NOW, due, merchant, paid

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop():
    shop = merchant()
    send(shop, due("ord-1"), due("ord-2", customer={"reference": "u-2"}))
    Payment.objects.update(in_case=True)
    return shop


def send(shop, *events):
    return record_events(merchant_id=shop.pk, events=events, now=NOW)


class Speaker(threading.Thread):
    """Holds a customer's contact lock, as the sender does during its call, until told to let go."""

    def __init__(self, customer_id):
        super().__init__()
        self.customer_id, self.holds, self.let_go = customer_id, threading.Event(), threading.Event()

    def run(self):
        with contact_lock(self.customer_id):
            self.holds.set()
            self.let_go.wait(30)
        connection.close()

    def __enter__(self):
        self.start()
        self.holds.wait(10)
        return self

    def __exit__(self, *_):
        self.let_go.set()
        self.join(10)


def test_a_payment_of_a_customer_being_written_to_is_kept_pending_and_others_are_applied(shop):
    with Speaker(Payment.objects.get(reference="ord-1").customer_id):
        fates = send(shop, paid("ord-1"), paid("ord-2"))
        assert [fate.status for fate in fates] == ["pending", "applied"]
        assert retry_waiting(now=NOW) == 0
    assert retry_waiting(now=NOW) == 1
    assert not Payment.objects.owed().exists()


def test_a_second_speaker_is_turned_away_at_once(shop):
    customer_id = Payment.objects.get(reference="ord-1").customer_id
    with Speaker(customer_id), contact_lock(customer_id) as held:
        assert held is False


def test_a_payment_waits_for_a_message_that_ends_in_time(shop):
    with Speaker(Payment.objects.get(reference="ord-1").customer_id) as speaker:
        threading.Timer(0.3, speaker.let_go.set).start()
        assert send(shop, paid("ord-1"))[0].status == "applied"


def test_a_payment_outside_any_case_waits_for_nobody(shop):
    Payment.objects.update(in_case=False)
    with Speaker(Payment.objects.get(reference="ord-1").customer_id):
        assert send(shop, paid("ord-1"))[0].status == "applied"


def test_the_same_events_from_many_clients_at_once_count_once(shop):
    events = [paid("ord-1", amount=1_000, id=f"same-{n}") for n in range(5)]

    def client(order):
        for one in order:
            send(shop, one)
        connection.close()

    clients = [threading.Thread(target=client, args=[events if n % 2 else events[::-1]]) for n in range(6)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join(30)
    assert Payment.objects.get(reference="ord-1").outstanding_minor == 4_900
    assert PaymentEvent.objects.filter(type="payment.paid").count() == 5


def test_money_received_while_a_message_is_leaving_is_kept_and_counts_once_afterwards(shop):
    payment = Payment.objects.get(reference="ord-1")

    def receive():
        return receive_money(
            merchant_id=shop.pk, parts={payment.pk: 4_000}, key="k", method="card", rule="", now=NOW
        )[0].status

    with Speaker(payment.customer_id):
        assert [receive(), receive()] == ["pending", "duplicate"]
    assert retry_waiting(now=NOW) == 1
    payment.refresh_from_db()
    assert payment.outstanding_minor == 5_900
