from datetime import date

import pytest

from accounts.models import Payment
from defaults.delinquency import default_terms, is_in_default
from defaults.models import CaseItem, CollectionTerms, DefaultCase
from defaults.services import open_cases

from .world import NOW, World, kinds

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def test_a_payment_past_grace_opens_a_case_that_is_due_for_review(world):
    payment = world.owes("ord-1", 9900)
    opened = open_cases(now=NOW)
    case = world.case()
    assert (opened.cases, opened.extended, opened.payments) == (1, 0, 1)
    assert (case.state, case.claimed_minor, case.next_review_at, case.version) == ("open", 9900, NOW, 1)
    assert case.oldest_due_on == date(2026, 11, 5)
    payment.refresh_from_db()
    assert (payment.in_case, payment.touched) == (True, False)
    assert kinds(case) == ["opened"]


def test_a_second_run_over_the_same_payments_changes_nothing(world):
    world.owes("ord-1")
    open_cases(now=NOW)
    assert open_cases(now=NOW).payments == 0
    assert (DefaultCase.objects.count(), CaseItem.objects.count()) == (1, 1)


def test_all_of_a_customers_payments_of_one_currency_are_one_case(world):
    world.owes("ord-1", 600)
    world.owes("ord-2", 700)
    world.owes("ord-3", 150, currency="USD")
    open_cases(now=NOW)
    claims = DefaultCase.objects.order_by("currency").values_list("currency", "claimed_minor")
    assert list(claims) == [("KRW", 1300), ("USD", 150)]


def test_a_customer_is_taken_whole_however_small_the_limit(world):
    for number in range(3):
        world.owes(f"ord-{number}")
    assert open_cases(now=NOW, limit=1).payments == 3
    assert world.case().claimed_minor == 3 * 9900


def test_a_sum_below_the_threshold_pools_in_silence(world):
    case = world.opened(999)
    assert (case.state, case.next_review_at) == ("pooling", None)


def test_a_pooling_case_opens_when_another_item_lifts_it(world):
    world.opened(999)
    world.owes("ord-2", 1)
    world.tick()
    case = world.case()
    assert (case.state, case.claimed_minor, case.next_review_at) == ("open", 1000, NOW)
    assert kinds(case) == ["opened", "item_added", "moved"]
    assert DefaultCase.objects.count() == 1


def test_the_merchants_own_terms_decide(world):
    CollectionTerms.objects.create(
        merchant=world.merchant, currency="KRW", grace_days=30, collection_threshold_minor=10
    )
    world.owes("ord-1", due_on="2026-10-26")
    world.owes("ord-2", 10, due_on="2026-10-25")
    open_cases(now=NOW)
    assert (world.case().state, world.case().claimed_minor) == ("open", 10)


@pytest.mark.parametrize(
    ("zone", "joins"), [("Pacific/Kiritimati", True), ("Asia/Seoul", False), ("America/Lima", False)]
)
def test_the_day_is_the_customers_own(world, zone, joins):
    # At this instant it is the 26th in Kiritimati, and the 25th in Seoul and Lima.
    world.now = NOW.replace(hour=11)
    world.owes("ord-1", due_on="2026-11-20", customer={"reference": "u-1", "time_zone": zone})
    assert open_cases(now=world.now).payments == joins


@pytest.mark.parametrize("days", range(2, 9))
def test_opening_in_the_database_agrees_with_the_pure_rule(world, days):
    due_on = date(2026, 11, 25 - days)
    world.owes("ord-1", due_on=due_on.isoformat())
    expected = is_in_default(due_on, terms=default_terms("KRW"), as_of=date(2026, 11, 25))
    assert open_cases(now=NOW).payments == expected


@pytest.mark.parametrize(("due_on", "joins"), [("2023-11-25", 1), ("2023-11-24", 0)])
def test_a_barred_payment_opens_nothing(world, due_on, joins):
    world.owes("ord-1", due_on=due_on)
    assert open_cases(now=NOW).payments == joins


def test_a_customer_with_an_unknown_zone_is_judged_by_the_merchants(world):
    world.owes("ord-1", due_on="2026-11-19", customer={"reference": "u-1"})
    assert open_cases(now=NOW).payments == 1


def test_the_shares_of_two_workers_meet_nowhere_and_cover_all(world):
    for number in range(6):
        world.owes(f"ord-{number}", by=f"u-{number}")
    taken = [open_cases(now=NOW, part=part, parts=2).payments for part in (0, 1)]
    assert sum(taken) == 6
    assert Payment.objects.filter(in_case=False).count() == 0


def test_money_that_bounces_after_closing_opens_a_linked_case(world):
    first = world.opened()
    world.pays("ord-1")
    world.tick()
    world.says("payment.reversed", "ord-1", amount=9900, reason="chargeback")
    world.tick()
    second = world.case()
    first.refresh_from_db()
    assert (first.state, first.outcome) == ("closed", "cured")
    assert (second.state, second.claimed_minor, second.previous_case_id) == ("open", 9900, first.id)
    assert second.id != first.id


@pytest.mark.parametrize("customers", [3, 30])
def test_opening_takes_the_same_queries_for_any_number(world, customers, django_assert_num_queries):
    for number in range(customers):
        world.owes(f"ord-{number}", by=f"u-{number}")
    with django_assert_num_queries(4):
        assert open_cases(now=NOW).cases == customers
