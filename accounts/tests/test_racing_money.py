"""Two at once on one debt: the end is always that of one after the other, so nothing is given up or taken twice (C5)."""

import threading
from itertools import combinations_with_replacement, cycle, islice

import pytest
from django.db import connection

from accounts.models import Payment
from accounts.services import concede, receive_money, record_events, unconcede, unwaive, waive

from .factories import NOW, due, merchant
from .holding import violations

pytestmark = pytest.mark.django_db(transaction=True)

PAIRS = 500
ALLOCATIONS = {
    "waive": lambda shop, one, key: waive(parts={one.pk: 80}, act=key, now=NOW),
    "write off": lambda shop, one, key: concede(
        payment_ids=[one.pk], account="written_off", act=key, now=NOW
    ),
    "forgive": lambda shop, one, key: concede(payment_ids=[one.pk], account="forgiven", act=key, now=NOW),
    "receive": lambda shop, one, key: receive_money(
        merchant_id=shop.pk, parts={one.pk: 80}, key=key, method="bank", rule="oldest_first", now=NOW
    ),
    "unwaive": lambda shop, one, key: unwaive(parts={one.pk: 80}, act=key, now=NOW),
    "unconcede": lambda shop, one, key: unconcede(payment_ids=[one.pk], act=key, now=NOW),
}
# Two of a kind, and every two of different kinds.
KINDS = list(combinations_with_replacement(ALLOCATIONS, 2))


def debts(shop, prefix, count):
    """So many debts of 100."""
    references = [f"{prefix}-{n}" for n in range(count)]
    events = [due(reference, amount=100) for reference in references]
    record_events(merchant_id=shop.pk, events=events, now=NOW)
    rows = {row.reference: row for row in Payment.objects.filter(reference__in=references)}
    return [rows[reference] for reference in references]


def end(payment):
    payment.refresh_from_db()
    return (
        payment.outstanding_minor,
        payment.credit_minor,
        payment.waived_minor,
        payment.conceded_minor,
        payment.conceded_account,
        payment.paid_minor,
    )


def one_after_the_other(shop, kinds):
    """The two ends that there may be."""
    found = set()
    for order, payment in zip(
        (kinds, kinds[::-1]), debts(shop, f"serial-{kinds[0]}-{kinds[1]}", 2), strict=True
    ):
        for place, kind in enumerate(order):
            ALLOCATIONS[kind](shop, payment, f"{payment.reference}-{place}")
        found.add(end(payment))
    return found


def race(shop, rounds):
    """Both hands of every round at the same moment, each on a connection of its own."""
    gate, failures = threading.Barrier(2), []

    def run(hand):
        try:
            for payment, kinds in rounds:
                gate.wait(30)
                ALLOCATIONS[kinds[hand]](shop, payment, f"{payment.reference}-{hand}")
        except Exception as problem:
            failures.append(problem)
            gate.abort()
        finally:
            connection.close()

    hands = [threading.Thread(target=run, args=(hand,)) for hand in range(2)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(120)
    assert failures == []


def test_500_pairs_of_allocations_at_once_never_over_apply():
    shop = merchant()
    allowed = {kinds: one_after_the_other(shop, kinds) for kinds in KINDS}
    rounds = list(zip(debts(shop, "race", PAIRS), islice(cycle(KINDS), PAIRS), strict=True))
    race(shop, rounds)
    wrong = [(kinds, end(payment)) for payment, kinds in rounds if end(payment) not in allowed[kinds]]
    assert wrong == []
    assert violations() == []


def test_the_same_money_received_twice_at_once_counts_once():
    shop = merchant()
    (payment,) = debts(shop, "once", 1)
    fates, gate = [], threading.Barrier(8)

    def run(minute):
        gate.wait(30)
        now = NOW.replace(minute=minute)
        fates.extend(
            receive_money(
                merchant_id=shop.pk, parts={payment.pk: 60}, key="k", method="bank", rule="", now=now
            )
        )
        connection.close()

    threads = [threading.Thread(target=run, args=(minute,)) for minute in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(fate.status for fate in fates) == ["applied"] + ["duplicate"] * 7
    assert end(payment)[0] == 40
