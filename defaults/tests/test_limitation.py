"""Until when a debt may be asked for, and what an acknowledgement does to that."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from defaults.limitation import is_barred, limitation_day, restarted_limitation_day

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
DUE = date(2024, 2, 29)


def restarted(*days):
    return restarted_limitation_day(DUE, years=3, acknowledged_on=days)


def test_a_month_without_that_day_ends_on_its_last_one():
    assert limitation_day(DUE, 3) == date(2027, 2, 28)


def test_the_last_day_is_not_barred_yet():
    assert not is_barred(DUE, years=3, as_of=date(2027, 2, 28))
    assert is_barred(DUE, years=3, as_of=date(2027, 3, 1))


def test_an_acknowledgement_starts_the_clock_again():
    assert restarted(date(2026, 5, 4)) == date(2029, 5, 4)


def test_acknowledgements_build_on_each_other_whatever_their_order():
    assert restarted(date(2029, 5, 1), date(2026, 5, 4)) == date(2032, 5, 1)


def test_a_dead_debt_is_not_revived():
    assert restarted(date(2027, 3, 1)) == date(2027, 2, 28)


def test_what_was_said_before_it_was_due_starts_nothing():
    assert restarted(date(2024, 1, 1)) == limitation_day(DUE, 3)


@given(DAYS, st.lists(DAYS, max_size=5))
def test_an_acknowledgement_never_shortens_and_asking_never_lengthens(due_on, days):
    first = limitation_day(due_on, 3)
    assert restarted_limitation_day(due_on, years=3, acknowledged_on=days) >= first
    assert is_barred(due_on, years=3, as_of=first + timedelta(days=1))
