import os
import shutil
import tempfile
from pathlib import Path

import pytest

from config.embedded import place
from config.embedded.supervisor import remove

SHARED_MEMORY = "/dev/shm"


@pytest.fixture
def folder():
    """An empty folder that every user may pass through, unlike pytest's own."""
    where = SHARED_MEMORY if os.path.isdir(SHARED_MEMORY) else None
    made = Path(tempfile.mkdtemp(prefix="amends-config-", dir=where))
    made.chmod(0o711)
    yield made
    for var in list(made.rglob("clients.lock")):
        remove(place(var.parent))
    shutil.rmtree(made)


@pytest.fixture
def environment(folder):
    """What a new installation in `folder` finds: no servers named."""
    bare = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "PORT")
    }
    return bare | {"AMENDS_VAR_DIR": str(folder / "var"), "AMENDS_ENV": "development"}
