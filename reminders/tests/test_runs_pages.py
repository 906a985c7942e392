"""The run monitor: who sees which run, what became of its cases and why, and the means to move it."""

import csv
import io
from datetime import UTC, datetime

import pytest

from accounts.models import AuditEvent
from common import clock
from defaults.models import DefaultCase
from defaults.tests.showcase import admin, staff
from reminders.channels import Refused, Unknown
from reminders.models import Job, Message, Run
from reminders.services.asked_runs import carry_out_runs

from .policy_desk import client_of, lead
from .test_api_runs import run_of
from .world import World

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)


@pytest.fixture
def world(monkeypatch) -> World:
    world = World()
    monkeypatch.setattr(clock, "now", lambda: world.now)
    return world


@pytest.fixture
def mina(world):
    return lead(world.merchant)


@pytest.fixture
def done(world, mina) -> Run:
    """Two messages queued, one of which failed, and one case that waits for morning."""
    for number in (1, 2):
        world.debtor(number)
    far = world.debtor(3, time_zone="America/New_York")
    mina.post("/runs/start/", {"merchant": world.merchant.slug})
    carry_out_runs(now=world.now, limit=100)
    Message.objects.filter(case=DefaultCase.objects.exclude(pk=far.pk).first()).update(
        state="cancelled", state_reason="paid"
    )
    return Run.objects.get()


def listed(client, run: Run, query: str = "") -> list[str]:
    return [row["case"].number for row in client.get(f"/run/{run.pk}/{query}").context["rows"]]


def test_a_lead_starts_a_run_and_sees_what_became_of_each_case(mina, done) -> None:
    assert (done.asked_by, done.total, done.considered, done.state) == ("staff:mina", 3, 3, "done")
    page = mina.get(f"/run/{done.pk}/")
    said = page.content.decode()
    assert "3 of 3" in said
    assert "Message queued" in said
    assert "Only between 08:00 and 21:00" in said or "Nothing between 21:00 and 08:00" in said


def test_every_number_leads_to_exactly_its_cases(mina, done) -> None:
    lines = mina.get(f"/run/{done.pk}/").context["outcomes"]
    numbers = {line["address"]: line["number"] for line in lines}
    for line in lines:
        numbers |= {part["address"]: part["number"] for part in line["parts"]}
    assert len(numbers) == 5
    assert {query: len(listed(mina, done, query)) for query in numbers} == numbers


def test_a_filter_that_is_none_is_none(mina, done) -> None:
    every = listed(mina, done)
    for query in (
        "?outcome=burnt",
        "?outcome=wait&reason=KR-NOTHING",
        "?before=x",
        "?before=" + "9" * 40,
        "?outcome=%00",
    ):
        assert len(listed(mina, done, query)) in (len(every), 1)


def test_the_list_is_taken_away_as_it_is_filtered(mina, done) -> None:
    cancelled = Message.objects.get(state="cancelled").case.number
    answer = mina.post(f"/run/{done.pk}/csv/?outcome=send&reason=cancelled")
    text = b"".join(answer.streaming_content).decode()
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    told = (row["Case"], row["Outcome"], row["Channel"], row["Message"])
    assert told == (cancelled, "Message queued", "e-mail", "cancelled")
    assert AuditEvent.objects.get(kind="exported").what == f"run {done.pk} send cancelled"
    everything = b"".join(mina.post(f"/run/{done.pk}/csv/").streaming_content).decode()
    assert len(everything.splitlines()) == 1 + 3


def test_an_agent_says_what_the_list_is_for(world, done) -> None:
    agent = client_of(staff("ann", merchants=(world.merchant,)))
    for answer in (agent.get(f"/run/{done.pk}/csv/"), agent.post(f"/run/{done.pk}/csv/")):
        assert "What is it for?" in answer.content.decode()


@pytest.fixture
def unlucky(world, mina) -> Run:
    """Two messages of which nobody knows whether they left, and one that was refused."""
    world.channel.answers = [
        Unknown("time-out"),
        Refused("mailbox unknown", is_final=True),
        Unknown("time-out"),
    ]
    for number in (1, 2, 3):
        world.debtor(number)
    mina.post("/runs/start/", {"merchant": world.merchant.slug})
    carry_out_runs(now=world.now, limit=100)
    world.send()
    return Run.objects.get()


