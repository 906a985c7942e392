"""Reading events, payments and customers: shapes, pages, and whose rows they are."""

from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services import record_events

from .api_client import key_of, pointer, problem, staff
from .factories import NOW, due, event, merchant, paid

pytestmark = pytest.mark.django_db


def tell(shop, *events: dict) -> None:
    record_events(merchant_id=shop.pk, events=list(events), now=NOW)


def queries_of(caller, path: str, **query) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert caller.get(path, **query).status_code == 200
    return len(seen)


def test_a_payment_shows_what_it_comes_to() -> None:
    shop = merchant()
    tell(shop, due(id="e1"), paid(amount=900, id="e2"))
    payment = key_of(shop).get("payments/ord-1/").json()
    assert payment["outstanding"] == {"amount": 9000, "currency": "KRW"}
    assert payment["customer"] == {"reference": "u-1", "name": "김서연"}
    assert [(entry["kind"], entry["amount"]["amount"], entry["event"]) for entry in payment["entries"]] == [
        ("charge", 9900, "e1"),
        ("payment", 900, "e2"),
    ]


def test_a_customer_shows_a_statement_and_no_address() -> None:
    shop = merchant()
    tell(shop, due(customer={"reference": "u-1", "name": "김서연", "email": "s@example.com"}))
    response = key_of(shop).get("customers/u-1/")
    assert response.json()["contacts"] == [{"channel": "email", "health": "ok"}]
    assert response.json()["statement"]["balances"] == [
        {"outstanding": {"amount": 9900, "currency": "KRW"}, "overpaid": {"amount": 0, "currency": "KRW"}}
    ]
    assert b"s@example.com" not in response.content


def test_an_event_shows_its_fate_and_what_it_said() -> None:
    shop = merchant()
    tell(shop, paid("unknown", id="evt_1"))
    shown = key_of(shop).get("events/evt_1/").json()
    assert (shown["status"], shown["applied_at"], shown["payment"]) == ("parked", None, "unknown")
    assert shown["data"] == {"payment": "unknown", "amount": 9900}
    assert shown["occurred_at"] == "2026-11-01T00:30:00Z"


def test_parked_events_can_be_listed() -> None:
    shop = merchant()
    tell(shop, due(), paid("unknown", id="lost"))
    found = key_of(shop).get("events/", status="parked").json()["results"]
    assert [one["id"] for one in found] == ["lost"]
    assert "data" not in found[0]


@pytest.mark.parametrize("reference", ["a/b", "한글", "a b", "?x=1", "../x", "%41", "a#b"])
def test_any_reference_can_be_read(reference: str) -> None:
    shop = merchant()
    tell(shop, due(reference, id=reference))
    place = quote(reference, safe="")
    assert key_of(shop).get(f"payments/{place}/").json()["reference"] == reference
    assert key_of(shop).get(f"events/{place}/").json()["id"] == reference


@pytest.mark.parametrize("path", ["payments/ord-1/", "customers/u-1/", "events/evt_1/"])
def test_somebody_elses_object_and_none_at_all_look_the_same(path: str) -> None:
    mine, other = merchant("mine"), merchant("other")
    tell(other, due(id="evt_1"))
    caller = key_of(mine)
    theirs, absent = caller.get(path), caller.get(path.replace("-1", "-2").replace("_1", "_2"))
    assert problem(theirs) == (404, "not_found")

    def told(response) -> dict:
        return {
            name: value for name, value in response.json().items() if name not in ("instance", "request_id")
        }

    assert told(theirs) == told(absent)
    assert {name for name, _ in theirs.items()} == {name for name, _ in absent.items()}


@pytest.mark.parametrize("path", ["payments/", "customers/", "events/"])
def test_a_list_holds_only_the_callers_rows(path: str) -> None:
    mine, other = merchant("mine"), merchant("other")
    tell(mine, due("ord-mine", id="evt_mine", customer={"reference": "u-mine"}))
    tell(other, due("ord-other", id="evt_other", customer={"reference": "u-other"}))
    everywhere = {"count": "capped"}
    for caller, shops in [
        (key_of(mine), {"mine"}),
        (staff("agent", mine), {"mine"}),
        (staff("agent"), set()),
        (staff("lead", mine, other), {"mine", "other"}),
        (staff("admin"), {"mine", "other"}),
    ]:
        page = caller.get(path, **everywhere).json()
        assert {row["merchant"] for row in page["results"]} == shops
        assert page["count"] == len(shops)
        assert caller.get(path, merchant="other").json()["results"] == [
            row for row in page["results"] if row["merchant"] == "other"
        ]


