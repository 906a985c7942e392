"""What the house does to a debt: waives, concedes, charges, takes money in; and turns it back."""

import pytest
from django.db.models import Sum

from accounts.models import LedgerEntry, Payment
from accounts.services import (
    charge_fees,
    concede,
    read_owed,
    receive_money,
    record_events,
    retry_waiting,
    unconcede,
    unwaive,
    waive,
)

from .factories import NOW, due, event, merchant, paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return merchant()


@pytest.fixture
def bill(shop):
    send(shop, due(amount=10_000))
    return Payment.objects.get()


def send(shop, *events):
    return record_events(merchant_id=shop.pk, events=events, now=NOW)


def told(payment):
    payment.refresh_from_db()
    return payment.outstanding_minor, payment.credit_minor


def booked(account):
    def total(**which):
        return LedgerEntry.objects.filter(**which).aggregate(all=Sum("amount_minor"))["all"] or 0

    return total(to_account=account) - total(from_account=account)


def receive(shop, parts, *, key="k-1", now=NOW):
    return receive_money(
        merchant_id=shop.pk, parts=parts, key=key, method="bank", rule="oldest_first", now=now
    )


def test_what_is_waived_is_no_longer_asked(bill):
    assert waive(parts={bill.pk: 4_000}, act="staff:kim", now=NOW) == 4_000
    assert told(bill) == (6_000, 0)
    assert booked("waived") == 4_000


def test_no_more_is_waived_than_is_owed(shop, bill):
    send(shop, paid(amount=7_000))
    assert waive(parts={bill.pk: 10_000}, act="staff:kim", now=NOW) == 3_000
    assert told(bill) == (0, 0)


def test_money_for_what_was_waived_is_over_paid(shop, bill):
    waive(parts={bill.pk: 4_000}, act="staff:kim", now=NOW)
    send(shop, paid(amount=10_000))
    assert told(bill) == (0, 4_000)


def test_a_waiver_is_turned_back_at_most_whole(bill):
    waive(parts={bill.pk: 4_000}, act="staff:kim", now=NOW)
    assert unwaive(parts={bill.pk: 9_000}, act="staff:kim", now=NOW) == 4_000
    assert (told(bill), booked("waived")) == ((10_000, 0), 0)


@pytest.mark.parametrize("first", ["waiver", "void"])
def test_a_waiver_and_a_void_end_alike_in_either_order(shop, bill, first):
    acts = [
        lambda: waive(parts={bill.pk: 4_000}, act="staff:kim", now=NOW),
        lambda: send(shop, event("payment.voided", payment="ord-1")),
    ]
    for step in acts if first == "waiver" else reversed(acts):
        step()
    assert told(bill) == (0, 0)
    assert {name: booked(name) for name in ("receivable", "waived", "sales")} == {
        "receivable": 0, "waived": 0, "sales": 0,
    }  # fmt: skip


def test_what_was_written_off_can_be_asked_again_and_then_forgiven(bill):
    concede(payment_ids=[bill.pk], account="written_off", act="policy", now=NOW)
    assert unconcede(payment_ids=[bill.pk], act="staff:kim", now=NOW) == 10_000
    concede(payment_ids=[bill.pk], account="forgiven", act="staff:lee", now=NOW)
    assert (booked("written_off"), booked("forgiven")) == (0, 10_000)


def test_taking_back_a_write_off_leaves_money_that_came_meanwhile(shop, bill):
    concede(payment_ids=[bill.pk], account="written_off", act="policy", now=NOW)
    send(shop, paid(amount=3_000))
    assert unconcede(payment_ids=[bill.pk], act="staff:kim", now=NOW) == 7_000
    assert told(bill) == (7_000, 0)


def test_fees_never_exceed_the_sale(bill):
    assert charge_fees(parts={bill.pk: 9_000}, act="fee", now=NOW) == {bill.pk: 9_000}
    assert charge_fees(parts={bill.pk: 9_000}, act="fee", now=NOW) == {bill.pk: 1_000}
    assert charge_fees(parts={bill.pk: 9_000}, act="fee", now=NOW) == {}
    assert (told(bill), booked("fees")) == ((20_000, 0), -10_000)


def test_a_fee_falls_with_the_sale_it_is_for(shop, bill):
    charge_fees(parts={bill.pk: 5_000}, act="fee", now=NOW)
    send(shop, event("payment.credited", payment="ord-1", amount=8_000))
    assert (told(bill), booked("fees")) == ((4_000, 0), -2_000)


def test_nothing_is_charged_on_a_debt_that_is_paid(shop, bill):
    send(shop, paid(amount=10_000))
    assert charge_fees(parts={bill.pk: 100}, act="fee", now=NOW) == {}


def test_money_pays_the_fee_before_the_principal(shop, bill):
    charge_fees(parts={bill.pk: 500}, act="fee", now=NOW)
    send(shop, paid(amount=300))
    (owed,) = read_owed(payment_ids=[bill.pk])
    assert (owed.interest_minor, owed.principal_minor) == (200, 10_000)


def test_money_received_is_booked_with_its_rule(shop, bill):
    (fate,) = receive(shop, {bill.pk: 4_000})
    assert (fate.status, fate.outstanding_minor) == ("applied", 6_000)
    assert LedgerEntry.objects.get(kind="payment").rule == "oldest_first"


def test_money_received_under_one_key_counts_once_whenever_it_is_told_again(shop, bill):
    receive(shop, {bill.pk: 4_000})
    (again,) = receive(shop, {bill.pk: 4_000}, now=NOW.replace(hour=9))
    assert (again.status, told(bill)) == ("duplicate", (6_000, 0))


def test_a_key_used_for_another_amount_is_refused(shop, bill):
    receive(shop, {bill.pk: 4_000})
    (fate,) = receive(shop, {bill.pk: 5_000})
    assert (fate.status, fate.errors[0]["code"]) == ("rejected", "event_id_reused")


def test_money_for_a_strange_payment_is_an_error(shop, bill):
    with pytest.raises(ValueError):
        receive(merchant("other"), {bill.pk: 4_000})


def test_money_above_the_debt_becomes_credit(shop, bill):
    receive(shop, {bill.pk: 12_000})
    assert told(bill) == (0, 2_000)


def test_events_told_before_stay_the_same_events(shop, bill):
    money = paid(amount=4_000)
    send(shop, money)
    assert [fate.status for fate in send(shop, money)] == ["duplicate"]
    assert retry_waiting(now=NOW) == 0
