"""Health, log lines, development's mail and the doctor."""

import json
import logging
import mailbox
import sys
from io import StringIO

import pytest
from django.core.mail import EmailMessage, get_connection
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from config import keys, logs


def test_alive_asks_nobody(client):
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_when_everything_is_there(client):
    assert client.get("/readyz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_not_ready_without_the_broker(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["checks"] == {"broker": "Redis does not answer."}


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(client):
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    assert "migrations" in client.get("/readyz").json()["checks"]


@pytest.mark.django_db
def test_a_healthy_installation_is_told_so():
    said = StringIO()
    call_command("doctor", stdout=said)
    assert {line.split()[0] for line in said.getvalue().splitlines()} == {"ok"}


@pytest.mark.django_db
def test_the_doctor_names_what_is_wrong_and_what_to_do(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", stdout=said)
    assert ended.value.code == 1
    assert "FAIL  redis: Redis does not answer. Check REDIS_URL, and that the server runs." in said.getvalue()


@pytest.mark.django_db
def test_the_doctor_sees_keys_that_others_can_read(settings):
    settings.KEYS_FILE.chmod(0o644)
    said = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=said)
    settings.KEYS_FILE.chmod(0o600)
    assert "FAIL  encryption keys" in said.getvalue()


def line(message, *values, error=None):
    record = logging.LogRecord("amends", logging.WARNING, __file__, 1, message, values, error)
    return json.loads(logs.JsonFormatter().format(record))


def test_a_log_line_never_holds_a_customers_link():
    assert line("Not Found: %s", "/r/c2VjcmV0.dG9rZW4/pay/?a=1")["message"] == "Not Found: /r/…/pay/?a=1"


def test_a_log_line_never_holds_the_values_of_a_refused_row():
    refusal = "duplicate key\nDETAIL:  Key (email)=(ana@example.com) already exists.\n"
    try:
        raise ValueError(refusal)
    except ValueError:
        told = line("It failed", error=sys.exc_info())
    assert "duplicate key" in told["error"]
    assert "ana@example.com" not in told["error"]


def test_mail_in_development_is_a_file_of_a_maildir(settings, tmp_path):
    settings.MAILDIR = tmp_path / "mail"
    message = EmailMessage("안녕하세요", "본문", "amends@localhost", ["ana@example.com"])
    sent = get_connection("config.maildir.EmailBackend").send_messages([message])
    (kept,) = mailbox.Maildir(tmp_path / "mail")
    assert sent == 1
    assert kept["To"] == "ana@example.com"
    assert kept.get_payload(decode=True).decode().strip() == "본문"


def test_a_secret_is_made_by_the_first_who_asks(tmp_path):
    first = keys.read_or_make(tmp_path / "key", lambda: "one")
    second = keys.read_or_make(tmp_path / "key", lambda: "other")
    assert first == second == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_fresh_key_file_is_whole():
    assert keys.check_keys(json.loads(keys.fresh_keys())) == []
