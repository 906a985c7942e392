from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from accounts.models import Payment
from defaults.models import CaseItem, DefaultCase
from defaults.services import open_cases, reassess, reassess_touched

from .world import NOW, World, kinds

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def test_payment_in_full_cures_the_case_and_lets_its_payment_go(world):
    world.opened()
    world.pays("ord-1")
    assert reassess_touched(now=NOW).closed == 1
    case = world.case()
    assert (case.state, case.outcome, case.claimed_minor, case.closed_at) == ("closed", "cured", 0, NOW)
    assert case.next_review_at is None
    assert case.is_self_cure
    payment = world.payment("ord-1")
    assert (payment.in_case, payment.touched) == (False, False)
    assert CaseItem.objects.get().released_at == NOW
    assert kinds(case) == ["opened", "closed"]


def test_a_cure_after_a_message_is_no_self_cure(world):
    case = world.opened()
    DefaultCase.objects.filter(id=case.id).update(contacted_at=NOW)
    world.pays("ord-1")
    world.tick()
    assert (world.case().outcome, world.case().is_self_cure) == ("cured", False)


def test_a_part_payment_moves_the_claim_and_asks_for_a_review(world):
    world.opened()
    world.later(days=1)
    world.pays("ord-1", 900)
    world.tick()
    case = world.case()
    assert (case.state, case.claimed_minor, case.next_review_at, case.version) == ("open", 9000, world.now, 2)


def test_a_part_payment_below_the_threshold_falls_silent(world):
    world.opened()
    world.pays("ord-1", 9000)
    world.tick()
    assert (world.case().state, world.case().next_review_at) == ("pooling", None)


@pytest.mark.parametrize(
    ("kind", "data"),
    [("payment.voided", {}), ("payment.credited", {"amount": 9900})],
)
def test_a_debt_taken_back_withdraws_the_case(world, kind, data):
    world.opened()
    world.says(kind, "ord-1", **data)
    world.tick()
    assert world.case().outcome == "withdrawn"


def test_a_payment_whose_due_date_moves_away_leaves_its_case(world):
    world.opened()
    world.owes("ord-1", due_on="2026-12-24", at="2026-11-25T12:00:00+09:00")
    world.tick()
    assert (world.case().outcome, world.payment("ord-1").in_case) == ("withdrawn", False)
    assert open_cases(now=NOW).payments == 0


def test_a_repeated_reassessment_writes_no_history(world):
    case = world.opened()
    reassess(case_id=case.id, now=NOW, actor="system", reason="asked")
    assert kinds(case) == ["opened"]


def test_a_closed_case_is_not_assessed_again(world):
    case = world.opened()
    world.pays("ord-1")
    world.tick()
    assert reassess(case_id=case.id, now=NOW, actor="system", reason="asked") is None
    assert kinds(case) == ["opened", "closed"]


def test_a_claim_that_grows_too_old_is_barred(world):
    world.opened()
    world.later(days=3 * 366)
    world.tick()
    assert (world.case().state, world.case().outcome) == ("closed", "barred")
    world.tick()
    assert DefaultCase.objects.count() == 1


@pytest.mark.parametrize("customers", [3, 30])
def test_reassessing_takes_the_same_queries_for_any_number(world, customers, django_assert_num_queries):
    for number in range(customers):
        world.owes(f"ord-{number}", by=f"u-{number}")
    world.tick()
    for number in range(customers):
        world.pays(f"ord-{number}")
    with django_assert_num_queries(22):
        assert reassess_touched(now=NOW).closed == customers


@pytest.mark.django_db(transaction=True)
def test_two_detections_at_once_open_one_case_per_customer(world):
    for number in range(40):
        world.owes(f"ord-{number}", by=f"u-{number % 10}")
    _side_by_side(*[lambda: open_cases(now=NOW, limit=7)] * 4)
    world.tick()
    assert DefaultCase.objects.count() == 10
    assert Payment.objects.filter(in_case=True).count() == CaseItem.objects.count() == 40
    assert set(DefaultCase.objects.values_list("claimed_minor", flat=True)) == {4 * 9900}


@pytest.mark.django_db(transaction=True)
def test_the_database_itself_refuses_a_second_open_case(world):
    case = world.opened()
    case.pk = None
    with pytest.raises(Exception, match="one_open_case_per_customer_and_currency"):
        case.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_a_case_somebody_works_on_is_left_for_the_next_tick(world):
    case = world.opened()
    world.pays("ord-1")
    seen = []
    with transaction.atomic():
        DefaultCase.objects.select_for_update().get(id=case.id)
        _side_by_side(lambda: seen.append(reassess_touched(now=NOW).cases))
    assert seen == [0]
    assert reassess_touched(now=NOW + timedelta(seconds=1)).closed == 1


def _side_by_side(*jobs) -> None:
    start, failures = Barrier(len(jobs)), []

    def run(job) -> None:
        try:
            start.wait(timeout=10)
            job()
        except Exception as problem:
            failures.append(problem)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert failures == []
