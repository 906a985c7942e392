"""Acts beyond one's authority are put to a second person, and done in both names or not at all."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import LedgerEntry
from accounts.tests.api_client import problem
from defaults.models import Approval, CaseEvent, DefaultCase
from defaults.tests.world import kinds

from .acting import agency, key_worker, terms, worker
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


def asked(caller, case, action="write-off", **body) -> int:
    answer = caller.act(case, action, **(body or {"reason": "No address left."}))
    assert problem_code(answer) == (403, "needs_approval"), answer.content
    return answer.json()["approval"]["id"]


def problem_code(answer) -> tuple[int, str]:
    """As `problem`, for a document with further members."""
    return answer.status_code, answer.json()["code"]


def decide(caller, approval: int, verb: str = "grant", **body):
    return caller.post(f"approvals/{approval}/{verb}/", body)


def state_of(approval: int) -> str:
    return Approval.objects.get(pk=approval).state


def test_beyond_authority_nothing_is_done_and_an_approval_is_opened(world, agent) -> None:
    case = world.debtor()
    answer = agent.act(case, "write-off", reason="No address left.")
    shown = answer.json()["approval"]
    assert (answer.status_code, answer.json()["code"]) == (403, "needs_approval")
    assert (shown["action"], shown["args"]) == ("write-off", {"reason": "No address left."})
    assert (shown["needs_role"], shown["state"], shown["asked_by"]) == ("lead", "asked", "staff:mina")
    assert shown["version"] == case.version == DefaultCase.objects.get(pk=case.pk).version
    assert world.payment("ord-1").outstanding_minor == 9900


def test_a_grant_does_the_act_in_both_names(world, agent, lead) -> None:
    case = world.debtor()
    answer = decide(lead, asked(agent, case), comment="Seen.")
    assert (answer.status_code, answer.json()["state"]) == (200, "granted")
    assert DefaultCase.objects.get(pk=case.pk).outcome == "written_off"
    assert CaseEvent.objects.get(case=case, kind="written_off").actor == "staff:mina & jo"
    assert LedgerEntry.objects.get(to_account="written_off").act.startswith("staff:mina & jo: ")
    assert kinds(case)[-3:] == ["approval_granted", "written_off", "closed"]


def test_a_refusal_does_nothing_and_is_final(world, agent, lead) -> None:
    case = world.debtor()
    approval = asked(agent, case)
    assert decide(lead, approval, "refuse", comment="Try once more.").json()["state"] == "refused"
    assert problem(decide(lead, approval)) == (409, "already_decided")
    assert world.payment("ord-1").outstanding_minor == 9900


def test_nobody_approves_their_own(world, lead) -> None:
    agency(world)
    case = world.debtor()
    approval = asked(lead, case, "place", agency="fairway")
    assert problem(decide(lead, approval)) == (403, "own_approval")
    assert state_of(approval) == "asked"


def test_nobody_approves_their_own_by_sql_either(world, agent) -> None:
    approval = Approval.objects.get(pk=asked(agent, world.debtor()))
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(state="granted", decided_by=approval.asked_by)


def test_an_agent_decides_nothing_that_needs_a_lead(world, agent) -> None:
    approval = asked(agent, world.debtor())
    other = worker("agent", world.merchant)
    assert problem(decide(other, approval)) == (403, "missing_role")
    assert state_of(approval) == "asked"


def test_a_case_that_moved_on_overtakes_its_approval(world, agent, lead) -> None:
    case = world.debtor()
    approval = asked(agent, case)
    agent.act(case, "note", text="The customer has called.")
    assert problem(decide(lead, approval)) == (409, "overtaken")
    assert state_of(approval) == "overtaken"
    assert world.payment("ord-1").outstanding_minor == 9900


def test_the_same_asked_twice_is_one_and_other_terms_wait_for_it(world, agent) -> None:
    terms(world)
    case = world.debtor()
    first = asked(agent, case, "waive", amount=6000, reason="Late notice.")
    assert asked(agent, case, "waive", amount=6000, reason="Late notice.") == first
    answer = agent.act(case, "waive", amount=7000, reason="Late notice.")
    assert problem(answer) == (409, "approval_open")


def test_asked_again_on_another_version_the_first_is_overtaken(world, agent) -> None:
    case = world.debtor()
    first = asked(agent, case)
    agent.act(case, "note", text="x")
    assert asked(agent, case) != first
    assert state_of(first) == "overtaken"


def test_nobody_is_asked_about_what_cannot_be_done(world, agent) -> None:
    case = world.debtor()
    assert problem(agent.act(case, "waive", amount=99_000, reason="All and more.")) == (409, "more_than_open")
    assert problem(agent.act(case, "reopen", reason="Open already.")) == (409, "not_closed")
    assert not Approval.objects.exists()
    assert world.payment("ord-1").outstanding_minor == 9900


def test_a_repeated_ask_under_one_key_is_one_approval(world, agent) -> None:
    case = world.debtor()
    answers = [agent.act(case, "write-off", key="once", reason="x") for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert Approval.objects.count() == 1


@pytest.mark.parametrize(
    ("amount", "role", "needed"),
    [
        (1980, "agent", None),
        (1981, "agent", "lead"),
        (4951, "lead", "compliance"),
        (4951, "compliance", None),
    ],
)
def test_a_waiver_goes_by_the_merchants_terms(world, amount, role, needed) -> None:
    terms(world)
    answer = worker(role, world.merchant).act(world.debtor(), "waive", amount=amount, reason="Late notice.")
    assert answer.status_code == (403 if needed else 200)
    assert needed is None or answer.json()["approval"]["needs_role"] == needed


def test_more_than_is_owed_is_recorded_by_a_lead(world, agent, lead) -> None:
    case = world.debtor()
    approval = asked(agent, case, "record-payment", amount=10_000, method="cash")
    assert decide(lead, approval).status_code == 200
    assert world.payment("ord-1").credit_minor == 100


def test_forgiving_spends_the_months_budget(world, agent) -> None:
    terms(world, agent_minor=20_000, forgiveness_budget_minor=15_000)
    first, second = world.debtor(1), world.debtor(2)
    assert agent.act(first, "forgive", reason="Not worth it.").json()["outcome"] == "forgiven"
    answer = agent.act(second, "forgive", reason="Not worth it.")
    assert answer.json()["approval"]["needs_role"] == "compliance"


def test_the_budget_begins_anew_where_the_merchant_is(world, agent) -> None:
    terms(world, agent_minor=20_000, forgiveness_budget_minor=10_000)
    agent.act(world.debtor(1), "forgive", reason="Not worth it.")
    case = world.debtor(2)
    world.now = world.now.replace(month=11, day=30, hour=14, minute=59)
    assert agent.act(case, "forgive", reason="x").status_code == 403
    world.later(minutes=1)
    assert agent.act(case, "forgive", reason="y").status_code == 200


def test_what_came_back_is_in_the_budget_again(world, agent) -> None:
    terms(world, agent_minor=20_000, forgiveness_budget_minor=10_000)
    first = world.debtor(1)
    agent.act(first, "forgive", reason="Not worth it.")
    seq = CaseEvent.objects.get(case=first, kind="forgiven").seq
    assert agent.act(first, "undo", event=seq).status_code == 200
    assert agent.act(world.debtor(2), "forgive", reason="Not worth it.").status_code == 200


def test_approvals_are_listed_for_those_who_may_see_the_case(world, agent, lead) -> None:
    approval = asked(agent, world.debtor())
    assert [row["id"] for row in lead.get("approvals/", state="asked").json()["results"]] == [approval]
    stranger = worker("lead", World().merchant)
    assert stranger.get("approvals/").json()["results"] == []
    assert problem(decide(stranger, approval)) == (404, "not_found")


def test_a_merchants_key_decides_no_approval(world, agent) -> None:
    approval = asked(agent, world.debtor())
    assert problem(decide(key_worker(world.merchant), approval)) == (403, "missing_role")


@pytest.mark.parametrize("approval", ["0", "999999", "x", "１", "9" * 30])
def test_an_approval_that_is_none_is_not_found(lead, approval) -> None:
    assert problem(decide(lead, approval)) == (404, "not_found")


def test_a_grant_repeated_under_one_key_is_one(world, agent, lead) -> None:
    approval = asked(agent, world.debtor())
    answers = [
        lead.post(f"approvals/{approval}/grant/", {}, **{"Idempotency-Key": "grant-1"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1]["Idempotent-Replayed"] == "true"


def test_the_clock_alone_overtakes_nothing(world, agent, lead) -> None:
    approval = asked(agent, world.debtor())
    world.now += timedelta(days=3)
    assert decide(lead, approval).status_code == 200
