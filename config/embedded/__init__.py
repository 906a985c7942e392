"""PostgreSQL and Redis from Python wheels, for development and tests: real servers, nothing to install.

They serve one instance, the folder `AMENDS_VAR_DIR`, over Unix sockets. With `DATABASE_URL` and `REDIS_URL`
set, nothing here runs.
"""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from config.embedded.places import EmbeddedError, Place, place
from config.embedded.servers import answers

__all__ = ["EmbeddedError", "Place", "Use", "place", "use", "use_for_this_process", "wanted"]

ANSWER_WITHIN = 60.0
ROOT = Path(__file__).resolve().parent.parent.parent
_kept: list["Use"] = []


class Use:
    """A hold on the running servers: they stay while one process holds one."""

    def __init__(self, at: Place, lock: IO[str]) -> None:
        self.place = at
        self._lock = lock

    def close(self, *, wait: float = 0.0) -> None:
        """Let go; with `wait`, give the servers up to that many seconds to end (if nobody else uses them)."""
        self._lock.close()
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline and _supervised(self.place):
            time.sleep(0.05)


def wanted(environment: dict[str, str] | None = None) -> bool:
    """Is at least one of the two servers ours to run?"""
    environment = dict(os.environ) if environment is None else environment
    return not (environment.get("DATABASE_URL") and environment.get("REDIS_URL"))


def use(var: Path, *, temporary: bool = False) -> Use:
    """Join the running servers of `var`, or start them. Raises EmbeddedError with what to do."""
    at = place(var)
    clients = (at.var / "clients.lock").open("a")
    # Waits while a supervisor is stopping its servers: it holds this lock until it is gone.
    fcntl.flock(clients, fcntl.LOCK_SH)
    with (at.var / "start.lock").open("a") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        try:
            _join_or_start(at, temporary=temporary)
        except BaseException:
            clients.close()
            raise
    return Use(at, clients)


def use_for_this_process() -> None:
    """Hold the servers of this instance until the process ends; nothing when the environment names others."""
    if wanted() and not _kept:
        try:
            _kept.append(use(Path(os.environ.get("AMENDS_VAR_DIR") or ROOT / "var")))
        except EmbeddedError as problem:
            sys.exit(f"The embedded servers do not start. {problem}")


def _join_or_start(at: Place, *, temporary: bool) -> None:
    deadline = time.monotonic() + ANSWER_WITHIN
    while _supervised(at):
        # A supervisor that was just killed may be seen for a moment, and one may be starting a server again.
        if answers(at):
            return
        if time.monotonic() > deadline:
            raise EmbeddedError(f"They run but do not answer. See {at.logs}.")
        time.sleep(0.05)
    _start(at, temporary=temporary)


def _supervised(at: Place) -> bool:
    try:
        # Reading only: it must not come back while the folder is being removed.
        with (at.home / "supervisor.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (FileNotFoundError, NotADirectoryError):
        return False
    return False


def _start(at: Place, *, temporary: bool) -> None:
    command = [sys.executable, "-m", "config.embedded.supervisor", str(at.var)]
    if temporary:
        command.append("--temporary")
    at.logs.mkdir(mode=0o700, exist_ok=True)
    with (at.logs / "supervisor.log").open("a+") as log:
        log.seek(0, os.SEEK_END)
        said_before = log.tell()
        # In a session of its own: Ctrl-C is for the program, which lets go when it is done.
        child = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
        with child.stdout as words:
            ready = words.readline() == b"ready\n"
        if not ready:
            child.wait()
            log.seek(said_before)
            said = log.read().strip().splitlines()
            raise EmbeddedError(said[-1] if said else f"See {at.logs}.")
