"""Real servers for the tests: one PostgreSQL and one Redis for the run, gone with it.

They start when this file is imported: the settings read their addresses, and the apps' conftests import models.
"""

import os
import shutil
import tempfile
from importlib import import_module
from pathlib import Path

import django
import pytest

from config import embedded

ROOM_WANTED = 2 * 2**30
_uses: list[embedded.Use] = []


def pytest_unconfigure() -> None:
    while _uses:
        _uses.pop().close(wait=30)
    shutil.rmtree(os.environ["AMENDS_VAR_DIR"], ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    """The test database, with its append-only tables open to the TRUNCATE between transactional tests."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
            FROM pg_trigger WHERE tgname LIKE '%is_never_truncated'
            """
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


@pytest.fixture
def at_the_worlds_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    """The business clock stands at the instant of the tests' worlds, and nothing is remembered from another test."""
    from django.core.cache import cache

    from accounts.tests.factories import NOW
    from common import clock

    monkeypatch.setattr(clock, "now", lambda: NOW)
    cache.clear()


def _begin() -> None:
    var = Path(tempfile.mkdtemp(prefix="amends-test-", dir=_folder()))
    # The servers make it anew, passable for their own user.
    var.rmdir()
    os.environ |= {
        "AMENDS_VAR_DIR": str(var),
        "AMENDS_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    if "PYTEST_XDIST_WORKER" in os.environ and os.environ.pop("AMENDS_TEST_SERVERS", ""):
        # Those of the process that hands out the tests; each worker has its own.
        del os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
    # Leads of most tests sign in by password; those of signing in ask for the second factor themselves.
    os.environ.setdefault("AMENDS_SECOND_FACTOR", "optional")
    if embedded.wanted():
        _uses.append(embedded.use(var, temporary=True))
        os.environ.setdefault("DATABASE_URL", _uses[0].place.database_url)
        os.environ.setdefault("REDIS_URL", _uses[0].place.redis_url)
        os.environ["AMENDS_TEST_SERVERS"] = "ours"
    django.setup()
    # A session begins by a signal: a test that signs in before its first request needs the receiver too.
    import_module("accounts.views.sessions")


def _folder() -> str | None:
    """Memory when there is room: fsync stays on and costs nothing there."""
    memory = "/dev/shm"
    return memory if os.path.isdir(memory) and shutil.disk_usage(memory).free > ROOM_WANTED else None


_begin()
