"""One way to call a gateway: short timeouts, no redirects, no proxies from the environment, never inside a transaction."""

import time
from functools import cache
from typing import Any

import httpx
from django.db import connection, transaction

from .fields import loads, text
from .protocol import GatewayAway, GatewayRefused

TOTAL = 8.0
_TIMEOUT = httpx.Timeout(connect=2.0, write=2.0, read=6.0, pool=2.0)
_LARGEST_ANSWER = 256 * 1024

# Answers of the 4xx family after which the gateway may have done it all the same.
_UNDECIDED = frozenset({408, 409, 425, 429})


def ask(method: str, url: str, **request: Any) -> tuple[int, dict]:
    """Status and JSON object of the answer; 404 is an answer like any other.

    Raises GatewayRefused when it surely was not done: no connection, or another 4xx (`code: message` of its body).
    Raises GatewayAway when it may have been: a time-out, a lost connection, 5xx, or an answer that is no JSON object.
    """
    if connection.in_atomic_block:
        raise transaction.TransactionManagementError("No gateway is called inside a transaction.")
    try:
        status, content = _exchange(method, url, request)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise GatewayRefused(f"no connection: {error}"[:200]) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise GatewayAway(f"{type(error).__name__}: {error}"[:200]) from error
    if status >= 500 or status in _UNDECIDED or 300 <= status < 400:
        raise GatewayAway(f"HTTP {status}")
    body = loads(content)
    if not isinstance(body, dict):
        raise (
            GatewayRefused(f"HTTP {status}") if status >= 400 else GatewayAway("the answer is no JSON object")
        )
    if status >= 400 and status != 404:
        raise GatewayRefused(_reason(status, body))
    return status, body


def find(method: str, url: str, **request: Any) -> dict | None:
    """The object that was asked for; None for 404. A question that was refused says nothing: raises GatewayAway."""
    try:
        status, body = ask(method, url, **request)
    except GatewayRefused as refusal:
        raise GatewayAway(str(refusal)) from refusal
    return None if status == 404 else body


def post(url: str, *, content: bytes, headers: dict[str, str]) -> int:
    """Status of the answer to a callback of the sandbox. Raises GatewayAway."""
    try:
        return _exchange("POST", url, {"content": content, "headers": headers})[0]
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise GatewayAway(f"{type(error).__name__}: {error}"[:200]) from error


@cache
def _client() -> httpx.Client:
    limits = httpx.Limits(max_connections=20, max_keepalive_connections=5, keepalive_expiry=30)
    return httpx.Client(timeout=_TIMEOUT, limits=limits, follow_redirects=False, trust_env=False)


def _exchange(method: str, url: str, request: dict[str, Any]) -> tuple[int, bytes]:
    """A slow or endless answer counts as a time-out."""
    over = time.monotonic() + TOTAL
    with _client().stream(method, url, **request) as response:
        content = b""
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > _LARGEST_ANSWER or time.monotonic() > over:
                raise httpx.ReadTimeout("the answer is too long")
        return response.status_code, content


def _reason(status: int, body: dict) -> str:
    """The gateway's own words, wherever it puts them."""
    told = body.get("error") if isinstance(body.get("error"), dict) else body
    words = filter(None, (text(told, name) for name in ("code", "type", "message")))
    return f"HTTP {status} {': '.join(words)}"[:200]
