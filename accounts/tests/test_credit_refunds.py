"""Over-payment on its way back: two people, one gateway, once."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from accounts.models import CreditRefund, LedgerEntry, Payment, SandboxPayment
from accounts.services import record_events
from accounts.services.credit_refunds import (
    BY_HAND,
    KEY_IS_GOOD_FOR,
    RefundRefused,
    ask_refund,
    carry_out_refunds,
    decide_refund,
    paid_by_hand,
)
from accounts.services.sandbox import choose, in_process, tell_sandbox

from .factories import NOW, due, event, merchant, paid
from .paying import begin, shop_with

pytestmark = pytest.mark.django_db

SOON = NOW + timedelta(minutes=5)


@pytest.fixture
def overpaid() -> Payment:
    """9,900 paid through the sandbox for a sale that was then reduced by 4,000."""
    shop = shop_with()
    checkout = begin(shop, {"ord-1": 9900})
    choose(reference=checkout.reference, answer="approved", now=NOW)
    tell_sandbox(now=NOW, send=in_process(NOW))
    record_events(
        merchant_id=shop.pk, events=[event("payment.credited", payment="ord-1", amount=4000)], now=NOW
    )
    return Payment.objects.get(reference="ord-1")


@pytest.fixture
def paid_elsewhere() -> Payment:
    shop = merchant()
    record_events(merchant_id=shop.pk, events=[due(), paid(amount=12_000)], now=NOW)
    return Payment.objects.get()


def ask(payment: Payment, amount: int | None = None, actor: str = "staff:mina") -> CreditRefund:
    amount = payment.credit_minor if amount is None else amount
    return ask_refund(payment_id=payment.pk, amount_minor=amount, reason="paid twice", actor=actor, now=NOW)


def agree(refund: CreditRefund, actor: str = "staff:juno") -> CreditRefund:
    return decide_refund(refund_id=refund.pk, verdict="agreed", actor=actor, now=NOW)


def given_back() -> int:
    entries = LedgerEntry.objects.filter(kind="refund", to_account="customer_credit")
    return sum(entries.values_list("amount_minor", flat=True))


def test_what_was_agreed_to_goes_back_by_the_gateway_that_took_it(overpaid) -> None:
    refund = agree(ask(overpaid))
    assert carry_out_refunds(now=SOON) == 1
    refund.refresh_from_db()
    overpaid.refresh_from_db()
    assert (refund.state, refund.done_at, overpaid.credit_minor) == ("done", SOON, 0)
    assert (given_back(), SandboxPayment.objects.get().refunded_minor) == (4000, 4000)


def test_nothing_goes_back_before_somebody_agreed(overpaid) -> None:
    ask(overpaid)
    assert (carry_out_refunds(now=SOON), given_back()) == (0, 0)


def test_nobody_agrees_to_a_refund_of_their_own(overpaid) -> None:
    refund = ask(overpaid)
    with pytest.raises(RefundRefused) as refused:
        agree(refund, actor="staff:mina")
    assert refused.value.code == "own_request"
    assert CreditRefund.objects.get().state == "asked"


def test_the_database_lets_nobody_agree_to_their_own_either(overpaid) -> None:
    refund = ask(overpaid)
    with pytest.raises(IntegrityError, match="nobody_agrees"):
        CreditRefund.objects.filter(pk=refund.pk).update(decided_by=refund.asked_by, state="agreed")


@pytest.mark.parametrize("amount", [0, -1, 4001])
def test_only_what_was_over_paid_can_be_asked_back(overpaid, amount) -> None:
    with pytest.raises(RefundRefused) as refused:
        ask(overpaid, amount)
    assert (refused.value.code, CreditRefund.objects.count()) == ("no_credit", 0)


def test_one_refund_of_a_payment_at_a_time(overpaid) -> None:
    ask(overpaid, 1000)
    with pytest.raises(RefundRefused) as refused:
        ask(overpaid, 1000)
    assert refused.value.code == "refund_open"


def test_a_refused_refund_stays_refused_and_another_may_be_asked_for(overpaid) -> None:
    refund = ask(overpaid)
    decide_refund(refund_id=refund.pk, verdict="refused", actor="staff:juno", now=NOW)
    with pytest.raises(RefundRefused):
        agree(refund)
    assert ask(overpaid, 1000).state == "asked"


def test_a_credit_that_is_gone_by_then_is_not_given_back(overpaid) -> None:
    refund = agree(ask(overpaid))
    reversal = event("payment.reversed", payment="ord-1", amount=9900, reason="chargeback")
    record_events(merchant_id=overpaid.merchant_id, events=[reversal], now=NOW)
    assert carry_out_refunds(now=SOON) == 0
    refund.refresh_from_db()
    assert (refund.state, given_back()) == ("failed", 0)


def test_money_that_no_gateway_took_is_paid_out_by_hand(paid_elsewhere) -> None:
    refund = agree(ask(paid_elsewhere))
    assert (carry_out_refunds(now=SOON), carry_out_refunds(now=SOON)) == (0, 0)
    refund.refresh_from_db()
    assert (refund.state, refund.detail, given_back()) == ("agreed", BY_HAND, 0)
    assert paid_by_hand(refund_id=refund.pk, actor="staff:mina", now=SOON).state == "done"
    assert given_back() == 2100


def test_what_was_paid_out_by_hand_is_booked_once(paid_elsewhere) -> None:
    refund = agree(ask(paid_elsewhere))
    carry_out_refunds(now=SOON)
    paid_by_hand(refund_id=refund.pk, actor="staff:mina", now=SOON)
    with pytest.raises(RefundRefused):
        paid_by_hand(refund_id=refund.pk, actor="staff:mina", now=SOON)
    assert given_back() == 2100


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_give_back_once(overpaid) -> None:
    agree(ask(overpaid))
    done: list[int] = []

    def sweep() -> None:
        done.append(carry_out_refunds(now=SOON))
        connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(done), given_back()) == (1, 4000)


def test_the_time_a_key_is_trusted_is_shorter_than_any_gateway_remembers_it() -> None:
    assert timedelta(hours=24) > KEY_IS_GOOD_FOR
