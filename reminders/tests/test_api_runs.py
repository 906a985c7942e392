"""Runs over HTTP, and what providers report."""

import json
import time

import pytest

from accounts.tests.api_client import Caller, key_of, pointer, problem, staff
from accounts.tests.factories import merchant
from reminders.channels.callbacks import sign
from reminders.channels.secrets import seal_secret
from reminders.models import ChannelSetup, DeliveryEvent, Run
from reminders.services.asked_runs import carry_out_runs
from reminders.services.runs import start_run

from .world import NOON, World, ensure_defaults

pytestmark = pytest.mark.django_db

SECRET = b"provider's secret"
REPORT = {
    "id": "d-1",
    "key": "AM-000001:reminder-1:email:v1",
    "kind": "delivered",
    "occurred_at": "2026-11-25T03:00:00Z",
}


def run_of(shop=None, **fields) -> Run:
    return start_run(
        as_of=NOON, asked_by="staff:mina", total=3, merchant_id=shop.pk if shop else None, **fields
    )


def test_a_run_is_seen_by_those_who_see_its_merchants() -> None:
    mine, other = merchant("mine"), merchant("other")
    runs = {run_of(mine).pk: "mine", run_of(other).pk: "other", run_of().pk: None}

    def seen(caller: Caller) -> set[str | None]:
        listed = {row["merchant"] for row in caller.every("runs/", limit=1)}
        assert listed == {shop for pk, shop in runs.items() if caller.get(f"runs/{pk}/").status_code == 200}
        return listed

    assert seen(key_of(mine)) == seen(staff("lead", mine)) == {"mine"}
    assert seen(staff("admin")) == {"mine", "other", None}
    assert seen(staff("agent")) == set()


@pytest.mark.parametrize("run_id", ["0", "99999999", "9" * 18, "9" * 40, "x", "-1", "１", "1.0"])
def test_a_run_that_is_none_is_not_found(run_id: str) -> None:
    assert problem(staff("admin").get(f"runs/{run_id}/")) == (404, "not_found")


def test_a_lead_asks_for_a_run() -> None:
    world = World()
    world.debtor()
    response = staff("lead", world.merchant).post("runs/", {"merchant": world.merchant.slug, "dry_run": True,
                                                            "as_of": "2026-11-26T03:00:00Z"})  # fmt: skip
    assert response.status_code == 202
    body = response.json()
    assert (body["merchant"], body["dry_run"], body["total"]) == (world.merchant.slug, True, 1)
    assert response["Location"] == f"/api/v1/runs/{body['id']}/"


def test_a_run_that_was_asked_for_is_carried_out(monkeypatch) -> None:
    world = World()
    monkeypatch.setattr("common.clock.now", lambda: world.now)
    case = world.debtor()
    caller = staff("lead", world.merchant)
    asked = {"merchant": world.merchant.slug}
    dry = caller.post("runs/", asked | {"dry_run": True, "as_of": world.now.isoformat()}).json()
    live = caller.post("runs/", asked).json()
    carry_out_runs(now=world.now, limit=10)

    def ended(run: dict) -> tuple:
        seen = caller.get(f"runs/{run['id']}/").json()
        return seen["state"], seen["considered"], seen["counts"]

    assert ended(dry) == ("done", 1, {"send": 1})
    assert ended(live) == ("done", 1, {"send": 1})
    assert world.message(case).step_key == "reminder-1"


def test_a_run_that_was_stopped_is_left_alone() -> None:
    world = World()
    world.debtor()
    run_of(world.merchant)
    Run.objects.update(state=Run.State.STOPPED)
    assert carry_out_runs(now=world.now, limit=10) == 0


