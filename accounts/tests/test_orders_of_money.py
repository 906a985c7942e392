"""What happens to a debt may happen in any order: it ends in one result, in the balances and in the books (C4)."""

from itertools import permutations

import pytest
from django.db import connection

from accounts.models import Payment
from accounts.services import charge_fees, concede, record_events, waive

from .factories import NOW, due, event, merchant, paid
from .holding import violations

pytestmark = pytest.mark.django_db

_BOOKS = """
SELECT account, sum(minor) FROM (
       SELECT to_account AS account, amount_minor AS minor FROM accounts_ledgerentry WHERE payment_id = %(id)s
        UNION ALL
       SELECT from_account, -amount_minor FROM accounts_ledgerentry WHERE payment_id = %(id)s) moves
 GROUP BY account HAVING sum(minor) <> 0 ORDER BY account
"""


class Debts:
    """Debts of 10,000, one for each order of the same happenings."""

    def __init__(self):
        self.shop, self.count = merchant(), 0

    def after(self, steps):
        """Balances and books of a fresh debt after these steps."""
        self.count += 1
        reference = f"ord-{self.count}"
        self.tell(due(reference, amount=10_000))
        payment = Payment.objects.get(reference=reference)
        for step in steps:
            step(self, payment)
        payment.refresh_from_db()
        with connection.cursor() as cursor:
            cursor.execute(_BOOKS, {"id": payment.pk})
            books = tuple((account, int(minor)) for account, minor in cursor.fetchall())
        return payment.outstanding_minor, payment.credit_minor, books

    def tell(self, told):
        record_events(merchant_id=self.shop.pk, events=[told], now=NOW)


def pay(minor):
    return lambda debts, payment: debts.tell(paid(payment.reference, amount=minor))


def refund(minor):
    return lambda debts, payment: debts.tell(
        event("payment.refunded", payment=payment.reference, amount=minor, reason="sale_undone")
    )


def charge_back(minor):
    return lambda debts, payment: debts.tell(
        event("payment.reversed", payment=payment.reference, amount=minor, reason="chargeback")
    )


def credit(minor):
    return lambda debts, payment: debts.tell(
        event("payment.credited", payment=payment.reference, amount=minor)
    )


def void(debts, payment):
    debts.tell(event("payment.voided", payment=payment.reference))


def write_off(debts, payment):
    concede(payment_ids=[payment.pk], account="written_off", act="policy", now=NOW)


def release(minor):
    return lambda debts, payment: waive(parts={payment.pk: minor}, act="staff:kim", now=NOW)


def charge(minor):
    return lambda debts, payment: charge_fees(parts={payment.pk: minor}, act="fee", now=NOW)


def ends(steps, *, orders=None):
    """Every end that some order of the steps leads to; the books hold in all of them."""
    debts = Debts()
    found = {debts.after(order) for order in (permutations(steps) if orders is None else orders)}
    assert violations() == []
    return found


def test_all_120_orders_of_pay_close_refund_chargeback_and_chargeback_won_end_in_one_result():
    steps = [pay(10_000), write_off, refund(3_000), charge_back(10_000), pay(10_000)]
    assert ends(steps) == {(0, 0, (("cash", 7_000), ("sales", -7_000)))}


def test_all_120_orders_with_a_part_of_the_money_taken_back_end_in_one_result():
    steps = [pay(10_000), write_off, refund(2_500), charge_back(4_000), pay(4_000)]
    assert ends(steps) == {(0, 0, (("cash", 7_500), ("sales", -7_500)))}


def test_a_part_payment_won_back_ends_in_one_result_whenever_the_rest_is_written_off():
    paid_, back, won = pay(6_000), charge_back(6_000), pay(6_000)
    steps = [paid_, write_off, refund(1_000), back, won]
    # A chargeback follows its payment, and is won after it was lost: the rest comes in any order.
    orders = [
        order for order in permutations(steps) if order.index(paid_) < order.index(back) < order.index(won)
    ]
    assert len(orders) == 20
    assert ends(steps, orders=orders) == {
        (0, 0, (("cash", 5_000), ("sales", -9_000), ("written_off", 4_000)))
    }


@pytest.mark.parametrize("shrink", [void, credit(8_000)])
def test_a_waiver_and_a_smaller_sale_end_in_one_result(shrink):
    assert len(ends([release(4_000), shrink])) == 1


def test_a_fee_and_a_void_end_in_one_result():
    assert ends([charge(500), void]) == {(0, 0, ())}


def test_a_fee_its_waiver_and_a_part_payment_end_in_one_result():
    charged, waived = charge(500), release(500)
    orders = [
        order
        for order in permutations([charged, waived, pay(2_000)])
        if order.index(charged) < order.index(waived)
    ]
    assert ends([], orders=orders) == {
        (
            8_000,
            0,
            (("cash", 2_000), ("fees", -500), ("receivable", 8_000), ("sales", -10_000), ("waived", 500)),
        )
    }
