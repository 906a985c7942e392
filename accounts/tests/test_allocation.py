"""Money shared out: to the last unit, in the order of the law."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.allocation import Movement, Owed, allocate, components, open_parts
from common.money import split

MINOR = st.integers(0, 10**9)
OWED = st.builds(
    Owed,
    payment_id=st.integers(1, 10**6),
    due_on=st.dates(date(2024, 1, 1), date(2027, 1, 1)),
    principal_minor=MINOR,
    interest_minor=MINOR,
    costs_minor=MINOR,
)
DEBTS = st.lists(OWED, min_size=1, max_size=8, unique_by=lambda one: one.payment_id)
RULES = st.sampled_from(["oldest_first", "payers_choice"])
MANY = settings(max_examples=10_000, deadline=None)


def owed(payment_id, day, principal, interest=0, costs=0):
    return Owed(payment_id, date(2026, 11, day), principal, interest, costs)


@MANY
@given(MINOR, DEBTS, RULES)
def test_the_parts_sum_to_the_whole(amount, debts, rule):
    assert sum(allocate(amount, debts, rule=rule).values()) == amount


@MANY
@given(st.integers(0, 10**12), st.integers(1, 60))
def test_instalments_sum_to_the_whole_and_only_the_last_differs(amount, parts):
    shares = split(amount, parts)
    assert sum(shares) == amount
    assert len(set(shares[:-1])) <= 1
    assert 0 <= shares[-1] - shares[0] < parts


@MANY
@given(MINOR, OWED)
def test_the_components_sum_to_the_whole(amount, one):
    assert sum(components(amount, one)) == amount
    assert min(components(amount, one)) >= 0


@given(MINOR, DEBTS, RULES)
def test_no_payment_gets_more_than_it_owes_before_all_are_paid(amount, debts, rule):
    parts = allocate(amount, debts, rule=rule)
    too_much = {one.payment_id for one in debts if parts.get(one.payment_id, 0) > one.total_minor}
    last = max(debts, key=lambda one: (one.due_on, one.payment_id)).payment_id
    assert too_much <= {last}
    assert not too_much or amount > sum(one.total_minor for one in debts)


@given(MINOR, DEBTS, st.randoms())
def test_the_order_in_which_debts_are_listed_does_not_matter_to_the_oldest(amount, debts, random):
    shuffled = list(debts)
    random.shuffle(shuffled)
    assert allocate(amount, shuffled, rule="oldest_first") == allocate(amount, debts, rule="oldest_first")


def test_the_oldest_is_paid_first():
    assert allocate(150, [owed(1, 9, 100), owed(2, 5, 100)], rule="oldest_first") == {2: 100, 1: 50}


def test_interest_of_all_goes_before_principal_of_any():
    debts = [owed(1, 5, 100, interest=10), owed(2, 9, 100, interest=10, costs=5)]
    assert allocate(30, debts, rule="oldest_first") == {2: 15, 1: 15}


def test_the_payers_choice_is_paid_in_the_order_chosen():
    debts = [owed(2, 9, 100, interest=10), owed(1, 5, 100, interest=10)]
    assert allocate(130, debts, rule="payers_choice") == {2: 110, 1: 20}


def test_what_is_more_than_everything_goes_to_the_payment_due_last():
    assert allocate(250, [owed(1, 9, 100), owed(2, 5, 100)], rule="oldest_first") == {2: 100, 1: 150}


def test_nothing_is_shared_out_as_nothing():
    assert allocate(0, [], rule="oldest_first") == {}


@pytest.mark.parametrize(
    ("amount", "debts"), [(-1, [owed(1, 5, 10)]), (1, []), (1, [owed(1, 5, 10), owed(1, 6, 10)])]
)
def test_what_makes_no_sense_is_refused(amount, debts):
    with pytest.raises(ValueError):
        allocate(amount, debts, rule="oldest_first")


def test_costs_come_before_interest_and_interest_before_principal():
    assert components(25, owed(1, 5, 100, interest=10, costs=5)) == (5, 10, 10)


@given(
    st.lists(
        st.builds(
            Movement,
            st.sampled_from(["fee", "payment", "reversal", "credit", "waiver", "transfer", "charge"]),
            st.integers(-(10**6), 10**6),
        ),
        max_size=8,
    )
)
def test_interest_and_principal_are_what_is_left_of_all_movements(movements):
    interest, principal = open_parts(movements)
    assert interest + principal == sum(one.minor for one in movements)
    assert interest >= 0
