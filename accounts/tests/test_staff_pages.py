import pytest

from accounts.models import Merchant, User
from accounts.models.staff import Role
from accounts.tests.factories import merchant

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse-battery"


@pytest.fixture
def mina() -> User:
    return User.objects.create_user("mina", password=PASSWORD, language="en")


def test_signing_in_leads_to_the_page_that_was_asked_for(client, mina) -> None:
    answer = client.post(
        "/sign-in/?next=/queue/?view=due",
        {"username": "mina", "password": PASSWORD, "next": "/queue/?view=due"},
    )
    assert answer.url == "/queue/?view=due"


def test_signing_in_never_leads_to_another_host(client, mina) -> None:
    asked = {"username": "mina", "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post("/sign-in/", asked).url == "/queue/"


@pytest.mark.parametrize(
    "told", [{"username": "mina", "password": "wrong"}, {"username": "nobody", "password": "wrong"}]
)
def test_a_wrong_name_and_a_wrong_password_are_answered_alike(client, mina, told) -> None:
    page = client.post("/sign-in/", told).content.decode()
    assert "User name or password is not right." in page


def test_a_person_who_was_switched_off_is_out_at_the_next_request(client, mina) -> None:
    client.force_login(mina)
    assert client.get("/queue/").status_code == 200
    User.objects.update(is_active=False)
    assert client.get("/queue/").status_code == 302


def test_signing_out_takes_a_form_not_a_link(client, mina) -> None:
    client.force_login(mina)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").url == "/sign-in/"
    assert client.get("/queue/").status_code == 302


def test_the_admins_own_sign_in_is_not_a_second_door(client) -> None:
    assert client.get("/admin/login/?next=/admin/").url == "/sign-in/?next=/admin/"


def test_the_language_is_kept_with_the_person_and_an_unknown_one_is_not(client, mina) -> None:
    client.force_login(mina)
    client.post("/language/", {"language": "ko", "next": "/queue/"})
    client.post("/language/", {"language": "tlh", "next": "/queue/"})
    mina.refresh_from_db()
    assert mina.language == "ko"


def test_a_stranger_chooses_a_language_by_cookie(client) -> None:
    answer = client.post("/language/", {"language": "ko", "next": "https://evil.example/"})
    assert answer.url == "/"
    assert '<html lang="ko"' in client.get("/sign-in/").content.decode()


def test_a_person_sees_exactly_the_merchants_they_were_given(client, mina) -> None:
    given, _other = merchant("songbird"), merchant("papercut", name="Papercut")
    mina.merchants.add(given)
    client.force_login(mina)
    assert client.get("/queue/").context["merchants"] == [given]
    User.objects.update(role=Role.ADMIN)
    assert client.get("/queue/").context["merchants"] == list(Merchant.objects.all())


def test_a_person_without_a_merchant_is_told_whom_to_ask(client, mina) -> None:
    client.force_login(mina)
    assert b"Ask an administrator" in client.get("/queue/").content
