from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from defaults.agreements import MISSED, REVIEW, SECOND_CHANCE, Rung, count_paid, next_rung, rescindable_from
from defaults.negotiation import (
    Accept,
    Bounds,
    Counter,
    Refer,
    Share,
    answer_date,
    answer_instalments,
    equal_instalments,
    floor_minor,
    instalment_dates,
    limitation_after_acceptance,
    settlement_price,
)

TODAY = date(2026, 11, 25)
MINOR = st.integers(1, 10**9)
DAYS = st.dates(date(2026, 1, 1), date(2029, 12, 31))


@st.composite
def any_bounds(draw) -> Bounds:
    floor = draw(st.integers(0, 100))
    return Bounds(
        floor_percent=floor,
        discount_percent=draw(st.integers(0, 100 - floor)),
        most_instalments=draw(st.sampled_from([0, 2, 3, 4, 5, 6])),
        least_instalment_minor=draw(st.integers(0, 5000)),
        least_payment_minor=draw(st.integers(1, 1000)),
    )


@given(MINOR, any_bounds())
def test_an_automatic_price_is_never_below_the_floor_nor_all_of_it(outstanding, bounds):
    price = settlement_price(outstanding_minor=outstanding, bounds=bounds)
    assert price is None or max(floor_minor(outstanding, bounds), 1) <= price < outstanding


@given(MINOR, MINOR, any_bounds(), any_bounds())
def test_waiting_never_brings_a_smaller_share(before, after, then, now):
    first = settlement_price(outstanding_minor=before, bounds=then)
    assume(first is not None)
    later = settlement_price(outstanding_minor=after, bounds=now, first=Share(first, before))
    assert later is None or later * before >= first * after


def test_nothing_is_offered_on_a_barred_debt_or_without_a_discount():
    bounds = Bounds(discount_percent=20)
    assert settlement_price(outstanding_minor=9900, bounds=bounds) == 7920
    assert settlement_price(outstanding_minor=9900, bounds=bounds, time_barred=True) is None
    assert settlement_price(outstanding_minor=9900, bounds=Bounds()) is None


@given(MINOR, st.integers(2, 6), DAYS)
def test_instalments_sum_to_the_whole_and_the_last_absorbs_the_rest(total, parts, first_on):
    amounts = [amount for amount, _ in equal_instalments(total, parts=parts, first_on=first_on)]
    assert sum(amounts) == total
    assert len(set(amounts[:-1])) == 1
    assert 0 <= amounts[-1] - amounts[0] < parts


@given(DAYS, st.integers(2, 6))
def test_instalments_are_a_calendar_month_apart(first_on, parts):
    days = instalment_dates(first_on, parts)
    assert days[0] == first_on
    assert [(day.year * 12 + day.month) - (first_on.year * 12 + first_on.month) for day in days] == [
        *range(parts)
    ]
    assert all(day.day == first_on.day or (day + timedelta(days=1)).day == 1 for day in days)


proposals = st.lists(st.tuples(st.integers(1, 50_000), st.integers(-5, 200)), max_size=8)


@given(st.integers(1, 200_000), proposals, any_bounds())
def test_what_is_countered_would_be_accepted(total, proposed, bounds):
    instalments = [(amount, TODAY + timedelta(days=days)) for amount, days in proposed]
    answer = answer_instalments(total_minor=total, instalments=instalments, today=TODAY, bounds=bounds)
    match answer:
        case Counter():
            again = answer_instalments(
                total_minor=total, instalments=answer.instalments, today=TODAY, bounds=bounds
            )
            assert again == Accept(instalments=answer.instalments)
        case Accept():
            assert list(answer.instalments) == instalments
            assert sum(amount for amount, _ in instalments) == total
        case Refer():
            assert not bounds.most_instalments or total < 2 * bounds.least_instalment_minor + 2000


@given(st.integers(-400, 400))
def test_a_date_is_taken_within_its_bounds_and_countered_outside(days):
    on = TODAY + timedelta(days=days)
    answer = answer_date(on=on, today=TODAY, bounds=Bounds())
    assert isinstance(answer, Accept) == (0 <= days <= 30)
    assert answer_date(on=answer.on, today=TODAY, bounds=Bounds()) == Accept(on=answer.on)


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=6), st.integers(0, 7000))
def test_instalments_are_paid_in_their_order_as_far_as_the_debt_fell(amounts, fallen):
    total = sum(amounts)
    paid = count_paid(amounts, total_minor=total, open_minor=max(total - fallen, 0))
    assert sum(amounts[:paid]) <= fallen
    assert paid == len(amounts) or sum(amounts[: paid + 1]) > fallen


def test_the_soft_ladder_reminds_then_moves_the_date_then_asks_a_person():
    missed = {"missed_on": TODAY, "has_shifted": False}
    first = next_rung(stage="", since=TODAY, **missed)
    second = next_rung(stage=MISSED, since=first.on, **missed)
    last = next_rung(stage=SECOND_CHANCE, since=second.on, missed_on=TODAY, has_shifted=True)
    assert [first, second, last] == [
        Rung(MISSED, TODAY + timedelta(days=3)),
        Rung(SECOND_CHANCE, TODAY + timedelta(days=7)),
        Rung(REVIEW, TODAY + timedelta(days=30)),
    ]
    assert next_rung(stage=REVIEW, since=last.on, missed_on=TODAY, has_shifted=True) is None


def test_the_second_chance_is_one_and_an_outage_makes_no_volley():
    used = next_rung(missed_on=TODAY, stage=MISSED, has_shifted=True, since=TODAY)
    assert used.stage == REVIEW
    late = next_rung(missed_on=TODAY, stage=MISSED, has_shifted=False, since=TODAY + timedelta(days=60))
    assert late == Rung(SECOND_CHANCE, TODAY + timedelta(days=64))


def test_rescission_and_limitation_count_calendar_months_and_years():
    assert rescindable_from(date(2026, 11, 30)) == date(2027, 2, 28)
    assert limitation_after_acceptance(date(2028, 2, 29), years=3) == date(2031, 2, 28)
