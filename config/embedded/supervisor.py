"""`python -m config.embedded.supervisor VAR`: runs the servers of one instance for as long as somebody uses them.

Every process that uses the servers holds a shared lock on `clients.lock`; the kernel drops it however the
process ends. The supervisor stops the servers when it gets that lock exclusively, so a killed program leaves
nothing behind; and should the supervisor itself be killed, the servers die with it.
"""

import argparse
import fcntl
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import IO

from config.embedded import places, servers
from config.embedded.places import EmbeddedError, Place

LOOK_EVERY = 0.2
TAKEN_WITHIN = 5.0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("var", type=Path)
    parser.add_argument("--temporary", action="store_true", help="remove VAR at the end")
    options = parser.parse_args()
    at = places.place(options.var)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with (at.var / "clients.lock").open("a") as clients:
        try:
            _run(at, clients)
        except EmbeddedError as problem:
            print(problem, file=sys.stderr, flush=True)
            return 1
        finally:
            if options.temporary:
                remove(at)
    return 0


def remove(at: Place) -> None:
    """Take away everything an instance wrote."""
    if at.home.is_symlink():
        shutil.rmtree(at.home.resolve(), ignore_errors=True)
    shutil.rmtree(at.sockets, ignore_errors=True)
    shutil.rmtree(at.var, ignore_errors=True)


def _run(at: Place, clients: IO[str]) -> None:
    places.prepare(at)
    with (at.home / "supervisor.lock").open("a") as lock:
        _take(lock, at)
        running = {}
        try:
            running["postgres"] = servers.start_postgres(at)
            running["redis"] = servers.start_redis(at)
            # The word the waiting process reads.
            print("ready", flush=True)
            _watch(at, running, clients)
        finally:
            for name, how in (("redis", signal.SIGTERM), ("postgres", signal.SIGINT)):
                if name in running:
                    servers.stop(running[name], how)


def _take(lock: IO[str], at: Place) -> None:
    """The data is ours; somebody who only looks whether it is taken holds the lock for a moment too."""
    deadline = time.monotonic() + TAKEN_WITHIN
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise EmbeddedError(f"Another instance is using the data in {at.home.resolve()}.") from None
            time.sleep(0.02)


def _watch(at: Place, running: dict, clients) -> None:
    """Until nobody uses the servers; one that dies is started again."""
    while True:
        try:
            fcntl.flock(clients, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            time.sleep(LOOK_EVERY)
        for name, start in (("postgres", servers.start_postgres), ("redis", servers.start_redis)):
            if running[name].poll() is not None:
                running[name] = start(at)


if __name__ == "__main__":
    sys.exit(main())
