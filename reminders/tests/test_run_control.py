"""Runs paused, resumed, stopped and killed while they work: nothing after the pause, and no case twice."""

import multiprocessing
import os
import signal
import threading
import time

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.tests.factories import due, event
from defaults.models import DefaultCase
from defaults.services.acts import Refused
from defaults.tests.world import DUE_ON
from reminders.invariants import RUNS
from reminders.models import Decision, Message, Run
from reminders.services import due_cases
from reminders.services.asked_runs import carry_out_runs
from reminders.services.runs import pause_run, resume_run, start_run, stop_run
from reminders.tests.test_send_races import with_connection
from reminders.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

CASES = 400


@pytest.fixture
def world(monkeypatch) -> World:
    """Hundreds of cases that are due, decided ten at a time so that a run takes long enough to meet."""
    monkeypatch.setattr(due_cases, "RUN_CHUNK", 10)
    world = World()
    told = [{"reference": f"u-{n}", "email": f"u{n}@example.com", "name": "김서연"} for n in range(CASES)]
    events = [
        due(f"ord-{n}", amount=9900, currency="KRW", due_on=DUE_ON, customer=one)
        for n, one in enumerate(told)
    ]
    world.tell(*events, event("feed.heartbeat"))
    world.tick()
    return world


def run_of(world: World, **fields) -> Run:
    total = DefaultCase.objects.due_for_review(world.now).count()
    options = {"merchant_id": world.merchant.pk, "asked_by": "staff:mina"} | fields
    return start_run(as_of=world.now, total=total, **options)


def decided(run: Run) -> int:
    return Decision.objects.filter(run=run).count()


def broken() -> list:
    """The runs that `manage.py verify` would find fault with."""
    with connection.cursor() as cursor:
        cursor.execute(RUNS[0].query)
        return cursor.fetchall()


def until_decided(run: Run, some: int) -> None:
    end = time.monotonic() + 30
    while decided(run) < some:
        assert time.monotonic() < end
        time.sleep(0.002)


def working(world: World) -> threading.Thread:
    work = with_connection(lambda: carry_out_runs(now=world.now, limit=CASES + 1))
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_33_once_a_pause_is_committed_nothing_more_is_decided_and_no_case_twice_after_resume(world) -> None:
    run = run_of(world)
    thread = working(world)
    until_decided(run, 30)
    paused = pause_run(run_id=run.pk, actor="staff:mina")
    stood_at = decided(run)
    assert (paused.state, paused.considered) == ("paused", stood_at)
    assert 30 <= stood_at < CASES
    thread.join(20)
    assert not thread.is_alive()
    assert carry_out_runs(now=world.now, limit=CASES) == 0
    assert (decided(run), Message.objects.count()) == (stood_at, stood_at)

    resume_run(run_id=run.pk, actor="staff:jo")
    working(world).join(30)
    run.refresh_from_db()
    assert (run.state, run.considered, run.total, run.state_by) == ("done", CASES, CASES, "staff:jo")
    of_run = Decision.objects.filter(run=run)
    assert of_run.values("case").distinct().count() == of_run.count() == CASES
    assert Message.objects.values("case").distinct().count() == Message.objects.count() == CASES


def test_a_run_whose_worker_is_killed_rests_when_paused_and_goes_on_exactly_once(world) -> None:
    run = run_of(world)
    connection.close()
    worker = multiprocessing.get_context("fork").Process(
        target=carry_out_runs, kwargs={"now": world.now, "limit": CASES}
    )
    worker.start()
    until_decided(run, 30)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    stood_at = decided(run)
    assert 30 <= stood_at < CASES
    run.refresh_from_db()
    assert (run.state, run.considered) == ("running", stood_at)
    pause_run(run_id=run.pk, actor="staff:mina")
    assert carry_out_runs(now=world.now, limit=CASES) == 0
    resume_run(run_id=run.pk, actor="staff:mina")
    assert carry_out_runs(now=world.now, limit=CASES + 1) == CASES - stood_at
    run.refresh_from_db()
    assert (run.state, run.considered, decided(run)) == ("done", CASES, CASES)
    assert Message.objects.count() == CASES
    assert broken() == []


def test_two_workers_at_one_run_decide_every_case_once(world) -> None:
    run = run_of(world)
    threads = [working(world) for _ in range(2)]
    for thread in threads:
        thread.join(30)
    run.refresh_from_db()
    assert (run.state, run.considered, decided(run)) == ("done", CASES, CASES)


def test_what_a_paused_run_owns_is_left_alone_by_the_automatic_rounds_until_it_is_stopped(world) -> None:
    other = World()
    other.debtor()
    run = run_of(world)
    pause_run(run_id=run.pk, actor="staff:mina")
    assert world.plan().considered == 1
    stop_run(run_id=run.pk, actor="staff:mina")
    assert world.plan().considered == CASES


def test_a_later_run_takes_only_what_an_earlier_one_does_not_own(world) -> None:
    first, second = run_of(world), run_of(world)
    pause_run(run_id=first.pk, actor="staff:mina")
    assert carry_out_runs(now=world.now, limit=CASES) == 0
    second.refresh_from_db()
    assert (second.state, second.considered) == ("done", 0)


def test_a_run_that_somebody_elses_act_stands_in_the_way_of_is_not_over(world) -> None:
    run = run_of(world)
    held = DefaultCase.objects.order_by("next_review_at", "pk").first()
    thread = threading.Thread(target=with_connection(lambda: carry_out_runs(now=world.now, limit=CASES + 1)))
    with transaction.atomic():
        DefaultCase.objects.select_for_update().get(pk=held.pk)
        thread.start()
        thread.join(30)
    run.refresh_from_db()
    assert (run.state, run.considered) == ("running", CASES - 1)
    carry_out_runs(now=world.now, limit=CASES)
    run.refresh_from_db()
    assert (run.state, run.considered) == ("done", CASES)


def test_a_run_that_is_over_moves_no_more_and_a_repeat_changes_nothing(world) -> None:
    run = run_of(world)
    assert resume_run(run_id=run.pk, actor="staff:mina").state_by == ""
    stop_run(run_id=run.pk, actor="staff:mina")
    assert stop_run(run_id=run.pk, actor="staff:jo").state_by == "staff:mina"
    for move in (pause_run, resume_run):
        with pytest.raises(Refused, match="stopped"):
            move(run_id=run.pk, actor="staff:mina")
    assert carry_out_runs(now=world.now, limit=CASES) == 0


def test_time_at_rest_is_not_time_at_work(world) -> None:
    run = run_of(world)
    Run.objects.filter(pk=run.pk).update(started_at="2026-01-01T00:00:00Z")
    pause_run(run_id=run.pk, actor="staff:mina")
    Run.objects.filter(pk=run.pk).update(paused_at="2026-01-01T00:01:00Z")
    resumed = resume_run(run_id=run.pk, actor="staff:mina")
    assert resumed.paused_at is None
    assert resumed.rested_seconds > 24 * 3600


def test_the_database_lets_no_run_decide_a_case_twice(world) -> None:
    run = run_of(world)
    carry_out_runs(now=world.now, limit=10)
    one = Decision.objects.filter(run=run).first()
    one.pk = None
    with pytest.raises(IntegrityError, match="a_run_decides_a_case_once"), transaction.atomic():
        one.save()