def test_only_a_lead_or_above_asks_for_a_run() -> None:
    shop = merchant()
    assert problem(staff("agent", shop).post("runs/", {})) == (403, "missing_role")
    assert problem(key_of(shop).post("runs/", {})) == (403, "missing_role")
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "/merchant"),
        ({"merchant": "other"}, "/merchant"),
        ({"merchant": "nobody"}, "/merchant"),
        ({"merchant": 5}, "/merchant"),
        ({"merchant": "mine", "as_of": "2026-11-26T03:00:00Z"}, "/as_of"),
        ({"merchant": "mine", "as_of": "0001-01-01T00:00:00+14:00", "dry_run": True}, "/as_of"),
        ({"merchant": "mine", "as_of": "tomorrow", "dry_run": True}, "/as_of"),
        ({"merchant": "mine", "dry_run": "yes"}, "/dry_run"),
        ({"merchant": "mine", "colour": "red"}, "/colour"),
        ([], ""),
    ],
)
def test_a_run_that_cannot_be_asked_for_is_located(body, where: str) -> None:
    mine, _ = merchant("mine"), merchant("other")
    response = staff("lead", mine).post("runs/", body)
    assert (problem(response)[0], pointer(response)) == (422, where)
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "body",
    [b"{", b'{"merchant": "a", "merchant": "b"}', b'{"merchant": "\\u0000"}', b'{"merchant": "\\ud800"}', b"NaN",
     b'{"a":' * 5000 + b"1" + b"}" * 5000, b"[" * 60_000, b"\xff", b'{"merchant": 1e999}', b"9" * 5000],
)  # fmt: skip
def test_a_hostile_body_is_malformed(body: bytes) -> None:
    response = staff("admin").client.post("/api/v1/runs/", body, content_type="application/json")
    assert problem(response)[0] in (400, 422)
    assert not Run.objects.exists()


def test_a_large_body_and_another_media_type_are_refused() -> None:
    client = staff("admin").client
    assert problem(client.post("/api/v1/runs/", b" " * 70_000, content_type="application/json"))[0] == 413
    assert problem(client.post("/api/v1/runs/", b" " * 3_000_000, content_type="application/json"))[0] == 413
    assert problem(client.post("/api/v1/runs/", b"a=1", content_type="text/plain"))[0] == 415
    assert (
        problem(client.post("/api/v1/runs/", b"{}", content_type="application/json; charset=latin-1"))[0]
        == 415
    )


@pytest.fixture
def provider():
    ensure_defaults()
    setup, _ = ChannelSetup.objects.get_or_create(channel="email", defaults={"adapter": "record"})
    setup.secret = seal_secret("email", SECRET)
    setup.save(update_fields=["secret"])
    return Caller(None)


def report(
    caller: Caller, *events: dict, secret: bytes = SECRET, at: float | None = None, channel: str = "email"
):
    body = json.dumps({"events": list(events)}).encode()
    header = sign(body, secret=secret, at=int(at or time.time()))
    return caller.client.post(
        f"/api/v1/deliveries/{channel}/",
        body,
        content_type="application/json",
        headers={"Amends-Signature": header},
    )


def test_a_signed_report_is_stored_once(provider: Caller) -> None:
    assert report(provider, REPORT).json() == {"stored": 1}
    assert report(provider, REPORT).json() == {"stored": 0}
    assert DeliveryEvent.objects.get().message_key == REPORT["key"]


@pytest.mark.parametrize(
    "how",
    [
        {"secret": b"another"},
        {"secret": b""},
        {"at": 1_700_000_000},
        {"at": 4_000_000_000},
        {"channel": "sms"},
    ],
)
def test_a_forged_report_is_refused(provider: Caller, how: dict) -> None:
    assert problem(report(provider, REPORT, **how)) == (401, "invalid_signature")
    assert not DeliveryEvent.objects.exists()


@pytest.mark.parametrize("header", ["", "t=1", "v1=aa", "t=,v1=", "t=1,v1=" + "é" * 64, "x" * 5000])
def test_a_broken_signature_is_refused(provider: Caller, header: str) -> None:
    response = provider.client.post(
        "/api/v1/deliveries/email/",
        b"{}",
        content_type="application/json",
        headers={"Amends-Signature": header},
    )
    assert problem(response)[0] == 401


def test_a_channel_that_is_none_is_not_found(provider: Caller) -> None:
    assert problem(report(provider, REPORT, channel="pigeon"))[0] == 404


@pytest.mark.parametrize(
    "event",
    [{}, REPORT | {"kind": "eaten"}, REPORT | {"occurred_at": "now"}, REPORT | {"id": ""},
     REPORT | {"detail": "x" * 301}, REPORT | {"more": 1}, REPORT | {"occurred_at": "0001-01-01T00:00:00+14:00"}],
)  # fmt: skip
def test_a_report_that_cannot_be_taken_leaves_nothing(provider: Caller, event: dict) -> None:
    assert problem(report(provider, REPORT | {"id": "d-2"}, event))[0] == 422
    assert not DeliveryEvent.objects.exists()
