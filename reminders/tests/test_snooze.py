"""Snoozing: a case leaves the desk until its time or until it is answered, and nothing else happens to it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection

from accounts.tests.api_client import problem
from defaults import services
from defaults.models import CaseEvent, DefaultCase, Snooze
from defaults.services import desk, holds, snooze
from defaults.services.promise import promise
from defaults.tests.world import kinds
from reminders.models import Message
from reminders.services.correspondence import answer as answer_customers

from .acting import key_worker, worker
from .test_undo import age, undo
from .world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(monkeypatch) -> World:
    world = World()
    monkeypatch.setattr("common.clock.now", lambda: world.now)
    return world


@pytest.fixture
def agent(world):
    return worker("agent", world.merchant, "mina")


def is_snoozed(case, world) -> bool:
    return Snooze.objects.filter(case=case, ended_at=None, until__gt=world.now).exists()


def put_away(world, **terms) -> DefaultCase:
    """A case snoozed for two days by the service."""
    case = world.debtor()
    with desk.held(case.pk) as held:
        snooze.snooze(
            held, **{"until": world.now + timedelta(days=2), "now": world.now, "actor": "staff:mina"} | terms
        )
    return case


@pytest.mark.parametrize(
    ("terms", "until"),
    [
        ({"until": "tomorrow"}, "2026-11-26T00:00:00Z"),
        ({"until": "in_3_days"}, "2026-11-28T00:00:00Z"),
        ({"until": "next_week"}, "2026-11-30T00:00:00Z"),
        ({"on": "2026-12-24"}, "2026-12-24T00:00:00Z"),
        ({"until": "2026-11-25T18:30:00+09:00"}, "2026-11-25T09:30:00Z"),
    ],
)
def test_a_case_sleeps_until_nine_in_the_morning_where_the_person_is_or_until_an_instant(
    world, agent, terms, until
) -> None:
    answer = agent.act(world.debtor(), "snooze", **terms)
    assert (answer.status_code, answer.json()["snoozed_until"]) == (200, until)


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ({}, "/until"),
        ({"until": "whenever"}, "/until"),
        ({"until": "2026-11-25T03:00:00"}, "/until"),
        ({"until": "2026-11-25T02:59:00Z"}, "/until"),
        ({"on": "2026-11-25"}, "/on"),
        ({"until": "tomorrow", "wakes": "never"}, "/wakes"),
    ],
)
def test_terms_that_name_no_later_time_are_refused_with_their_field(world, agent, terms, pointer) -> None:
    case = world.debtor()
    answer = agent.act(case, "snooze", **terms)
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert kinds(case) == kinds(DefaultCase.objects.get(pk=case.pk))
    assert not Snooze.objects.exists()


def test_a_year_is_the_longest(world, agent) -> None:
    assert problem(agent.act(world.debtor(), "snooze", on="2027-12-24")) == (409, "snooze_too_long")


def test_it_is_for_staff(world) -> None:
    case = world.debtor()
    assert problem(key_worker(world.merchant).act(case, "snooze", until="tomorrow")) == (403, "staff_only")


def test_it_wakes_at_its_time_and_says_so(world) -> None:
    case = put_away(world)
    assert services.wake_due(now=world.later(days=1)) == 0
    assert services.wake_due(now=world.later(days=1)) == 1
    entry = CaseEvent.objects.filter(case=case).latest("seq")
    assert (entry.kind, entry.actor, entry.reason) == ("woke", "system", "time")
    assert Snooze.objects.get().ended_at == Snooze.objects.get().until


def test_asleep_or_awake_nothing_is_sent_or_stopped(world, agent) -> None:
    case = world.debtor()
    before = DefaultCase.objects.values("state", "next_review_at", "needs_staff", "claimed_minor").get()
    agent.act(case, "snooze", until="tomorrow")
    assert (
        DefaultCase.objects.values("state", "next_review_at", "needs_staff", "claimed_minor").get() == before
    )
    assert not Message.objects.exists()
    services.wake_due(now=world.later(days=2))
    assert (answer_customers(now=world.now), Message.objects.count()) == (0, 0)
    assert (
        DefaultCase.objects.values("state", "next_review_at", "needs_staff", "claimed_minor").get() == before
    )


def test_the_ladder_goes_on_while_it_sleeps(world) -> None:
    case = put_away(world)
    world.plan()
    assert world.message(case).state == "queued"


ANSWERS = {
    "pays a part": lambda world, case: (world.pays("ord-1", 100), services.reassess_touched(now=world.now)),
    "promises": lambda world, case: promise(
        case_id=case.pk, on=world.now.date() + timedelta(days=2), now=world.now, actor="customer"
    ),
    "says it is paid": lambda world, case: holds.claim_paid(case_id=case.pk, now=world.now, actor="customer"),
    "disputes": lambda world, case: services.dispute(
        case_id=case.pk, reason="paid_already", now=world.now, actor="customer"
    ),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
@pytest.mark.parametrize(("wakes", "woken"), [("answer", 1), ("time", 0)])
def test_an_answer_wakes_it_unless_it_was_to_sleep_through(world, answer, wakes, woken) -> None:
    case = put_away(world, wakes=wakes)
    world.later(minutes=5)
    answer(world, case)
    assert services.wake_due(now=world.now) == woken
    assert is_snoozed(case, world) == (not woken)


def test_what_was_answered_before_wakes_nothing(world) -> None:
    case = world.debtor()
    holds.claim_paid(case_id=case.pk, now=world.now, actor="customer")
    with desk.held(case.pk) as held:
        snooze.snooze(held, until=world.now + timedelta(days=2), now=world.now, actor="staff:mina")
    assert services.wake_due(now=world.now) == 0


def test_what_staff_do_wakes_nothing(world, agent) -> None:
    case = put_away(world)
    agent.act(case, "note", text="Called.")
    agent.act(case, "promise", on="2026-11-27")
    assert services.wake_due(now=world.now) == 0


@pytest.mark.parametrize("wakes", ["answer", "time"])
def test_a_case_handed_to_a_person_wakes_by_either_rule(world, wakes) -> None:
    case = put_away(world, wakes=wakes)
    services.send_to_review(case_ids=[case.pk], now=world.now, actor="system", reason="dispute_duty_due")
    assert services.wake_due(now=world.now) == 1


def test_the_end_of_the_case_ends_its_sleep(world) -> None:
    case = put_away(world)
    world.pays("ord-1")
    services.reassess_touched(now=world.now)
    assert (is_snoozed(case, world), kinds(case)[-1]) == (False, "closed")
    assert services.wake_due(now=world.now) == 0


def test_a_closed_case_is_not_put_away(world, agent) -> None:
    case = world.debtor()
    world.pays("ord-1")
    services.reassess_touched(now=world.now)
    assert problem(agent.act(case, "snooze", until="tomorrow")) == (409, "case_closed")


def test_a_person_wakes_it_once(world, agent) -> None:
    case = world.debtor()
    agent.act(case, "snooze", until="tomorrow")
    assert agent.act(case, "wake").json()["snoozed_until"] is None
    assert problem(agent.act(case, "wake")) == (409, "not_snoozed")


def test_a_second_snooze_takes_the_place_of_the_first_and_undoing_it_brings_the_first_back(
    world, agent
) -> None:
    case = world.debtor()
    agent.act(case, "snooze", until="tomorrow")
    agent.act(case, "snooze", until="in_3_days")
    assert Snooze.objects.filter(ended_at=None).count() == 1
    assert undo(agent, case, "snoozed").json()["snoozed_until"] == "2026-11-26T00:00:00Z"


def test_a_snooze_and_a_waking_are_undone_within_a_minute(world, agent) -> None:
    case = world.debtor()
    agent.act(case, "snooze", until="tomorrow")
    agent.act(case, "wake")
    assert undo(agent, case, "woke").json()["snoozed_until"] == "2026-11-26T00:00:00Z"
    assert undo(agent, case, "snoozed").json()["snoozed_until"] is None
    agent.act(case, "snooze", until="tomorrow")
    age(case, "snoozed", seconds=61)
    assert problem(undo(agent, case, "snoozed")) == (409, "too_late")


def test_the_database_keeps_one_running_snooze_per_case(world) -> None:
    case = put_away(world)
    with pytest.raises(IntegrityError, match="one_running_snooze_per_case"):
        Snooze.objects.create(
            case=case,
            until=world.now + timedelta(days=1),
            version=1,
            snoozed_by="staff:mina",
            made_at=world.now,
        )


@pytest.mark.django_db(transaction=True)
def test_of_two_who_snooze_the_same_version_one_is_told_that_it_changed(world, agent) -> None:
    case, other = world.debtor(), worker("agent", world.merchant, "joon")
    version = case.version

    def put_away_by(caller) -> int:
        try:
            return caller.act(case, "snooze", version=version, until="tomorrow").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(put_away_by, [agent, other])) == [200, 412]
    assert Snooze.objects.filter(ended_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_wake_it_once(world) -> None:
    case = put_away(world)
    at = datetime(2026, 12, 1, tzinfo=UTC)

    def tick(_number: int) -> int:
        try:
            return services.wake_due(now=at)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(tick, range(4))) == 1
    assert kinds(case).count("woke") == 1
