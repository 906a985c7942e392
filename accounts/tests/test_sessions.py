"""How long a session lasts and what it costs; rights end at once (promises D3, D4)."""

import time

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import AuditEvent, Role, User
from accounts.services.sign_in import reset_second_factor
from accounts.views import sessions
from common import clock

from .signing_in import PASSWORD, code_of, code_step, password_step, with_app

pytestmark = pytest.mark.django_db

SAMPLES = {"path": "x", "str": "AM-1", "slug": "x", "int": "1"}
OPEN = (*sessions.PUBLIC, "/sign-in/", "/sign-out/", "/language/", "/look/", "/settings/second/")


@pytest.fixture
def mina() -> User:
    return User.objects.create_user("mina", password=PASSWORD, language="en")


@pytest.fixture
def boss(settings) -> User:
    settings.AMENDS_SECOND_FACTOR = "required"
    return User.objects.create_superuser("boss", password=PASSWORD, language="en", role=Role.ADMIN)


@pytest.fixture
def later(monkeypatch):
    real = time.time

    def pass_by(*, minutes: int) -> None:
        monkeypatch.setattr(sessions.time, "time", lambda: real() + 60 * minutes)

    return pass_by


def is_in(client: Client) -> bool:
    return client.get("/queue/").status_code == 200


def addresses(patterns: list, prefix: str = "/") -> list[str]:
    """Every address of the product, with something in its holes."""
    found = []
    for one in patterns:
        path = prefix + _filled(str(one.pattern))
        if isinstance(one, URLResolver):
            found += addresses(one.url_patterns, path)
        elif isinstance(one, URLPattern):
            found.append(path)
    return found


def _filled(pattern: str) -> str:
    if pattern.startswith("^"):
        return "x"
    for kind, sample in SAMPLES.items():
        while f"<{kind}:" in pattern:
            start = pattern.index(f"<{kind}:")
            pattern = pattern[:start] + sample + pattern[pattern.index(">", start) + 1 :]
    return pattern


def test_a_password_alone_opens_no_page_to_an_admin(boss) -> None:
    client = Client()
    password_step(client, "boss")
    walked = [path for path in addresses(get_resolver().url_patterns) if not path.startswith(OPEN)]
    assert len(walked) > 100
    for path in walked:
        for answer in (client.get(path), client.post(path)):
            if path.startswith("/api/"):
                assert answer.status_code in (403, 404, 405), path
                assert path.startswith("/api/v1/deliveries/") or answer.status_code == 403, path
            else:
                assert (answer.status_code, answer.url) == (302, "/settings/second/"), path


def test_a_session_ends_after_half_an_hour_without_its_person(client, mina, later) -> None:
    password_step(client, "mina")
    later(minutes=29)
    assert is_in(client)
    later(minutes=58)
    assert is_in(client)
    later(minutes=89)
    assert client.get("/queue/").url == "/sign-in/?next=/queue/"


def test_what_a_page_asks_by_itself_keeps_no_session_alive(client, mina, later) -> None:
    password_step(client, "mina")
    for minutes in (10, 20, 29):
        later(minutes=minutes)
        client.get("/queue/counts/", HTTP_AMENDS_POLL="1")
    later(minutes=31)
    assert not is_in(client)


def test_a_session_ends_after_twelve_hours_in_all(client, mina, later) -> None:
    password_step(client, "mina")
    for minutes in range(20, 12 * 60, 20):
        later(minutes=minutes)
        assert is_in(client)
    later(minutes=12 * 60 + 1)
    assert not is_in(client)


def test_the_business_clock_ends_no_session(client, mina, monkeypatch) -> None:
    password_step(client, "mina")
    moved = clock.now().replace(year=2031)
    monkeypatch.setattr(clock, "now", lambda: moved)
    assert is_in(client)


def test_a_session_costs_its_two_queries_and_no_more(client, mina, django_assert_num_queries) -> None:
    password_step(client, "mina")
    with django_assert_num_queries(2):
        client.get("/look/")


def test_signing_out_elsewhere_ends_every_other_session(mina) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        password_step(client, "mina")
    here.post("/settings/sessions/")
    assert (is_in(here), is_in(there)) == (True, False)


def test_a_new_password_ends_every_other_session(mina) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        password_step(client, "mina")
    new = "another-horse-battery"
    told = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/settings/password/", told).url == "/settings/"
    assert (is_in(here), is_in(there)) == (True, False)
    assert AuditEvent.objects.get().kind == "password_changed"


def test_an_admins_reset_takes_every_factor_and_ends_every_session(mina) -> None:
    client = Client()
    with_app(mina)
    password_step(client, "mina")
    code_step(client, code_of())
    reset_second_factor(user_id=mina.pk, actor="staff:boss", now=clock.now())
    assert not is_in(client)
    noted = AuditEvent.objects.get()
    assert (noted.what, noted.before) == ("staff:mina", {"factors": ["recovery_codes", "totp"]})
    assert password_step(client, "mina").url == "/queue/"
