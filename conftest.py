"""Real servers for the tests: one PostgreSQL and one Redis for the run, gone with it."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from django.db import connection

from config import embedded

# Named here and not in pytest.ini: the settings read the servers' addresses, which must be there first.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["AMENDS_ENV"] = "test"

ROOM_WANTED = 2 * 2**30
_uses: list[embedded.Use] = []


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    var = Path(tempfile.mkdtemp(prefix="amends-test-", dir=_folder()))
    var.rmdir()
    os.environ["AMENDS_VAR_DIR"] = str(var)
    if embedded.wanted():
        use = embedded.use(var, temporary=True)
        _uses.append(use)
        os.environ.setdefault("DATABASE_URL", use.place.database_url)
        os.environ.setdefault("REDIS_URL", use.place.redis_url)


def pytest_unconfigure() -> None:
    while _uses:
        _uses.pop().close(wait=30)
    shutil.rmtree(os.environ["AMENDS_VAR_DIR"], ignore_errors=True)


def _folder() -> str | None:
    """Memory when there is room: fsync stays on and costs nothing there."""
    memory = "/dev/shm"
    return memory if os.path.isdir(memory) and shutil.disk_usage(memory).free > ROOM_WANTED else None


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Transactional tests empty the tables they used; in the product the append-only ones refuse even that."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) FROM pg_trigger"
            " WHERE tgname LIKE '%\\_is\\_never\\_truncated'"
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
