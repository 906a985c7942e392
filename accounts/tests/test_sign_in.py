"""Signing in: what a password opens alone, how often codes work, and who is locked out when (promise D4)."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from accounts.models import Role, SignInTries, User
from accounts.services.sign_in import take_code_try, take_password_try

from .signing_in import PASSWORD, SECRET, code_of, code_step, password_step, with_app

pytestmark = pytest.mark.django_db


@pytest.fixture
def mina() -> User:
    return User.objects.create_user("mina", password=PASSWORD, language="en")


@pytest.fixture
def lena(settings) -> User:
    """A lead, where a second factor is required."""
    settings.AMENDS_SECOND_FACTOR = "required"
    return User.objects.create_user("lena", password=PASSWORD, language="en", role=Role.LEAD)


def is_in(client: Client) -> bool:
    return client.get("/queue/").status_code == 200


def test_whoever_has_a_factor_is_not_in_before_it_is_shown(client, mina) -> None:
    with_app(mina)
    assert password_step(client, "mina").url == "/sign-in/second/"
    assert not is_in(client)
    assert code_step(client, code_of()).url == "/queue/"
    assert is_in(client)


def test_the_second_step_leads_to_the_page_that_was_asked_for_and_never_to_another_host(client, mina) -> None:
    with_app(mina)
    for ahead, wanted, reached in (
        (0, "/approvals/", "/approvals/"),
        (1, "https://evil.example/", "/queue/"),
    ):
        here = Client()
        here.post("/sign-in/", {"username": "mina", "password": PASSWORD, "next": wanted})
        assert code_step(here, code_of(ahead=ahead)).url == reached


def test_the_second_step_opens_to_nobody_without_the_first(client, mina) -> None:
    with_app(mina)
    assert client.get("/sign-in/second/").url == "/sign-in/"
    assert code_step(client, code_of()).url == "/sign-in/"


def test_a_one_time_code_works_once_and_none_from_before_it(mina) -> None:
    with_app(mina)
    used = code_of(ahead=1)
    for code, works in ((used, True), (used, False), (code_of(ahead=-1), False)):
        here = Client()
        password_step(here, "mina")
        code_step(here, code)
        assert is_in(here) == works


def test_a_recovery_code_works_once(mina) -> None:
    with_app(mina)
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[3]
    for works in (True, False):
        here = Client()
        password_step(here, "mina")
        code_step(here, code)
        assert is_in(here) == works


def test_secrets_of_factors_are_kept_sealed(mina) -> None:
    with_app(mina)
    assert SECRET not in str(list(Authenticator.objects.values_list("data", flat=True)))


def test_ten_wrong_tries_lock_the_pair_and_nobody_elsewhere(mina) -> None:
    here, elsewhere = {"REMOTE_ADDR": "203.0.113.9"}, {"REMOTE_ADDR": "198.51.100.4"}
    client = Client()
    for _ in range(10):
        password_step(client, "mina", "wrong", **here)
    page = password_step(client, "mina", **here)
    assert "Too many wrong tries" in page.content.decode()
    assert password_step(client, "MINA", **here).status_code == 200
    assert password_step(Client(), "mina", **elsewhere).url == "/queue/"


def test_a_name_that_does_not_exist_locks_alike(client) -> None:
    for _ in range(10):
        password_step(client, "nobody", "wrong")
    assert "Too many wrong tries" in password_step(client, "nobody", "wrong").content.decode()


def test_a_right_password_forgets_the_wrong_ones_before_it(client, mina) -> None:
    for _ in range(9):
        password_step(client, "mina", "wrong")
    password_step(client, "mina")
    assert not SignInTries.objects.exists()


def test_a_lock_ends_after_a_quarter_of_an_hour_and_tries_do_not_prolong_it() -> None:
    start, pair = timezone.now(), {"username": "mina", "address": "203.0.113.9"}
    taken = [take_password_try(**pair, now=start + timedelta(minutes=minute)) for minute in range(10)]
    assert all(taken)
    assert not take_password_try(**pair, now=start + timedelta(minutes=23))
    assert take_password_try(**pair, now=start + timedelta(minutes=9 + 15))


def test_wrong_codes_lock_the_person_even_from_many_addresses_and_the_password_does_not_clear_them() -> None:
    now = timezone.now()
    taken = [take_code_try(user_id=1, address=f"203.0.113.{number}", now=now) for number in range(31)]
    assert taken == [True] * 30 + [False]


def test_ten_wrong_codes_lock_the_next_right_one(client, mina) -> None:
    with_app(mina)
    password_step(client, "mina")
    for _ in range(10):
        code_step(client, "000000")
        password_step(client, "mina")
    assert "Too many wrong tries" in code_step(client, code_of()).content.decode()


def test_a_lead_without_a_factor_is_led_to_set_one_up_and_then_is_in(client, lena) -> None:
    password_step(client, "lena")
    assert client.get("/queue/").url == "/settings/second/"
    client.get("/settings/second/app/")
    secret = client.session["mfa.totp.secret"]
    assert client.post("/settings/second/app/", {"code": code_of(secret)}).url == "/settings/second/codes/"
    assert is_in(client)
    later = Client()
    password_step(later, "lena")
    code_step(later, code_of(secret))
    assert not is_in(later), "the code that set the app up is spent"


def test_whoever_becomes_a_lead_while_signed_in_owes_a_factor_from_the_next_request(
    client, mina, settings
) -> None:
    settings.AMENDS_SECOND_FACTOR = "required"
    password_step(client, "mina")
    assert is_in(client)
    User.objects.update(role=Role.LEAD)
    assert client.get("/queue/").url == "/settings/second/"
    with_app(mina)
    assert client.get("/queue/?view=due").url == "/settings/second/again/?next=%2Fqueue%2F%3Fview%3Ddue"
    client.post("/settings/second/again/", {"code": code_of(), "next": "/queue/"})
    assert is_in(client)


def test_the_last_factor_stays_with_whoever_must_have_one(client, lena) -> None:
    with_app(lena)
    password_step(client, "lena")
    code_step(client, code_of())
    assert client.get("/settings/second/app/remove/").url.startswith("/settings/second/again/")
    client.post("/settings/second/again/", {"code": code_of(ahead=1), "next": "/settings/"})
    client.post("/settings/second/app/remove/")
    assert Authenticator.objects.filter(type="totp").exists()
    User.objects.update(role=Role.AGENT)
    client.post("/settings/second/app/remove/")
    assert not Authenticator.objects.exists()


def test_a_broken_answer_of_a_passkey_is_refused_in_words(client, mina) -> None:
    for credential in (
        "",
        "{}",
        "[]",
        "null",
        '{"id": "x", "rawId": "x", "response": {"userHandle": null}}',
        "\x00",
    ):
        client.get("/sign-in/passkey/", HTTP_ACCEPT="application/json")
        assert client.post("/sign-in/passkey/", {"credential": credential}).url == "/sign-in/"
    assert "That did not sign you in." in client.get("/sign-in/").content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/signup/",
        "/sign-in/signup/",
        "/accounts/login/",
        "/accounts/email/",
        "/accounts/password/reset/",
    ],
)
def test_what_staff_do_not_need_of_the_library_has_no_address(client, path) -> None:
    assert client.get(path).status_code == 404
