"""Undoing an act within a minute: by whoever did it, or a lead, where nobody outside has heard of it."""

import pytest
from django.db import connection

from accounts.tests.api_client import problem
from defaults.models import CaseEvent, DefaultCase, Hold, PromiseToPay
from defaults.services import holds
from defaults.tests.world import kinds
from reminders.models import Message
from reminders.services.correspondence import answer as answer_customers

from .acting import key_worker, worker
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


@pytest.fixture
def lead(world):
    return worker("lead", world.merchant, "jo")


def seq_of(case, kind: str) -> int:
    return CaseEvent.objects.filter(case=case, kind=kind).latest("seq").seq


def undo(caller, case, kind: str):
    return caller.act(case, "undo", event=seq_of(case, kind))


def age(case, kind: str, *, seconds: int) -> None:
    """Make an entry older than it is, as time would: history itself cannot be rewritten."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE defaults_caseevent DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE defaults_caseevent SET recorded_at = recorded_at - %s * interval '1 s' WHERE case_id = %s AND kind = %s",
            [seconds, case.pk, kind],
        )
        cursor.execute("ALTER TABLE defaults_caseevent ENABLE TRIGGER USER")


def test_a_hold_is_undone(world, agent) -> None:
    case = world.debtor()
    agent.act(case, "hold", reason="staff")
    assert undo(agent, case, "held").json()["holds"] == []
    assert kinds(case)[-1] == "undone"


def test_the_end_of_a_hold_is_undone(world, agent) -> None:
    case = world.debtor()
    hold = agent.act(case, "hold", reason="staff").json()["holds"][0]["id"]
    agent.act(case, "release", hold=hold)
    assert [one["id"] for one in undo(agent, case, "hold_ended").json()["holds"]] == [hold]


def test_a_promise_is_undone_and_nobody_is_told_of_it(world, agent) -> None:
    case = world.debtor()
    agent.act(case, "promise", on="2026-11-30")
    body = undo(agent, case, "promised").json()
    assert (body["state"], body["holds"], body["agreements"][0]["state"]) == ("open", [], "void")
    assert answer_customers(now=world.now) == 0
    assert Message.objects.get(case=case).state == "cancelled"


def test_a_promise_whose_letter_waits_is_undone_with_its_letter(world, agent) -> None:
    case = world.debtor()
    agent.act(case, "promise", on="2026-11-30")
    assert answer_customers(now=world.now) == 1
    assert undo(agent, case, "promised").status_code == 200
    assert Message.objects.get(case=case).state == "cancelled"


def test_the_version_an_act_answered_names_it_well_enough(world, agent) -> None:
    case = world.debtor()
    version = agent.act(case, "promise", amount=9900, on="2026-11-27").json()["version"]
    assert agent.act(case, "undo", event=version).json()["state"] == "open"


def test_what_the_customer_was_told_is_not_undone(world, agent) -> None:
    case = world.debtor()
    agent.act(case, "promise", on="2026-11-30")
    answer_customers(now=world.now)
    Message.objects.filter(case=case).update(state="sending")
    assert problem(undo(agent, case, "promised")) == (409, "already_told")
    assert PromiseToPay.objects.get().state == "made"


def test_a_waiver_is_undone(world, agent) -> None:
    case = world.debtor()
    agent.act(case, "waive", amount=900, reason="Late notice.")
    assert undo(agent, case, "waived").json()["claimed"]["amount"] == 9900


@pytest.mark.parametrize(("action", "kind"), [("write-off", "written_off"), ("forgive", "forgiven")])
def test_a_closing_is_undone_by_a_linked_case_for_review(world, action, kind) -> None:
    case, boss = world.debtor(), worker("compliance", world.merchant)
    if action == "forgive":
        from .acting import terms

        terms(world, forgiveness_budget_minor=100_000)
    assert boss.act(case, action, reason="No address left.").json()["state"] == "closed"
    answer = undo(boss, case, kind)
    linked = DefaultCase.objects.latest("id")
    assert (linked.previous_case_id, linked.state, linked.needs_staff) == (case.pk, "open", True)
    assert (answer.json()["number"], answer.json()["claimed"]["amount"]) == (linked.number, 9900)
    assert DefaultCase.objects.get(pk=case.pk).state == "closed"


def test_who_had_the_case_gets_it_back(world, agent, lead) -> None:
    case = world.debtor()
    agent.act(case, "claim")
    lead.act(case, "claim")
    assert undo(lead, case, "claimed").json()["assignee"] == "mina"


def test_a_note_stays(world, agent) -> None:
    case = world.debtor()
    agent.act(case, "note", text="x")
    assert problem(undo(agent, case, "note")) == (409, "append_only")


def test_money_is_not_undone(world, agent) -> None:
    case = world.debtor()
    agent.act(case, "record-payment", amount=100, method="cash")
    assert problem(undo(agent, case, "money_received")) == (409, "not_undoable")


def test_what_the_system_or_the_customer_did_is_not_undone(world, lead) -> None:
    case = world.debtor()
    holds.place_hold(case_id=case.pk, reason="hardship", now=world.now, actor="customer")
    assert problem(undo(lead, case, "held")) == (409, "not_undoable")


def test_an_act_is_undone_once(world, agent) -> None:
    case = world.debtor()
    agent.act(case, "hold", reason="staff")
    undo(agent, case, "held")
    assert problem(undo(agent, case, "held")) == (409, "already_undone")


def test_after_a_minute_of_the_databases_clock_it_is_too_late(world, agent) -> None:
    case = world.debtor()
    agent.act(case, "hold", reason="staff")
    age(case, "held", seconds=61)
    assert problem(undo(agent, case, "held")) == (409, "too_late")
    assert Hold.objects.get().ended_at is None


def test_the_business_clock_has_no_say_in_it(world, agent) -> None:
    case = world.debtor()
    agent.act(case, "hold", reason="staff")
    world.later(days=1)
    assert undo(agent, case, "held").status_code == 200


def test_another_agent_does_not_undo_it_but_a_lead_does(world, agent, lead) -> None:
    case = world.debtor()
    agent.act(case, "hold", reason="staff")
    assert problem(undo(worker("agent", world.merchant), case, "held")) == (409, "not_yours")
    assert undo(lead, case, "held").status_code == 200


def test_a_merchants_key_undoes_its_own_act_and_nobody_elses(world, agent) -> None:
    case, merchant = world.debtor(), key_worker(world.merchant)
    merchant.act(case, "hold", reason="fraud")
    assert undo(merchant, case, "held").status_code == 200
    agent.act(case, "hold", reason="staff")
    assert problem(undo(merchant, case, "held")) == (409, "not_yours")


def test_an_entry_that_is_none_is_refused(world, agent) -> None:
    assert problem(agent.act(world.debtor(), "undo", event=999)) == (409, "no_such_event")
