"""A load that costs little itself: processes with kept connections that send ready-made requests."""

import multiprocessing
import socket
import time
from collections.abc import Sequence

PROCESSES = 2


def send_all(requests: Sequence[bytes], *, port: int, connections: int) -> float:
    """Send all requests over `connections` kept connections and wait for each answer; answers requests a second.

    Raises AssertionError for any answer but 200.
    """
    shares = [requests[part::PROCESSES] for part in range(PROCESSES)]
    with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
        start = time.perf_counter()
        pool.starmap(_send, [(share, port, max(1, connections // PROCESSES)) for share in shares])
        return len(requests) / (time.perf_counter() - start)


def post(path: str, body: bytes, *, key: str) -> bytes:
    """One request, ready to be written to a socket."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _send(requests: Sequence[bytes], port: int, connections: int) -> None:
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    for kept in sockets:
        kept.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for start in range(0, len(requests), connections):
        under_way = list(zip(sockets, requests[start : start + connections], strict=False))
        for kept, request in under_way:
            kept.sendall(request)
        for kept, _ in under_way:
            _await_200(kept)


def _await_200(kept: socket.socket) -> None:
    seen = b""
    while b"\r\n\r\n" not in seen:
        chunk = kept.recv(65536)
        assert chunk, f"the server closed the connection after {seen[:200]!r}"
        seen += chunk
    head, _, rest = seen.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), seen[:600]
    (length,) = [
        int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    ]
    while len(rest) < length:
        rest += kept.recv(1 << 20)