@pytest.mark.django_db(transaction=True)
def test_those_whose_message_was_refused_are_reminded_together(mina, unlucky) -> None:
    """What perhaps left is no failure: nobody is written to twice."""
    page = mina.get(f"/run/{unlucky.pk}/?outcome=failed")
    assert len(page.context["rows"]) == 3
    assert "Remind those not reached (1)" in page.content.decode()
    assert "1 case" in mina.get(f"/queue/bulk/remind/?run={unlucky.pk}").content.decode()
    mina.post("/queue/bulk/remind/", {"run": unlucky.pk, "action": "remind"})
    job = Job.objects.get()
    assert [row.case_id for row in job.rows.all()] == [Message.objects.get(state="failed").case_id]
    assert f"/run/{unlucky.pk}/?outcome=failed" in mina.get(f"/jobs/{job.pk}/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_run_one_may_not_see_chooses_no_case(unlucky) -> None:
    other = lead(World().merchant, name="olga")
    for run in (unlucky.pk, "9" * 30, "x"):
        assert b"No case is selected" in other.get(f"/queue/bulk/remind/?run={run}").content
    assert other.post(f"/run/{unlucky.pk}/csv/").status_code == 404


def test_the_moving_part_asks_again_only_while_the_run_is_open(mina, world, done) -> None:
    run = run_of(world.merchant)
    part = f"/run/{run.pk}/progress/"
    assert 'hx-trigger="every 1s"' in mina.get(part).content.decode()
    mina.post(f"/run/{run.pk}/pause/")
    said = mina.get(part, {"state": "running"}).content.decode()
    assert 'hx-trigger="every 5s"' in said
    assert 'id="control" hx-swap-oob="true"' in said
    assert "Paused by mina." in said
    mina.post(f"/run/{run.pk}/stop/")
    said = mina.get(part, {"state": "paused"}).content.decode()
    assert "hx-get" not in said
    assert "The run is over." in said


def test_a_run_that_is_over_is_not_moved(mina, done) -> None:
    answer = mina.post(f"/run/{done.pk}/pause/")
    assert (answer.status_code, "It moves no more." in answer.content.decode()) == (409, True)


def test_an_agent_looks_on(world, done) -> None:
    agent = client_of(staff("ann", merchants=(world.merchant,)))
    assert agent.get("/runs/").status_code == agent.get(f"/run/{done.pk}/").status_code == 200
    open_run = run_of(world.merchant)
    assert b"Pause" not in agent.get(f"/run/{open_run.pk}/").content
    assert agent.post(f"/run/{open_run.pk}/stop/").status_code == 403
    assert agent.post("/runs/start/", {"merchant": world.merchant.slug}).status_code == 403
    assert Run.objects.get(pk=open_run.pk).state == "running"


def test_another_merchants_run_and_one_of_all_are_not_there(world, done) -> None:
    of_all = run_of()
    other = lead(World().merchant, name="olga")
    for run in (done, of_all):
        paths = [f"/run/{run.pk}/", f"/run/{run.pk}/progress/"]
        assert {other.get(path).status_code for path in paths} == {404}
        assert other.post(f"/run/{run.pk}/stop/").status_code == 404
    assert other.get("/runs/").context["lines"] == []
    assert other.post("/runs/start/", {"merchant": world.merchant.slug}).status_code == 422
    assert other.post("/runs/start/", {"merchant": ""}).status_code == 422
    assert len(client_of(admin()).get("/runs/").context["lines"]) == 2
    assert client_of(admin("chief")).post("/runs/start/", {"merchant": ""}).status_code == 302


def test_a_dry_run_counts_and_writes_nothing(world, mina) -> None:
    world.debtor()
    mina.post("/runs/start/", {"merchant": world.merchant.slug, "dry": "yes"})
    carry_out_runs(now=world.now, limit=100)
    run = Run.objects.get()
    assert (run.is_dry, run.counts, Message.objects.count()) == (True, {"send": 1}, 0)
    assert b"A dry run writes nothing" in mina.get(f"/run/{run.pk}/").content


def test_a_page_costs_the_same_queries_however_many_cases(
    world, mina, done, django_assert_max_num_queries
) -> None:
    def cost(path: str) -> int:
        mina.get(path)
        with django_assert_max_num_queries(20) as made:
            mina.get(path)
        return len(made)

    paths = ["/runs/", f"/run/{done.pk}/", f"/run/{done.pk}/progress/"]
    few = [cost(path) for path in paths]
    for number in range(11, 15):
        world.debtor(number)
    mina.post("/runs/start/", {"merchant": world.merchant.slug})
    carry_out_runs(now=world.now, limit=100)
    more = Run.objects.latest("pk")
    assert [cost(path.replace(str(done.pk), str(more.pk))) for path in paths] == few


def test_todays_automatic_rounds_are_counted_by_what_they_decided(world, mina) -> None:
    for number in (1, 2):
        world.debtor(number)
    world.plan()
    world.now = NIGHT
    world.debtor(3)
    world.plan()
    page = mina.get("/runs/")
    assert {line["word"]: line["number"] for line in page.context["rounds"]} == {
        "Message queued": 2,
        "Waits": 1,
    }
    assert [part["number"] for part in page.context["rounds"][1]["parts"]] == [1]
    assert lead(World().merchant, name="olga").get("/runs/").context["rounds"] == []
