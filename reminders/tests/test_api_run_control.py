"""Pausing, resuming and stopping a run over HTTP: who may, what it answers, and what a repeat does."""

import pytest

from accounts.tests.api_client import Caller, key_of, problem, staff
from accounts.tests.factories import merchant
from reminders.models import Run

from .test_api_runs import run_of

pytestmark = pytest.mark.django_db
VERBS = ["pause", "resume", "stop"]


def asked(caller: Caller, run: Run, verb: str, **headers):
    return caller.post(f"runs/{run.pk}/{verb}/", {}, **headers)


def test_a_lead_pauses_a_run_lets_it_go_on_and_stops_it() -> None:
    shop = merchant()
    lead, run = staff("lead", shop), run_of(shop)
    states = [asked(lead, run, verb).json()["state"] for verb in VERBS]
    assert states == ["paused", "running", "stopped"]
    assert asked(lead, run, "stop").json()["ended_at"] is not None
    assert problem(asked(lead, run, "resume")) == (409, "run_over")
    assert Run.objects.get().state_by.startswith("staff:lead-")


@pytest.mark.parametrize("verb", VERBS)
def test_below_a_lead_nobody_moves_a_run(verb: str) -> None:
    shop = merchant()
    run = run_of(shop)
    assert problem(asked(staff("agent", shop), run, verb)) == (403, "missing_role")
    assert problem(asked(key_of(shop), run, verb)) == (403, "missing_role")
    assert Run.objects.get().state == "running"


@pytest.mark.parametrize("verb", VERBS)
def test_another_merchants_run_and_one_of_all_merchants_are_not_there(verb: str) -> None:
    lead = staff("lead", merchant("mine"))
    runs = [run_of(merchant("other")), run_of()]
    assert {problem(asked(lead, run, verb)) for run in runs} == {(404, "not_found")}
    assert problem(lead.post(f"runs/x/{verb}/", {})) == (404, "not_found")
    assert set(Run.objects.values_list("state", flat=True)) == {"running"}


def test_a_repeat_under_the_same_key_is_the_same_answer_and_moves_nothing() -> None:
    shop = merchant()
    lead, run = staff("lead", shop), run_of(shop)
    first = asked(lead, run, "pause", **{"Idempotency-Key": "k-1"})
    asked(lead, run, "resume")
    again = asked(lead, run, "pause", **{"Idempotency-Key": "k-1"})
    assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
    assert Run.objects.get().state == "running"
