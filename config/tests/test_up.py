"""`manage.py up` with real processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from config.embedded import ROOT

ENDS_WITHIN = 45


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def up(environment, port):
    command = [sys.executable, "manage.py", "up", "--no-sample", "--port", str(port)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def read_until(program, word):
    lines = []
    for line in program.stdout:
        lines.append(line)
        if word in line:
            return "".join(lines)
    pytest.fail(f"{word!r} was never said:\n{''.join(lines)}")


def get(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer)


def processes_of(environment):
    """Command lines of all that names this instance's folder, in its arguments or its environment."""
    mark, found = environment["AMENDS_VAR_DIR"].encode(), []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as line, open(f"/proc/{pid}/environ", "rb") as names:
                said, known = line.read(), names.read()
        except OSError:
            continue
        if int(pid) != os.getpid() and (mark in said or b"AMENDS_VAR_DIR=" + mark in known) and said:
            found.append(said.replace(b"\0", b" ").decode())
    return found


def wait_for_none(environment):
    deadline = time.monotonic() + 20
    while left := processes_of(environment):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


@pytest.fixture
def running(environment):
    """A started instance: (program, port, what it said)."""
    port = free_port()
    program = up(environment, port)
    said = read_until(program, "Ctrl-C ends it")
    yield program, port, said
    if program.poll() is None:
        program.send_signal(signal.SIGINT)
    program.stdout.read()
    program.wait(ENDS_WITHIN)


def test_it_serves_and_ends_cleanly(running, environment):
    program, port, said = running
    health, readiness = get(port, "/healthz"), get(port, "/readyz")
    program.send_signal(signal.SIGINT)
    program.wait(ENDS_WITHIN)

    assert f"http://localhost:{port}/" in said
    assert "admin / " in said
    assert health == readiness == (200, {"status": "ok"})
    assert program.returncode == 0
    assert processes_of(environment) == []


def test_a_killed_program_leaves_nothing_running(running, environment):
    program, _, _ = running
    program.kill()
    program.wait()
    wait_for_none(environment)


def test_a_second_one_in_the_same_folder_is_refused(running, environment):
    _, port, _ = running
    second = up(environment, free_port())
    said = second.communicate(timeout=30)[0]
    assert second.returncode == 1
    assert f"port {port}" in said
    assert "AMENDS_VAR_DIR" in said


def test_a_web_server_that_dies_is_started_again(running, environment):
    program, port, _ = running
    web = next(
        int(pid)
        for pid in filter(str.isdigit, os.listdir("/proc"))
        if _parent_and_line(pid)[0] == program.pid and "granian" in _parent_and_line(pid)[1]
    )
    os.kill(web, signal.SIGKILL)
    read_until(program, "web started again")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            assert get(port, "/healthz")[0] == 200
            return
        except urllib.error.URLError:
            time.sleep(0.1)
    pytest.fail("the web did not come back")


def _parent_and_line(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat, open(f"/proc/{pid}/cmdline") as line:
            return int(stat.read().rpartition(")")[2].split()[1]), line.read()
    except OSError:
        return 0, ""


def test_a_port_in_use_is_refused_with_a_reason(environment):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        program = up(environment, port)
        said = program.communicate(timeout=30)[0]
    assert program.returncode == 1
    assert f"Port {port} cannot be used" in said


def test_a_command_alone_brings_the_servers_and_takes_them_away(environment):
    command = [sys.executable, "manage.py", "showmigrations", "sessions"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[ ] 0001_initial" in done.stdout
    wait_for_none(environment)


def test_a_killed_web_server_leaves_no_worker_that_keeps_the_port(environment):
    port = free_port()
    command = [f"{sys.prefix}/bin/granian", "--interface", "wsgi", "--port", str(port), "--workers", "2"]
    server = subprocess.Popen([*command, "config.wsgi:application"], cwd=ROOT, env=environment)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            assert get(port, "/healthz")[0] == 200
            break
        except urllib.error.URLError:
            time.sleep(0.1)
    server.kill()
    server.wait()
    wait_for_none(environment)
