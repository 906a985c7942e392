"""An instance of the product with real processes that can be killed, and a gateway that remembers what it was given."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from config.embedded import ROOT

PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines() if line)


class Instance:
    """Processes of one AMENDS_VAR_DIR, each in a group of its own, so that `kill` takes it whole."""

    def __init__(self, environment: dict[str, str]) -> None:
        scripts = str(Path(sys.executable).parent)
        self.environment = environment | {"PATH": f"{scripts}:{environment['PATH']}"}
        self.running: dict[str, subprocess.Popen] = {}

    def manage(self, *arguments: str, text: str | None = None) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, input=text, capture_output=True, text=True, timeout=180
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def start(self, name: str, *, kind: str) -> None:
        log = open(Path(self.environment["AMENDS_VAR_DIR"]) / f"{name}.log", "a")  # noqa: SIM115 the process keeps it
        self.running[name] = subprocess.Popen(
            ["bash", "-c", f"exec {PROCFILE[kind]}"],
            cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)


class Gateway:
    """A provider that drops a repeated key. `first_seen`: when each key came first (monotonic); `calls`: every call."""

    def __init__(self, *, seconds_a_call: float) -> None:
        manager = multiprocessing.Manager()
        self._manager, self._calls = manager, manager.list()
        started = manager.Queue()
        self._process = multiprocessing.Process(target=_serve, args=[started, self._calls, seconds_a_call])
        self._process.start()
        self.url = f"http://127.0.0.1:{started.get(timeout=20)}"

    @property
    def calls(self) -> list[tuple[str, str, float]]:
        """(key, address, monotonic instant of arrival) of every call."""
        return list(self._calls)

    def close(self) -> None:
        self._process.terminate()
        self._process.join()
        self._manager.shutdown()


def _serve(started, calls, seconds_a_call: float) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            arrived = time.monotonic()
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            calls.append((body["key"], body["to"], arrived))
            time.sleep(seconds_a_call)
            answer = json.dumps({"id": f"gw-{body['key']}"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    started.put(server.server_address[1])
    server.serve_forever()


def push(port: int, key: str, events: Sequence[dict] | dict, *, patience: float = 60) -> dict:
    """Send until it is acknowledged, as a merchant's client does; the same body each time. Answers the body."""
    body = json.dumps(events if isinstance(events, dict) else {"events": list(events)}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    deadline = time.monotonic() + patience
    while True:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/events/", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            if refusal.code not in (429, 503):
                raise
        except OSError:
            pass
        assert time.monotonic() < deadline, "never acknowledged"
        time.sleep(0.1)


def wait_until(condition, *, seconds: float, every: float = 0.5):
    """The first true answer of `condition`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(every)
    return answer
