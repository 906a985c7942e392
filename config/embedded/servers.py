"""PostgreSQL and Redis as child processes of the supervisor: start, wait until ready, stop."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg2
from psycopg2 import sql

from config.embedded import places
from config.embedded.places import EmbeddedError, Place

READY_WITHIN = 60.0
STOPPED_WITHIN = 20.0
PR_SET_PDEATHSIG = 1
POSTGRES_MAJOR = "18"


def start_postgres(at: Place) -> subprocess.Popen:
    """A running server with the database `amends` in it, owned by the role `amends` (no superuser)."""
    programs = places.postgres_programs(at)
    _make_cluster(at, programs)
    _clear_postgres_leftovers(at)
    command = [str(programs / "postgres"), "-D", str(at.data.resolve())]
    for name, value in _postgres_settings(at).items():
        command += ["-c", f"{name}={value}"]
    deadline = time.monotonic() + READY_WITHIN
    while True:
        server = _spawn(
            command, log=at.logs / "postgres.log", user=at.user, cwd=at.data, when_orphaned=signal.SIGINT
        )
        if _wait(server, lambda: _postgres_answers(at), until=deadline):
            break
        # Backends of a killed postmaster may hold its shared memory for a moment longer.
        if time.monotonic() > deadline - READY_WITHIN + 10:
            raise EmbeddedError(
                f"PostgreSQL does not start. Its last words are in {at.logs / 'postgres.log'}."
            )
        time.sleep(0.3)
    _make_database(at)
    return server


def start_redis(at: Place) -> subprocess.Popen:
    """A running server; a broken append-only file is set aside, for no work lives in Redis alone."""
    folder = at.var / "redis"
    for attempt in range(2):
        folder.mkdir(mode=0o700, exist_ok=True)
        (at.sockets / "redis.sock").unlink(missing_ok=True)
        server = _spawn(_redis_command(at, folder), log=at.logs / "redis.log", user=None, cwd=folder,
                        when_orphaned=signal.SIGTERM)  # fmt: skip
        if _wait(server, lambda: _redis_answers(at), until=time.monotonic() + READY_WITHIN):
            return server
        stop(server, signal.SIGKILL)
        if attempt == 0:
            folder.rename(folder.with_name(f"redis.broken-{time.time_ns()}"))
    raise EmbeddedError(f"Redis does not start. Its last words are in {at.logs / 'redis.log'}.")


def answers(at: Place) -> bool:
    """Do both servers answer right now?"""
    return _postgres_answers(at) and _redis_answers(at)


def stop(server: subprocess.Popen, how: signal.Signals) -> None:
    """End `server` with its own signal; kill it when it does not listen."""
    if server.poll() is None:
        server.send_signal(how)
        try:
            server.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def dies_with_parent(how: signal.Signals, *, parent: int | None = None) -> Callable[[], None]:
    """For `preexec_fn`: the child gets `how` when its parent dies, however it dies (Linux only).

    Runs after the change of user, which would clear it. `parent` is this process unless said.
    """
    libc, parent = ctypes.CDLL(None), parent or os.getpid()

    def ask() -> None:
        if hasattr(libc, "prctl"):
            libc.prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _spawn(command: list[str], *, log: Path, user: tuple[int, int] | None, cwd: Path, when_orphaned: signal.Signals
           ) -> subprocess.Popen:  # fmt: skip
    as_user = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}
    with log.open("ab") as output:
        return subprocess.Popen(
            command, cwd=cwd, env=_environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            preexec_fn=dies_with_parent(when_orphaned), umask=0o077, **as_user,
        )  # fmt: skip


def _environment() -> dict[str, str]:
    """Nothing of ours: a PGDATA or a secret of the caller is none of a server's business."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _wait(server: subprocess.Popen, ready: Callable[[], bool], *, until: float) -> bool:
    while server.poll() is None and time.monotonic() < until:
        if ready():
            return True
        time.sleep(0.02)
    return False


