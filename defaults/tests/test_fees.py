"""Late fees: little, late, and only where the terms say so."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.allocation import Movement
from accounts.models import LedgerEntry
from accounts.tests.holding import violations
from defaults import services
from defaults.fees import (
    Dated,
    FeeTerms,
    Span,
    days_charged,
    fee_minor,
    fees_due,
    least_principal,
    not_yet_charged,
    periods,
)
from defaults.invariants import FEES
from defaults.models import Dispute, FeeCharge, FeePolicy

from .world import World, kinds

DUE = date(2026, 1, 10)
TERMS = FeeTerms(1, 1_500, date(2025, 1, 1))
CHARGED = [Dated(date(2026, 1, 1), Movement("charge", 100_000))]


def owed(today, *, versions=(TERMS,), movements=CHARGED, rests=(), limitation_on=date(2029, 1, 10)):
    return fees_due(
        DUE, versions=versions, movements=movements, rests=rests, limitation_on=limitation_on, today=today
    )


def test_a_fee_is_daily_pro_rata_and_rounded_down():
    # 100,000 at 15% for 30 days is 1,232.87….
    assert fee_minor(100_000, annual_bp=1_500, days=30) == 1_232


@given(st.integers(0, 10**12), st.integers(0, 10_000), st.integers(0, 3_650))
def test_a_fee_never_exceeds_twenty_percent_a_year(principal, annual_bp, days):
    assert fee_minor(principal, annual_bp=annual_bp, days=days) * 365 * 5 <= principal * days


def test_a_period_is_charged_once_it_is_over():
    assert list(periods(DUE, TERMS, today=date(2026, 2, 9))) == []
    assert list(periods(DUE, TERMS, today=date(2026, 2, 10))) == [Span(date(2026, 1, 11), date(2026, 2, 10))]


def test_a_later_version_begins_where_the_first_ends():
    versions = (TERMS, FeeTerms(2, 1_000, date(2026, 1, 21)))
    fees = owed(date(2026, 2, 20), versions=versions)
    assert [(fee.policy_id, fee.period.from_on, fee.days) for fee in fees] == [
        (1, date(2026, 1, 11), 10),
        (2, date(2026, 1, 21), 30),
    ]


def test_days_of_rest_are_not_charged_and_counted_once():
    period = Span(date(2026, 1, 11), date(2026, 2, 10))
    rests = [Span(date(2026, 1, 1), date(2026, 1, 16)), Span(date(2026, 1, 15), date(2026, 1, 21))]
    assert days_charged(period, rests) == 20


def test_nothing_is_charged_past_limitation():
    assert owed(date(2026, 6, 1), limitation_on=DUE) == []


def test_there_is_no_fee_on_a_fee():
    movements = [*CHARGED, Dated(date(2026, 2, 11), Movement("fee", 1_232))]
    assert [fee.principal_minor for fee in owed(date(2026, 4, 1), movements=movements)] == [100_000, 100_000]


def test_the_least_principal_of_the_period_counts():
    movements = [
        *CHARGED,
        Dated(date(2026, 1, 12), Movement("payment", -60_000)),
        Dated(date(2026, 2, 1), Movement("reversal", 60_000)),
    ]
    assert least_principal(movements, Span(date(2026, 1, 11), date(2026, 2, 10))) == 40_000


def test_a_day_that_was_charged_is_not_charged_again_when_the_terms_are_rewritten():
    fees = owed(date(2026, 2, 10), versions=[FeeTerms(2, 1_000, date(2026, 1, 20))])
    assert not_yet_charged(fees, [Span(date(2026, 1, 11), date(2026, 2, 10))]) == []


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(-50_000, 50_000).filter(bool)), max_size=8),
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 60)), max_size=4),
)
def test_a_year_of_fees_never_exceeds_the_cap_on_the_largest_principal(moves, holds):
    start = date(2026, 1, 1)
    movements = CHARGED + [
        Dated(start + timedelta(days=day), Movement("payment" if minor < 0 else "reversal", minor))
        for day, minor in sorted(moves)
    ]
    rests = [Span(start + timedelta(days=day), start + timedelta(days=day + n)) for day, n in holds]
    fees = owed(date(2027, 1, 11), versions=[FeeTerms(1, 2_000, start)], movements=movements, rests=rests)
    largest = 100_000 + sum(minor for _, minor in moves if minor > 0)
    assert sum(fee.amount_minor for fee in fees) * 5 <= largest


@pytest.fixture
def world() -> World:
    world = World()
    world.opened(100_000)
    return world


def allow(world, **fields):
    told = {"currency": "KRW", "valid_from": date(2026, 1, 1), "annual_bp": 1_500, "clause": "art. 9"}
    return FeePolicy.objects.create(merchant=world.merchant, **told | fields)


def accrue(world):
    charges = services.accrue_fees(now=world.now).charges
    assert violations(FEES) == []
    return charges


@pytest.mark.django_db
def test_without_a_policy_nothing_is_ever_charged(world):
    world.later(days=300)
    assert accrue(world) == 0


@pytest.mark.django_db
def test_a_fee_is_charged_once_and_stands_in_the_history(world):
    allow(world)
    world.later(days=12)
    assert (accrue(world), accrue(world)) == (1, 0)
    assert world.payment("ord-1").outstanding_minor == 101_232
    assert world.case().claimed_minor == 101_232
    assert "fee_charged" in kinds(world.case())
    assert LedgerEntry.objects.get(kind="fee").act == "fee 2026-11-06 to 2026-12-06"


@pytest.mark.django_db
def test_a_period_is_not_charged_before_its_customers_midnight(world):
    allow(world)
    # 2026-12-06 begins in Seoul at 15:00 UTC on the 5th; a date that is not everywhere yet waits.
    world.now = datetime(2026, 12, 5, 14, 59, tzinfo=UTC)
    assert accrue(world) == 0


@pytest.mark.django_db
def test_what_was_charged_can_be_computed_again(world):
    allow(world)
    world.later(days=75)
    accrue(world)
    world.says("payment.paid", "ord-1", amount=200_000, at=world.now.isoformat())
    world.tick()
    (fees,) = services.recompute_fees(payment_ids=[world.payment("ord-1").id], now=world.now).values()
    assert [(fee.period.from_on, fee.days, fee.amount_minor) for fee in fees] == list(
        FeeCharge.objects.order_by("from_on").values_list("from_on", "days", "amount_minor")
    )
    assert len(fees) == 3


@pytest.mark.django_db
def test_while_a_case_is_held_nothing_is_charged_and_its_days_never_are(world):
    allow(world)
    held = services.place_hold(
        case_id=world.case().id, reason="hardship", now=world.now, until=None, actor="staff:kim"
    )
    world.later(days=20)
    assert accrue(world) == 0
    services.end_hold(hold_id=held.id, now=world.now, actor="staff:kim")
    accrue(world)
    # Of 6 November to 5 December, the 25th and later were held.
    assert FeeCharge.objects.get().days == 19


@pytest.mark.django_db
def test_disputed_days_are_not_charged_even_when_the_dispute_is_rejected(world):
    allow(world)
    raised = world.case().disputes.create(
        reason="wrong_amount",
        raised_at=world.now,
        answer_due_on=date(2026, 12, 9),
    )
    raised.payments.add(world.payment("ord-1"))
    Dispute.objects.update(state="rejected", ended_at=world.later(days=3))
    world.later(days=20)
    accrue(world)
    assert FeeCharge.objects.get().days == 26


@pytest.mark.django_db
def test_days_held_in_an_earlier_case_stay_free(world):
    allow(world)
    services.place_hold(
        case_id=world.case().id, reason="hardship", now=world.now, until=None, actor="staff:kim"
    )
    that_day = world.later(days=4).isoformat()
    world.says("payment.paid", "ord-1", amount=100_000, at=that_day)
    world.tick()
    world.says("payment.reversed", "ord-1", amount=100_000, reason="returned", at=that_day)
    world.tick()
    world.later(days=10)
    accrue(world)
    # Of 6 November to 5 December, the 25th to the 29th were held in the case that the payment closed.
    assert FeeCharge.objects.get().days == 25


@pytest.mark.django_db
def test_money_told_late_shows_in_what_is_computed_again(world):
    allow(world)
    world.later(days=12)
    accrue(world)
    world.says("payment.paid", "ord-1", amount=60_000, at="2026-11-10T00:00:00Z")
    (fees,) = services.recompute_fees(payment_ids=[world.payment("ord-1").id], now=world.now).values()
    assert [fee.principal_minor for fee in fees] == [40_000]
