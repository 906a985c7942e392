"""A gateway on a real socket, as real ones behave: it answers, fails, is silent after doing it, and remembers keys."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: dict

    @property
    def user(self) -> str:
        """Of HTTP basic authentication."""
        return base64.b64decode(self.headers["authorization"].removeprefix("Basic ")).decode()


@dataclass
class Stub:
    """`answers`: by method and path prefix, what is done for a request. `mood`: what becomes of the answer.

    Moods: `well`; `silent` (does it, answers nothing in time); `failing` (500, nothing done); `halved` (no JSON).
    """

    url: str = ""
    mood: str = "well"
    asked: list[Asked] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    answers: dict[str, Callable[[Asked], tuple[int, dict]]] = field(default_factory=dict)
    remembered: dict[str, tuple[int, dict]] = field(default_factory=dict)

    def handle(self, asked: Asked) -> tuple[int, dict]:
        self.asked.append(asked)
        key = f"{asked.path} {asked.headers['idempotency-key']}" if "idempotency-key" in asked.headers else ""
        if key in self.remembered:
            return self.remembered[key]
        found = [name for name in self.answers if f"{asked.method} {asked.path}".startswith(name)]
        if not found:
            return 404, {"code": "NOT_FOUND"}
        answer = self.answers[max(found, key=len)](asked)
        self.done.append(asked.path)
        if key:
            self.remembered[key] = answer
        return answer


@contextmanager
def gateway_stub(*, silence: float = 0.6) -> Iterator[Stub]:
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self._serve("GET")

        def do_POST(self) -> None:
            self._serve("POST")

        def _serve(self, method: str) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if stub.mood == "failing":
                return self._answer(500, b'{"message": "our fault"}')
            status, body = stub.handle(_read(method, self.path, dict(self.headers), raw))
            if stub.mood == "silent":
                time.sleep(silence)
                self.close_connection = True
                return None
            content = json.dumps(body).encode()
            return self._answer(status, content[: len(content) // 2] if stub.mood == "halved" else content)

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()


def _read(method: str, target: str, headers: dict[str, str], raw: bytes) -> Asked:
    headers = {name.lower(): value for name, value in headers.items()}
    parts = urlsplit(target)
    if "json" in headers.get("content-type", ""):
        body = json.loads(raw)
    else:
        body = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return Asked(method, parts.path, query, headers, body)