def _make_cluster(at: Place, programs: Path) -> None:
    if at.data.exists():
        found = (at.data / "PG_VERSION").read_text().strip()
        if found != POSTGRES_MAJOR:
            raise EmbeddedError(f"{at.data} was made by PostgreSQL {found}; dump it there, load it here.")
        return
    fresh = at.home.resolve() / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    as_user = {"user": at.user[0], "group": at.user[1], "extra_groups": []} if at.user else {}
    made = subprocess.run(
        [str(programs / "initdb"), "-D", str(fresh), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C",
         "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"],
        env=_environment(), cwd=at.home.resolve(), capture_output=True, text=True, check=False, **as_user,
    )  # fmt: skip
    if made.returncode:
        raise EmbeddedError(f"initdb failed: {made.stderr.strip() or made.stdout.strip()}")
    # Renamed when whole: a start killed half-way leaves no half a cluster.
    fresh.rename(at.home.resolve() / "data")


def _postgres_settings(at: Place) -> dict[str, str]:
    shared_memory = shutil.disk_usage("/dev/shm").total if os.path.isdir("/dev/shm") else 0
    return {
        "listen_addresses": "",
        "unix_socket_directories": str(at.sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": "256MB",
        "dynamic_shared_memory_type": "posix" if shared_memory > 256 * 2**20 else "mmap",
        "max_wal_size": "2GB",
        # No page waits for helpers while a run has the processors, and nothing turns on a disk any more.
        "max_parallel_workers_per_gather": "0",
        "random_page_cost": "1.1",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
        # The statement and the detail of an error carry the personal data of the row.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }


def _clear_postgres_leftovers(at: Place) -> None:
    """What a crash left. We hold the cluster's lock, so a server still running in it is an orphan."""
    pid_file = at.data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        pid = 0
    if pid > 0 and _runs_in(pid, at.data.resolve()):
        _end_orphan(pid)
    pid_file.unlink(missing_ok=True)
    for leftover in at.sockets.glob(".s.PGSQL.*"):
        leftover.unlink()


def _runs_in(pid: int, data: Path) -> bool:
    """Is `pid` a PostgreSQL of `data`, and not a stranger to whom the number passed?"""
    listed = subprocess.run(
        ["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:
        arguments = listed.stdout
    return f"-D {data}" in arguments


def _end_orphan(pid: int) -> None:
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        deadline = time.monotonic() + 10
        try:
            os.kill(pid, how)
            while time.monotonic() < deadline:
                os.kill(pid, 0)
                time.sleep(0.05)
        except ProcessLookupError:
            return


def _connect(at: Place, database: str):
    return psycopg2.connect(host=str(at.sockets), user="postgres", dbname=database, connect_timeout=5)


def _postgres_answers(at: Place) -> bool:
    try:
        _connect(at, "postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def _make_database(at: Place) -> None:
    connection = _connect(at, "postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'amends'")
            if not cursor.fetchone():
                # CREATEDB for the test database, CREATEROLE for the role that reads the reporting views.
                cursor.execute("CREATE ROLE amends LOGIN CREATEDB CREATEROLE")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'amends'")
            if not cursor.fetchone():
                cursor.execute(sql.SQL("CREATE DATABASE amends OWNER amends"))
    finally:
        connection.close()


def _redis_command(at: Place, folder: Path) -> list[str]:
    return [
        str(places.redis_program()), "--port", "0", "--unixsocket", str(at.sockets / "redis.sock"),
        "--unixsocketperm", "700", "--dir", str(folder), "--appendonly", "yes", "--appendfsync", "everysec",
        "--save", "", "--maxmemory-policy", "noeviction", "--daemonize", "no",
    ]  # fmt: skip


def _redis_answers(at: Place) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(2)
            wire.connect(str(at.sockets / "redis.sock"))
            wire.sendall(b"PING\r\n")
            return wire.recv(16).startswith(b"+PONG")
    except OSError:
        return False
