"""Every error of the HTTP interface has one shape, and nothing that is sent to it breaks it."""

import base64

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client

from accounts.api import payments
from accounts.models import User

from .api_client import Caller, key_of, pointer, problem
from .factories import merchant

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller() -> Caller:
    return key_of(merchant())


@pytest.mark.parametrize(
    ("path", "status"),
    [("nothing/", 404), ("payments", 404), ("cases/AM-1/nonsense/", 404), ("", 404)],
)
def test_an_address_that_is_none_is_a_problem_document(caller: Caller, path: str, status: int) -> None:
    assert problem(caller.get(path))[0] == status


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_a_method_an_address_does_not_take_is_405(caller: Caller, method: str) -> None:
    response = getattr(caller.client, method)("/api/v1/payments/")
    assert problem(response) == (405, "method_not_allowed")
    assert "GET" in response["Allow"]


def test_every_answer_has_a_request_id(caller: Caller) -> None:
    assert caller.get("payments/")["X-Request-ID"] != caller.get("payments/")["X-Request-ID"]


@pytest.mark.parametrize(
    "query",
    [
        "customer=%00",
        "customer=%ED%A0%80",
        "customer=%FF",
        "%00=1",
        "customer=a%00b",
        "customer=%F0%28%8C%28",
    ],
)
def test_bytes_no_text_may_hold_are_400_in_a_query(caller: Caller, query: str) -> None:
    assert problem(caller.client.get(f"/api/v1/payments/?{query}")) == (400, "forbidden_character")


def test_a_nul_in_a_path_is_400(caller: Caller) -> None:
    assert problem(caller.client.get("/api/v1/payments/a%00b/")) == (400, "forbidden_character")


def test_broken_utf8_in_a_path_finds_nothing(caller: Caller) -> None:
    assert problem(caller.client.get("/api/v1/payments/%ED%A0%80/"))[0] == 404


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("limit=0", "/query/limit"),
        ("limit=201", "/query/limit"),
        ("limit=99999999999999999999999", "/query/limit"),
        ("limit=-1", "/query/limit"),
        ("limit=1_0", "/query/limit"),
        ("limit=5e1", "/query/limit"),
        ("limit=5.0", "/query/limit"),
        ("limit=%EF%BC%95", "/query/limit"),
        ("limit=", "/query/limit"),
        ("limit=null", "/query/limit"),
        ("limit=5&limit=6", "/query/limit"),
        ("count=all", "/query/count"),
        ("owed=1", "/query/owed"),
        ("owed=True", "/query/owed"),
        ("currency=krw", "/query/currency"),
        ("due_from=2026-13-01", "/query/due_from"),
        ("due_from=20261101", "/query/due_from"),
        ("colour=red", "/query/colour"),
        ("merchant__id=1", "/query/merchant__id"),
        ("customer=" + "x" * 201, "/query/customer"),
    ],
)
def test_a_parameter_that_cannot_be_taken_is_located(caller: Caller, query: str, where: str) -> None:
    response = caller.client.get(f"/api/v1/payments/?{query}")
    assert (problem(response)[0], pointer(response)) == (422, where)


def _cursor(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!!",
        "ünïcode",
        _cursor(b"[]"),
        _cursor(b"null"),
        _cursor(b"[" * 5000),
        _cursor(b'["reference",false,[]]'),
        _cursor(b'["reference",false,["a","b"]]'),
        _cursor(b'["reference",false,[1,"a",3]]'),
        _cursor(b'["reference",false,[99999999999999999999,"a"]]'),
        _cursor(b'["reference",false,[1.5,"a"]]'),
        _cursor(b'["reference",false,[1,"\\u0000"]]'),
        _cursor(b'["reference",false,[1,"\\ud800"]]'),
        _cursor(b'["newest",false,[1]]'),
        _cursor(b'["reference","yes",[1,"a"]]'),
    ],
)
def test_a_cursor_made_by_hand_is_refused(caller: Caller, cursor: str) -> None:
    response = caller.get("payments/", cursor=cursor)
    assert (problem(response)[0], pointer(response)) == (422, "/query/cursor")


@pytest.mark.parametrize("count", [1001, 5000])
def test_too_many_parameters_are_a_problem_document(caller: Caller, count: int) -> None:
    query = "&".join(f"p{number}=1" for number in range(count))
    assert problem(caller.client.get(f"/api/v1/payments/?{query}"))[0] in (400, 422)


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        (b" ", {400, 422}),
        (b"{", {400}),
        (b"\xff\xfe", {400, 422}),
        (b"[" * 100_000, {400, 422}),
        (b'{"a":' * 6000 + b"1" + b"}" * 6000, {400, 422}),
        (b'{"id": "e\\u0000", "type": "feed.heartbeat", "occurred_at": "2026-11-01T00:00:00Z"}', {400, 422}),
        (b'{"id": "e\\ud800", "type": "feed.heartbeat", "occurred_at": "2026-11-01T00:00:00Z"}', {400, 422}),
        (
            b'{"id": "a", "id": "b", "type": "feed.heartbeat", "occurred_at": "2026-11-01T00:00:00Z"}',
            {400, 422},
        ),
    ],
)
def test_a_hostile_body_is_a_problem_document(caller: Caller, body: bytes, statuses: set[int]) -> None:
    response = caller.client.post("/api/v1/events/", body, content_type="application/json")
    assert problem(response)[0] in statuses
    assert caller.get("events/").json()["results"] == []


def test_a_body_that_is_too_large_is_413(caller: Caller) -> None:
    body = b'{"id": "' + b"x" * (2 * 2**20) + b'"}'
    assert problem(caller.client.post("/api/v1/events/", body, content_type="application/json"))[0] == 413


def test_another_media_type_is_415(caller: Caller) -> None:
    assert problem(caller.client.post("/api/v1/events/", b"a=1", content_type="text/xml"))[0] == 415


def test_a_host_that_is_not_ours_is_a_problem_document() -> None:
    response = Client().get("/api/v1/payments/", headers={"Host": "evil.example"})
    assert problem(response)[0] in (400, 401)


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", ""])
def test_whatever_is_accepted_json_is_what_comes(caller: Caller, accept: str) -> None:
    response = caller.client.get("/api/v1/payments/", headers={"Accept": accept})
    assert response["Content-Type"] == "application/json"


def _away(*_: object, **__: object) -> None:
    raise OperationalError("server closed the connection unexpectedly")


def test_while_the_database_is_away_a_reader_is_told_to_come_again(caller: Caller, monkeypatch) -> None:
    monkeypatch.setattr(payments.Payment.objects, "with_parties", _away)
    response = caller.get("payments/")
    assert problem(response) == (503, "temporarily_unavailable")
    assert response["Retry-After"] == "1"


def test_a_session_that_cannot_be_read_is_the_database_being_away(monkeypatch) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_user(username="mina", role="admin"))
    monkeypatch.setattr(SessionStore, "load", _away)
    assert problem(client.get("/api/v1/payments/")) == (503, "temporarily_unavailable")


def test_our_own_fault_shows_no_trace(caller: Caller, monkeypatch) -> None:
    monkeypatch.setattr(payments.Payment.objects, "with_parties", lambda: 1 / 0)
    response = caller.get("payments/")
    assert problem(response) == (500, "internal_error")
    assert b"Traceback" not in response.content
    assert b"division" not in response.content
