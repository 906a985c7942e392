import pytest
from django.core.mail import EmailMessage, get_connection

from defaults.tests.showcase import admin, staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mailbox(settings, tmp_path) -> None:
    settings.EMAIL_BACKEND, settings.MAILDIR = "config.maildir.EmailBackend", tmp_path / "mail"


def send(subject: str, body: str = "본문 <b>입니다</b>") -> None:
    get_connection().send_messages([EmailMessage(subject, body, "amends@localhost", ["reader@example.com"])])


@pytest.fixture
def boss(client):
    client.force_login(admin())
    return client


def test_letters_are_listed_the_newest_first_and_read_as_text(boss) -> None:
    send("first")
    send("둘째")
    page = boss.get("/mail/")
    assert [letter["subject"] for letter in page.context["letters"]] == ["둘째", "first"]
    key = page.context["letters"][0]["key"]
    assert "본문 &lt;b&gt;입니다&lt;/b&gt;" in boss.get(f"/mail/{key}/").content.decode()


@pytest.mark.parametrize("key", ["nothing", "..", "%2e%2e%2fkeys.json", "1.M2P3.host"])
def test_a_key_that_is_none_is_not_found(boss, key) -> None:
    send("first")
    assert boss.get(f"/mail/{key}/").status_code == 404


def test_who_may_not_see_every_merchant_has_no_mailbox(client) -> None:
    client.force_login(staff())
    assert client.get("/mail/").status_code == 404
    assert b'href="/mail/"' not in client.get("/queue/").content


def test_with_a_real_mail_server_there_is_no_mailbox(boss, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert boss.get("/mail/").status_code == 404
