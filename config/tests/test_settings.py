"""What the settings refuse and what they promise to browsers and brokers."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from config import keys
from config.celery import TICKS, app
from config.embedded import ROOT

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


def production(folder, **names):
    """The environment of a production installation, less what `names` sets to None."""
    key_file = folder / "keys.json"
    key_file.write_text(keys.fresh_keys())
    given = {
        "PATH": os.environ["PATH"],
        "AMENDS_ENV": "production",
        "AMENDS_VAR_DIR": str(folder / "var"),
        "AMENDS_KEYS_FILE": str(key_file),
        "SECRET_KEY": keys.fresh_secret_key(),
        "DATABASE_URL": "postgresql://amends@db.internal/amends",
        "REDIS_URL": "redis://redis.internal/0",
        "ALLOWED_HOSTS": "amends.example",
        "EMAIL_URL": "smtp+tls://mail.internal:587",
    }
    return {name: value for name, value in (given | names).items() if value is not None}


def check(environment):
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_production_installation_passes_the_deployment_check(folder):
    done = check(production(folder))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"])
def test_production_makes_nothing_up(folder, name):
    done = check(production(folder, **{name: None}))
    assert f"{name} must be set in production" in done.stderr


def test_production_asks_for_its_key_file(folder):
    done = check(production(folder, AMENDS_KEYS_FILE=str(folder / "none.json")))
    assert "python -m config.keys" in done.stderr
    assert not (folder / "none.json").exists()


def test_a_broken_key_file_is_refused(folder):
    broken = folder / "broken.json"
    broken.write_text(json.dumps({"current": "k2", "keys": {"k1": "c2hvcnQ="}, "index": "c2hvcnQ="}))
    done = check(production(folder, AMENDS_KEYS_FILE=str(broken)))
    assert (
        "current names no key; k1 is not 32 bytes in base64; index is not 32 bytes in base64" in done.stderr
    )


def test_a_database_that_is_not_postgresql_is_refused(folder):
    done = check(production(folder, DATABASE_URL="sqlite:///x"))
    assert "must name a PostgreSQL database" in done.stderr


def test_development_makes_its_secrets_once_and_for_its_owner_alone(folder, environment):
    ask = [
        sys.executable,
        "-c",
        "from config import settings; print(settings.SECRET_KEY, settings.AMENDS_KEYS)",
    ]
    first, second = (subprocess.check_output(ask, cwd=ROOT, env=environment) for _ in range(2))
    assert first == second
    assert {
        path.stat().st_mode & 0o777 for path in map((folder / "var").joinpath, ("secret-key", "keys.json"))
    } == {0o600}


@pytest.mark.django_db
def test_every_answer_carries_the_policy(client):
    answer = client.get("/admin/login/")
    assert set(answer["Content-Security-Policy"].split("; ")) == POLICY
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"


def test_tasks_survive_what_they_can():
    configured = app.conf
    assert (configured.task_acks_late, configured.task_reject_on_worker_lost) == (True, True)
    assert configured.worker_prefetch_multiplier == 1
    assert (configured.task_time_limit, configured.task_soft_time_limit) == (60, 45)
    assert configured.broker_transport_options["visibility_timeout"] > configured.task_time_limit
    assert configured.result_backend is None


def test_every_tick_has_its_task():
    app.loader.import_default_modules()
    assert set(TICKS) <= set(app.tasks)


def test_a_tick_expires_before_the_next():
    assert all(entry["options"]["expires"] <= entry["schedule"] for entry in app.conf.beat_schedule.values())


def test_sessions_need_no_redis():
    assert settings.SESSION_ENGINE == "django.contrib.sessions.backends.db"
