"""Acts on many cases over HTTP: which cases, whose, under which key, and what is told of each."""

import pytest

from accounts.models import Scope
from accounts.tests.api_client import problem
from defaults.models import DefaultCase
from reminders.models import Job
from reminders.services.job_rows import carry_out_jobs

from .acting import key_worker, worker
from .bulking import Bulk

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(monkeypatch) -> Bulk:
    shop = Bulk()
    monkeypatch.setattr("common.clock.now", lambda: shop.now)
    return shop


@pytest.fixture
def agent(shop):
    return worker("agent", shop.merchant)


def bulk(caller, action: str, *, key: str = "", **body):
    body = {"filter": {}, "action": action} | body
    headers = {"Idempotency-Key": key} if key else {}
    return caller.post("cases/bulk/", {k: v for k, v in body.items() if v is not None}, **headers)


def carried_out(shop: Bulk, caller, answer) -> dict:
    assert answer.status_code == 202, answer.content
    assert answer["Location"] == f"/api/v1/jobs/{answer.json()['id']}/"
    carry_out_jobs(clock=lambda: shop.now, seconds=60)
    return caller.get(f"jobs/{answer.json()['id']}/").json()


def pointers(answer) -> list[str]:
    assert answer.status_code == 422, answer.content
    return [error["pointer"] for error in answer.json()["errors"]]


def test_a_filter_is_acted_on_and_every_case_is_told(shop, agent) -> None:
    shop.bulk("promise", cases=DefaultCase.objects.filter(pk=shop.cases[0].pk), on="2026-11-30")
    answer = bulk(agent, "promise", args={"on": "2026-12-01"})
    assert answer.json()["state"] == "waiting"
    told = carried_out(shop, agent, answer)
    assert (told["job"]["state"], told["job"]["counts"]) == ("done", {"done": 2, "refused": 1})
    assert [(row["state"], row["code"]) for row in told["rows"]["results"]] == [
        ("refused", "already_promised"), ("done", ""), ("done", ""),
    ]  # fmt: skip


def test_numbers_are_acted_on(shop, agent) -> None:
    numbers = [shop.cases[0].number, shop.cases[2].number]
    told = carried_out(shop, agent, bulk(agent, "claim", filter=None, numbers=numbers))
    assert [row["case"] for row in told["rows"]["results"]] == numbers


def test_rows_come_in_pages_and_by_their_state(shop, agent) -> None:
    number = carried_out(shop, agent, bulk(agent, "claim"))["job"]["id"]
    page = agent.get(f"jobs/{number}/?limit=2").json()["rows"]
    rest = agent.get(f"jobs/{number}/?limit=2&cursor={page['next']}").json()["rows"]
    assert (len(page["results"]), len(rest["results"])) == (2, 1)
    assert agent.get(f"jobs/{number}/?state=refused").json()["rows"]["results"] == []


def test_a_filter_never_reaches_another_merchants_cases(shop) -> None:
    other = Bulk(2, agent="bo")
    carried_out(shop, *_both(worker("agent", other.merchant, "stranger"), "claim"))
    assert {case.assignee for case in DefaultCase.objects.filter(merchant=shop.merchant)} == {None}
    assert DefaultCase.objects.filter(merchant=other.merchant, assignee=None).count() == 0


def _both(caller, action: str):
    return caller, bulk(caller, action)


def test_a_strangers_number_is_equal_to_none(shop, agent) -> None:
    stranger = Bulk(1, agent="bo").cases[0].number
    for number in (stranger, "AM-999999", "x"):
        answer = bulk(agent, "claim", filter=None, numbers=[shop.cases[0].number, number])
        assert pointers(answer) == ["/numbers/1"]
    assert Job.objects.count() == 0


def test_a_strangers_job_is_equal_to_none(shop, agent) -> None:
    number = bulk(agent, "claim").json()["id"]
    stranger = worker("lead", Bulk(1, agent="bo").merchant, "stranger")
    assert (
        problem(stranger.get(f"jobs/{number}/"))
        == problem(stranger.get("jobs/999999/"))
        == (404, "not_found")
    )
    assert stranger.get("jobs/").json()["results"] == []
    assert len(agent.get("jobs/").json()["results"]) == 1


def test_a_merchants_key_may_do_what_a_merchant_decides(shop) -> None:
    Bulk(1, agent="bo")
    key = key_worker(shop.merchant)
    told = carried_out(
        shop, key, bulk(key, "waive", args={"amount": {"percent": 100}, "reason": "Goodwill."})
    )
    assert told["job"]["counts"] == {"done": 3}
    assert problem(bulk(key, "claim")) == (403, "staff_only")


def test_a_key_that_only_reads_changes_nothing(shop) -> None:
    assert problem(bulk(key_worker(shop.merchant, Scope.READ), "note", args={"text": "x"})) == (
        403,
        "missing_scope",
    )


def test_the_same_key_asks_once(shop, agent) -> None:
    first, again = (bulk(agent, "claim", key="k-1") for _ in range(2))
    assert (first.json(), again["Idempotent-Replayed"]) == (again.json(), "true")
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"action": "undo"}, "/action"),
        ({"args": {"assignee": "x"}}, "/args/assignee"),
        ({"action": "note"}, "/args/text"),
        ({"action": "promise", "args": {"on": "soon"}}, "/args/on"),
        ({"action": "promise", "args": {"on": "0001-01-01"}}, "/args/on"),
        ({"action": "promise", "args": {"on": {"in_days": -1}}}, "/args/on"),
        ({"action": "waive", "args": {"amount": 100, "reason": "x"}}, "/args/amount"),
        ({"action": "waive", "args": {"amount": {"percent": 101}, "reason": "x"}}, "/args/amount"),
        ({"action": "plan", "args": {"instalments": {"parts": 3}}}, "/args/instalments"),
        ({"filter": {"state": "lost"}}, "/filter/state"),
        ({"filter": {"limit": 5}}, "/filter/limit"),
        ({"filter": {"assignee": "nobody-of-that-name"}}, "/filter"),
        ({"filter": None}, "/filter"),
        ({"numbers": ["AM-000001"]}, "/filter"),
        ({"filter": None, "numbers": []}, "/numbers"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_place(shop, agent, body, pointer) -> None:
    assert pointers(bulk(agent, body.pop("action", "claim"), **body)) == [pointer]
    assert Job.objects.count() == 0
