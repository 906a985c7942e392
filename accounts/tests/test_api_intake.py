"""`POST /api/v1/events/` as a merchant's client sees it."""

import json

import pytest

from accounts.models import ApiKey, PaymentEvent
from accounts.services.keys import issue_api_key

from .factories import due, event, merchant, paid

pytestmark = pytest.mark.django_db
URL = "/api/v1/events/"


@pytest.fixture
def key():
    return issue_api_key(merchant=merchant(), scopes=["events:write"])


@pytest.fixture
def push(client, key):
    def push(body, content_type="application/json", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"HTTP_AUTHORIZATION": f"Bearer {key}"} | headers
        return client.post(URL, data, content_type=content_type, **headers)

    return push


def test_one_event_is_answered_with_its_fate(push):
    answer = push(due(id="evt_8fK2", payment="ord-10023", amount=9900))
    assert answer.status_code == 200
    assert answer.json() == {
        "accepted": 1,
        "duplicates": 0,
        "parked": 0,
        "rejected": 0,
        "results": [{"id": "evt_8fK2", "status": "applied", "payment": "ord-10023", "outstanding": 9900}],
    }


def test_a_batch_answers_every_event_in_the_order_given(push):
    first = due("ord-1")
    answer = push({"events": [first, first, paid("ord-9"), due("ord-2", amount=0)]}).json()
    assert [answer[name] for name in ("accepted", "duplicates", "parked", "rejected")] == [1, 1, 1, 1]
    assert [result["status"] for result in answer["results"]] == [
        "applied",
        "duplicate",
        "parked",
        "rejected",
    ]
    assert answer["results"][3]["errors"][0]["pointer"] == "/data/amount"


def test_lines_of_ndjson_are_taken_one_by_one(push):
    lines = b"\n".join(json.dumps(due(f"ord-{n}")).encode() for n in range(3)) + b"\n{broken\n"
    answer = push(lines, content_type="application/x-ndjson").json()
    assert (answer["accepted"], answer["rejected"]) == (3, 1)


def test_a_single_event_that_is_rejected_answers_422_with_the_place(push):
    answer = push(due(amount=0))
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["pointer"] == "/data/amount"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"\xff\xfe", 400, "malformed_json"),
        (b"[]", 422, "invalid_body"),
        (b'"x"', 422, "invalid_body"),
        (b'{"events": {}}', 422, "invalid_body"),
        (b'{"events": [], "more": 1}', 422, "invalid_body"),
        (b"[" * 200_000, 422, "invalid_body"),
        (b'{"events": [' + b"1," * 1000 + b"1]}", 413, "too_many_events"),
        (b" " * (2 * 2**20 + 1), 413, "body_too_large"),
        (b"{}", 422, "missing_field"),
    ],
)
def test_a_body_that_is_not_of_the_form_is_refused_whole(push, body, status, code):
    answer = push(body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not PaymentEvent.objects.exists()


AMOUNTS = (
    b"1.0",
    b"1e3",
    b'"9900"',
    b'"1_000"',
    '"１２"'.encode(),
    b"true",
    b"null",
    b"-1",
    b"9" * 30,
    b"1E+1000000",
)


@pytest.mark.parametrize("amount", AMOUNTS)
def test_an_amount_is_a_plain_whole_number(push, amount):
    body = json.dumps(due(amount=424242)).encode().replace(b"424242", amount)
    answer = push(body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/data/amount"


HOSTILE = {
    "a NUL": lambda body: body.replace(b"ord-1", b"ord-\\u0000"),
    "half a surrogate pair": lambda body: body.replace(b"ord-1", b"ord-\\ud800"),
    "a repeated key": lambda body: body.replace(b'"amount"', b'"amount": 1, "amount"'),
    "a repeated key with a gap": lambda body: body.replace(b'"amount"', b'"amount" : 1, "amount"'),
    "a repeated key behind an escaped quote": lambda body: body.replace(
        b'"payment": "ord-1"', b'"payment": "\\u0022:", "payment": "ord-1"'
    ),
    "a deep field": lambda body: body.replace(
        b'"amount"', b'"x": ' + b"[" * 50_000 + b"]" * 50_000 + b', "amount"'
    ),
    "no time zone": lambda body: body.replace(b"+09:00", b""),
    "the year 1": lambda body: body.replace(b"2026-11-01T", b"0001-01-01T"),
    "a misspelt field": lambda body: body.replace(b"due_on", b"due_date"),
    "no currency of ISO 4217": lambda body: body.replace(b"KRW", b"XYZ"),
}


@pytest.mark.parametrize("spoil", HOSTILE.values(), ids=HOSTILE)
def test_hostile_content_is_refused_and_leaves_nothing(push, spoil):
    answer = push(spoil(json.dumps(due("ord-1")).encode()))
    assert answer.status_code in (400, 422)
    assert answer["Content-Type"] == "application/problem+json"
    assert not PaymentEvent.objects.exists()


def test_text_that_only_looks_like_an_escape_is_taken(push):
    assert push(due("ord-1", description="C:\\u0000")).status_code == 200


def test_a_card_number_is_never_stored(push):
    answer = push(due("ord-1", description="card 4111 1111 1111 1111 thanks"))
    assert answer.json()["code"] == "card_number"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/json; charset=euc-kr", "multipart/form-data"]
)
def test_another_kind_of_body_is_refused(push, content_type):
    assert push(b"{}", content_type=content_type).status_code == 415


def test_without_a_key_nothing_is_taken(push):
    answer = push(due(), HTTP_AUTHORIZATION="Bearer am_live_0000000000000000_" + "x" * 43)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_a_key_needs_the_scope(client):
    key = issue_api_key(merchant=merchant(), scopes=["read"])
    answer = client.post(URL, "{}", content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {key}")
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


def test_a_revoked_key_ends_at_once(push):
    ApiKey.objects.update(revoked_at="2026-01-01T00:00:00Z")
    assert push(due()).status_code == 401


def test_an_id_reused_for_other_content_answers_422(push):
    push(event("payment.paid", id="evt-x", payment="ord-1", amount=1))
    answer = push(event("payment.paid", id="evt-x", payment="ord-1", amount=2))
    assert (answer.status_code, answer.json()["code"]) == (422, "event_id_reused")


def test_every_answer_carries_a_request_id(push):
    assert push(due())["X-Request-ID"]
