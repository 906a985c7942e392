import pytest
from hypothesis import given
from hypothesis import strategies as st

from defaults.gain import chance_at, gain_of


@pytest.mark.parametrize(
    ("days", "chance"), [(-3, 500), (30, 500), (31, 300), (60, 300), (90, 180), (180, 90), (181, 40)]
)
def test_the_chance_falls_with_age(days, chance) -> None:
    assert chance_at(days) == chance


def test_gain_is_amount_times_chance_less_cost() -> None:
    assert gain_of(amount_minor=9_901, currency="KRW", days=40).net_minor == 2_970 - 500


def test_a_small_old_debt_is_worth_less_than_nothing() -> None:
    assert gain_of(amount_minor=300, currency="KRW", days=400).net_minor == 12 - 500


def test_an_unlisted_currency_costs_nothing() -> None:
    assert gain_of(amount_minor=1_000, currency="CHF", days=0).net_minor == 500


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 400))
def test_more_money_is_never_worth_less(one, other, days) -> None:
    less, more = sorted((one, other))
    gains = [gain_of(amount_minor=minor, currency="KRW", days=days).net_minor for minor in (less, more)]
    assert gains == sorted(gains)
