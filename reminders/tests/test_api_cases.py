"""Reading cases over HTTP: the contract's shape, the filters and orders, the timeline, and why."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.api_client import key_of, pointer, problem, staff
from defaults.models import DefaultCase
from defaults.services.holds import place_hold
from defaults.services.promise import promise

from .world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(monkeypatch) -> World:
    """Its clock is also the business clock of the interface."""
    world = World()
    monkeypatch.setattr("common.clock.now", lambda: world.now)
    return world


def queries_of(caller, path: str, **query) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert caller.get(path, **query).status_code == 200
    return len(seen)


def test_a_case_is_answered_in_the_shape_of_the_contract(world: World) -> None:
    case = world.debtor()
    response = key_of(world.merchant).get(f"cases/{case.number}/")
    assert response["ETag"] == f'"{case.version}"'
    body = response.json()
    assert body.pop("opened_at").endswith("Z")
    assert body == {
        "number": case.number,
        "state": "open",
        "outcome": None,
        "version": case.version,
        "merchant": world.merchant.slug,
        "customer": {"reference": "u-1", "name": "김서연"},
        "claimed": {"amount": 9900, "currency": "KRW"},
        "dpd": 20,
        "bucket": "1-30",
        "closed_at": None,
        "assignee": None,
        "items": [{"payment": "ord-1", "outstanding": 9900, "due_on": "2026-11-05", "disputed": False}],
        "next_step": {"key": "reminder-1", "not_before": "2026-11-25T03:00:00Z"},
        "holds": [],
        "agreements": [],
        "snoozed_until": None,
    }


def test_the_next_step_is_the_message_in_the_queue(world: World) -> None:
    case = world.queued()
    shown = key_of(world.merchant).get(f"cases/{case.number}/").json()
    assert shown["next_step"]["key"] == world.message(case).step_key


def test_a_closed_case_keeps_its_items_and_has_no_next_step(world: World) -> None:
    case = world.debtor()
    world.pays("ord-1")
    world.tick()
    shown = key_of(world.merchant).get(f"cases/{case.number}/").json()
    assert (shown["state"], shown["outcome"]) == ("closed", "cured")
    assert (shown["dpd"], shown["bucket"], shown["next_step"]) == (None, None, None)
    assert [item["payment"] for item in shown["items"]] == ["ord-1"]


def test_a_hold_is_shown_while_it_runs(world: World) -> None:
    case = world.debtor()
    until = world.now + timedelta(days=2)
    place_hold(case_id=case.pk, reason="hardship", until=until, now=world.now, actor="staff:mina")
    caller = key_of(world.merchant)
    (hold,) = caller.get(f"cases/{case.number}/").json()["holds"]
    assert (hold["reason"], hold["scope"], hold["until"]) == ("hardship", "case", "2026-11-27T03:00:00Z")
    world.later(days=3)
    assert caller.get(f"cases/{case.number}/").json()["holds"] == []


@pytest.mark.parametrize("place", ["", "timeline/", "why/"])
@pytest.mark.parametrize(
    "number", ["AM-999999", "AM-1", "am-000001", "nonsense", "AM-" + "9" * 30, "AM-０００００１"]
)
def test_a_case_that_is_none_is_not_found(world: World, number: str, place: str) -> None:
    assert problem(key_of(world.merchant).get(f"cases/{number}/{place}")) == (404, "not_found")


@pytest.mark.parametrize("place", ["", "timeline/", "why/"])
def test_somebody_elses_case_looks_like_none(world: World, place: str) -> None:
    theirs = World().debtor().number
    caller = key_of(world.merchant)

    def told(number: str) -> dict:
        body = caller.get(f"cases/{number}/{place}").json()
        return {name: value for name, value in body.items() if name not in ("instance", "request_id")}

    assert told(theirs) == told("AM-999999")


def test_lists_hold_only_the_callers_cases_and_messages(world: World) -> None:
    other = World()
    world.queued(), other.queued()
    for path in ("cases/", "messages/"):
        for caller in (key_of(world.merchant), staff("agent", world.merchant)):
            assert {row["merchant"] for row in caller.every(path)} == {world.merchant.slug}
            assert caller.get(path, merchant=other.merchant.slug).json()["results"] == []
        assert len(staff("admin").every(path)) == 2
        assert staff("agent").every(path) == []


def test_cases_can_be_chosen(world: World) -> None:
    world.debtor(1)
    world.debtor(2, amount=50_000, email="exact@example.com")
    world.debtor(3, name="이준호")
    world.pays("ord-3")
    world.tick()
    case = world.case("u-1")
    place_hold(case_id=case.pk, reason="fraud", now=world.now, actor="staff:mina")
    DefaultCase.objects.filter(pk=case.pk).update(assignee=User.objects.create_user(username="mina"))
    caller = key_of(world.merchant)

    def found(**query) -> list[str]:
        return [row["customer"]["reference"] for row in caller.every("cases/", **query)]

    assert sorted(found()) == ["u-1", "u-2", "u-3"]
    assert found(state="closed") == found(outcome="cured") == found(q="이준") == ["u-3"]
    assert found(hold="any") == found(hold="fraud") == found(assignee="mina") == ["u-1"]
    assert found(hold="none", state="open") == found(q="exact@example.com") == found(q="ord-2") == ["u-2"]
    assert found(q=case.number) == found(q="u-1") == ["u-1"]
    assert found(hold="minor") == found(bucket="31-60") == found(currency="USD") == found(q="nobody") == []
    assert found(min_dpd="21") == found(max_dpd="19") == []
    assert sorted(found(min_dpd="20", max_dpd="20")) == sorted(found(bucket="1-30")) == ["u-1", "u-2"]
    assert sorted(found(assignee="none")) == ["u-2", "u-3"]
    assert found(opened_after=world.now.isoformat()) == []
    assert len(found(opened_after=(world.now - timedelta(days=1)).isoformat())) == 3


def test_days_past_due_go_by_the_customers_calendar(world: World) -> None:
    """At 23:30 on the 25th in Seoul it is still the 25th there, and already the 26th in Auckland."""
    world.debtor(1)
    world.debtor(2, time_zone="Pacific/Auckland")
    world.now = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
    rows = key_of(world.merchant).every("cases/")
    assert {row["customer"]["reference"]: row["dpd"] for row in rows} == {"u-1": 20, "u-2": 21}
    chosen = key_of(world.merchant).every("cases/", min_dpd="21")
    assert [row["customer"]["reference"] for row in chosen] == ["u-2"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("due", ["u-2", "u-1", "u-3"]),
        ("-amount", ["u-3", "u-1", "u-2"]),
        ("gain", ["u-3", "u-1", "u-2"]),
        ("opened", ["u-1", "u-2", "u-3"]),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 200])
def test_every_order_holds_over_pages(world: World, order: str, expected: list[str], limit: int) -> None:
    for number, amount, due_on in (
        (1, 9900, "2026-11-05"),
        (2, 5000, "2026-11-01"),
        (3, 20_000, "2026-11-06"),
    ):
        world.owes(f"ord-{number}", amount, by=f"u-{number}", due_on=due_on)
        world.later(minutes=1)
        world.tick()
    rows = key_of(world.merchant).every("cases/", order=order, limit=limit)
    assert [row["customer"]["reference"] for row in rows] == expected


@pytest.mark.parametrize(
    "query",
    ["state=nonsense", "outcome=open", "bucket=30", "hold=maybe", "min_dpd=x", "opened_after=2026-11-01",
     "opened_after=yesterday", "order=amount", "currency=won", "q=", "state=open&state=closed"],
)  # fmt: skip
def test_a_filter_that_cannot_be_taken_is_located(world: World, query: str) -> None:
    response = key_of(world.merchant).client.get(f"/api/v1/cases/?{query}")
    assert problem(response)[0] == 422
    assert pointer(response) == "/query/" + query.split("=")[0]


@pytest.mark.parametrize(
    "q", ["'; DROP TABLE--", "%", "_", "\\", "@", "+82" * 60, "a" * 200, "😀", "AM-000000"]
)
def test_any_search_is_taken(world: World, q: str) -> None:
    world.debtor()
    assert key_of(world.merchant).get("cases/", q=q).status_code == 200


def test_a_cursor_of_another_order_is_refused(world: World) -> None:
    world.debtor(1), world.debtor(2)
    caller = key_of(world.merchant)
    cursor = caller.get("cases/", limit=1, order="due").json()["next"]
    assert pointer(caller.get("cases/", order="opened", cursor=cursor)) == "/query/cursor"


@pytest.mark.parametrize("order", ["due", "-amount", "gain", "opened"])
def test_the_number_of_queries_does_not_grow_with_the_cases(world: World, order: str) -> None:
    caller = key_of(world.merchant)
    for number in range(1, 3):
        world.queued(number)
    few = queries_of(caller, "cases/", order=order)
    for number in range(3, 15):
        world.queued(number)
    assert queries_of(caller, "cases/", order=order) == few
    assert queries_of(caller, "cases/", order=order, limit=1) == few


def test_the_number_of_queries_for_messages_does_not_grow(world: World) -> None:
    caller = key_of(world.merchant)
    world.queued(1)
    few = queries_of(caller, "messages/")
    for number in range(2, 9):
        world.queued(number)
    assert queries_of(caller, "messages/") == few <= 3


@pytest.mark.django_db(transaction=True)
def test_messages_can_be_chosen_and_keep_their_words(world: World) -> None:
    case = world.queued(1, email="secret@example.com")
    world.queued(2)
    world.send()
    caller = key_of(world.merchant)
    response = caller.get("messages/", case=case.number)
    (message,) = response.json()["results"]
    assert (message["case"], message["step"], message["channel"]) == (case.number, "reminder-1", "email")
    assert (message["state"], message["claimed"]) == ("sent", {"amount": 9900, "currency": "KRW"})
    assert b"secret@example.com" not in response.content
    assert caller.get("messages/", state="queued").json()["results"] == []
    assert caller.get("messages/", case="nonsense").json()["results"] == []


@pytest.mark.django_db(transaction=True)
def test_the_timeline_merges_what_every_table_knows(world: World) -> None:
    case = world.queued()
    world.send()
    world.later(hours=1)
    world.pays("ord-1")
    world.tick()
    caller = key_of(world.merchant)
    entries = caller.every(f"cases/{case.number}/timeline/")
    assert {entry["kind"] for entry in entries} >= {"case", "money", "message"}
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    assert ("money", "payment") in {(entry["kind"], entry["what"]) for entry in entries}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_the_timeline_has_every_entry_once_over_pages(world: World, limit: int) -> None:
    case = world.queued()
    world.send()
    for _ in range(4):
        world.pays("ord-1", amount=100)
    caller = key_of(world.merchant)
    path = f"cases/{case.number}/timeline/"
    whole = caller.get(path, limit=200, count="capped").json()
    assert caller.every(path, limit=limit) == whole["results"]
    assert whole["count"] == len(whole["results"])


def test_the_number_of_queries_of_a_timeline_does_not_grow(world: World) -> None:
    case = world.queued()
    caller = key_of(world.merchant)
    few = queries_of(caller, f"cases/{case.number}/timeline/")
    for _ in range(20):
        world.pays("ord-1", amount=100)
    assert queries_of(caller, f"cases/{case.number}/timeline/") == few


def test_why_names_the_rule_that_is_in_the_way(world: World) -> None:
    case = world.debtor()
    world.now = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)  # 23:00 in Seoul
    body = key_of(world.merchant).get(f"cases/{case.number}/why/").json()
    assert (body["verdict"], body["is_live"]) == ("defer", True)
    assert body["until"] == body["next_lawful_at"] == "2026-11-25T23:00:00Z"
    assert "KR-NIGHT" in {rule["id"] for rule in body["rules"] if rule["verdict"] == "defer"}
    assert body["sentence"]


def test_why_answers_about_the_past_from_what_was_decided_then(world: World) -> None:
    case = world.queued()
    decided_at = world.now
    world.later(days=1)
    caller = key_of(world.merchant)
    then = caller.get(f"cases/{case.number}/why/", at=decided_at.isoformat()).json()
    before = caller.get(f"cases/{case.number}/why/", at="2020-01-01T00:00:00Z").json()
    assert (then["verdict"], then["is_live"]) == ("allow", False)
    assert before["rules"] == []


@pytest.mark.parametrize("at", ["yesterday", "2026-11-25", "2026-11-25T10:00:00", "2026-11-25T25:00:00Z"])
def test_why_needs_an_instant_with_an_offset(world: World, at: str) -> None:
    response = key_of(world.merchant).get(f"cases/{world.debtor().number}/why/", at=at)
    assert (problem(response)[0], pointer(response)) == (422, "/query/at")


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_why_at_the_ends_of_time_is_answered(world: World, at: str) -> None:
    assert key_of(world.merchant).get(f"cases/{world.debtor().number}/why/", at=at).status_code in (200, 422)


def test_a_promise_is_an_agreement(world: World) -> None:
    case = world.debtor()
    promise(case_id=case.pk, amount_minor=9900, on=(world.now + timedelta(days=3)).date(), now=world.now,
                 actor="customer")  # fmt: skip
    (agreement,) = key_of(world.merchant).get(f"cases/{case.number}/").json()["agreements"]
    assert (agreement["kind"], agreement["state"], agreement["amount"]["amount"]) == ("promise", "made", 9900)


def test_the_ageing_report_adds_up_by_bucket_and_currency(world: World) -> None:
    for number, amount, due_on in (
        (1, 100, "2026-11-25"),
        (2, 200, "2026-11-24"),
        (3, 300, "2026-10-01"),
        (4, 400, "2026-10-01"),
    ):
        world.owes(f"ord-{number}", amount, by=f"u-{number}", due_on=due_on)
    world.owes("ord-5", 500, currency="USD", due_on="2026-01-01")
    World().owes("ord-1")
    caller = key_of(world.merchant)
    rows = caller.get("reports/aging/").json()["results"]
    assert [
        (row["currency"], row["bucket"], row["payments"], row["outstanding"]["amount"]) for row in rows
    ] == [
        ("KRW", "current", 1, 100),
        ("KRW", "1-30", 1, 200),
        ("KRW", "31-60", 2, 700),
        ("USD", "90+", 1, 500),
    ]
    assert queries_of(caller, "reports/aging/") == 2