def test_staff_say_which_merchant_when_two_use_one_reference() -> None:
    mine, other = merchant("mine"), merchant("other")
    tell(mine, due())
    tell(other, due())
    caller = staff("admin")
    assert pointer(caller.get("payments/ord-1/")) == "/query/merchant"
    assert caller.get("payments/ord-1/", merchant="other").json()["merchant"] == "other"


@pytest.mark.parametrize("path", ["payments/", "customers/", "events/"])
def test_pages_hold_every_row_once_in_both_directions(path: str) -> None:
    shop = merchant()
    tell(shop, *(due(f"ord-{n:02}", customer={"reference": f"u-{n:02}"}) for n in range(23)))
    caller = key_of(shop)
    whole = caller.get(path, limit=200).json()
    assert (len(whole["results"]), whole["next"], whole["previous"]) == (23, None, None)
    assert caller.every(path, limit=5) == whole["results"]

    back, page = [], caller.get(path, limit=5, cursor=_last_cursor(caller, path)).json()
    while True:
        back = page["results"] + back
        if page["previous"] is None:
            break
        page = caller.get(path, limit=5, cursor=page["previous"]).json()
    assert back == whole["results"]


def _last_cursor(caller, path: str) -> str:
    cursor, page = None, caller.get(path, limit=5).json()
    while page["next"]:
        cursor = page["next"]
        page = caller.get(path, limit=5, cursor=cursor).json()
    return cursor


def test_rows_that_come_while_pages_are_read_shift_nothing() -> None:
    shop = merchant()
    tell(shop, *(due(f"ord-{n:02}", id=f"e{n:02}") for n in range(10)))
    caller = key_of(shop)
    first = caller.get("events/", limit=4).json()
    tell(shop, due("ord-99", id="e99"))
    second = caller.get("events/", limit=4, cursor=first["next"]).json()
    assert [one["id"] for one in first["results"] + second["results"]] == [
        f"e{n:02}" for n in range(9, 1, -1)
    ]


def test_the_next_page_is_also_a_link() -> None:
    shop = merchant()
    tell(shop, due("a"), due("b"))
    caller = key_of(shop)
    page = caller.get("payments/", limit=1, currency="KRW")
    link = page["Link"].split(";")[0].strip("<>")
    assert [one["reference"] for one in caller.client.get(link).json()["results"]] == ["b"]


def test_a_count_stops_at_its_cap(monkeypatch) -> None:
    monkeypatch.setattr("common.paging.COUNTED_UP_TO", 3)
    shop = merchant()
    tell(shop, *(due(f"ord-{n}") for n in range(3)))
    caller = key_of(shop)
    assert _count(caller) == (3, False)
    tell(shop, due("ord-9"))
    assert _count(caller) == (3, True)


def _count(caller) -> tuple[int, bool]:
    page = caller.get("payments/", count="capped").json()
    return page["count"], page["count_is_capped"]


@pytest.mark.parametrize("path", ["payments/", "customers/", "events/", "payments/ord-0/", "customers/u-0/"])
def test_the_number_of_queries_does_not_grow_with_the_rows(path: str) -> None:
    few, many = merchant("few"), merchant("many")
    tell(few, due("ord-0", customer={"reference": "u-0"}))
    events = [due(f"ord-{n}", customer={"reference": f"u-{n}"}) for n in range(30)]
    tell(many, *events, *(paid("ord-0", amount=100) for _ in range(30)))
    assert queries_of(key_of(few), path) == queries_of(key_of(many), path) <= 7


def test_payments_can_be_chosen() -> None:
    shop = merchant()
    tell(
        shop,
        due("a", due_on="2026-11-01"),
        due("b", due_on="2026-11-02", customer={"reference": "u-2"}),
        due("c", due_on="2026-11-03", currency="USD"),
        paid("a"),
        event("payment.voided", payment="zzz"),
    )
    caller = key_of(shop)

    def found(**query) -> str:
        return "".join(one["reference"] for one in caller.get("payments/", **query).json()["results"])

    assert found(owed="true") == "bc"
    assert found(owed="false") == "a"
    assert found(currency="USD") == "c"
    assert found(customer="u-2") == "b"
    assert found(due_from="2026-11-02", due_until="2026-11-03") == "b"
