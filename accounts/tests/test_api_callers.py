"""Who may call the HTTP interface, and how often."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.api import limits
from accounts.models import ApiKey, StaffToken, User
from common import clock

from .api_client import Caller, key_of, problem, staff
from .factories import due, merchant

pytestmark = pytest.mark.django_db


def test_a_call_without_a_key_is_refused_and_told_how() -> None:
    response = Caller(None).get("payments/")
    assert problem(response) == (401, "not_authenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer nonsense", "Basic dTpw", "Bearer am_live_x", "Bearer am_staff_" + "0" * 60,
     "Bearer am_live_0123456789abcdef_" + "A" * 43, "Bearer am_live_０１２", ""],
)  # fmt: skip
def test_a_key_that_is_none_is_refused(header: str) -> None:
    response = Client().get("/api/v1/payments/", headers={"Authorization": header})
    assert problem(response) == (401, "not_authenticated")


def test_a_key_ends_at_once_when_it_is_revoked() -> None:
    caller = key_of(merchant())
    assert caller.get("payments/").status_code == 200
    ApiKey.objects.update(revoked_at=clock.now())
    assert problem(caller.get("payments/")) == (401, "not_authenticated")


def test_an_expired_key_is_refused() -> None:
    assert (
        problem(key_of(merchant(), expires_at=clock.now() - timedelta(seconds=1)).get("payments/"))[0] == 401
    )


def test_a_staff_token_ends_at_once_with_the_account() -> None:
    caller = staff("admin")
    assert caller.get("payments/").status_code == 200
    User.objects.update(is_active=False)
    assert problem(caller.get("payments/"))[0] == 401


def test_a_revoked_staff_token_is_refused() -> None:
    caller = staff("admin")
    StaffToken.objects.update(revoked_at=clock.now())
    assert problem(caller.get("payments/"))[0] == 401


def test_a_key_without_the_scope_is_refused() -> None:
    assert problem(key_of(merchant(), "events:write").get("payments/")) == (403, "missing_scope")
    assert problem(key_of(merchant("other"), "read").post("events/", due())) == (403, "missing_scope")


def test_staff_push_no_events() -> None:
    assert problem(staff("admin").post("events/", due()))[0] == 403


def test_a_signed_in_person_may_read_and_a_switched_off_one_may_not() -> None:
    client, user = Client(), User.objects.create_user(username="mina", role="admin")
    client.force_login(user)
    assert client.get("/api/v1/payments/").status_code == 200
    User.objects.update(is_active=False)
    assert problem(client.get("/api/v1/payments/"))[0] == 401


def test_a_session_changes_nothing_without_its_csrf_token() -> None:
    client, user = Client(enforce_csrf_checks=True), User.objects.create_user(username="mina", role="lead")
    client.force_login(user)
    response = client.post("/api/v1/runs/", "{}", content_type="application/json")
    assert problem(response) == (403, "csrf_failed")


def test_the_limit_is_announced() -> None:
    response = key_of(merchant()).get("payments/")
    assert response["RateLimit-Policy"] == '"default";q=200;w=2'
    assert response["RateLimit"].startswith('"default";r=199;t=')


def test_too_many_requests_are_told_when_to_go_on(settings) -> None:
    settings.AMENDS_RATE_PER_SECOND, settings.AMENDS_RATE_BURST = 0.001, 2
    caller = key_of(merchant())
    assert [caller.get("payments/").status_code for _ in range(2)] == [200, 200]
    response = caller.get("payments/")
    assert problem(response) == (429, "too_many_requests")
    assert int(response["Retry-After"]) >= 1
    assert "RateLimit" in response


def test_intake_has_the_same_limit(settings) -> None:
    settings.AMENDS_RATE_PER_SECOND, settings.AMENDS_RATE_BURST = 0.001, 1
    caller = key_of(merchant())
    first = caller.post("events/", due())
    assert (first.status_code, "RateLimit" in first) == (200, True)
    assert problem(caller.post("events/", due("ord-2"))) == (429, "too_many_requests")


def test_one_key_does_not_starve_another(settings) -> None:
    settings.AMENDS_RATE_PER_SECOND, settings.AMENDS_RATE_BURST = 0.001, 1
    shop = merchant()
    one, other = key_of(shop), key_of(shop)
    one.get("payments/")
    assert other.get("payments/").status_code == 200


def test_a_bucket_fills_again(settings, monkeypatch) -> None:
    settings.AMENDS_RATE_PER_SECOND, settings.AMENDS_RATE_BURST = 100.0, 1
    instants = iter([10.0, 10.02])
    monkeypatch.setattr(limits.time, "monotonic", lambda: next(instants))
    assert limits.spend("a key")
    assert limits.spend("a key")


def test_buckets_do_not_grow_without_end(monkeypatch) -> None:
    monkeypatch.setattr(limits, "MOST_BUCKETS", 3)
    limits._buckets.clear()
    for number in range(10):
        limits.spend(f"key {number}")
    assert list(limits._buckets) == ["key 7", "key 8", "key 9"]
