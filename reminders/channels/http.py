"""The generic HTTP gateway (docs: `POST {url}/messages`, `GET {url}/messages?ref=`).

The address is the operator's own setting, not a merchant's. No redirects, no proxies from the environment.
"""

import time
from urllib.parse import quote

import httpx
import msgspec

from .outgoing import CannotLookUp, Handed, Outgoing, Refused, Unknown

TOTAL = 5.0
_TIMEOUT = httpx.Timeout(connect=1.0, write=1.0, read=3.0, pool=0.0)
_LARGEST_ANSWER = 64 * 1024

# Answers of the 4xx family after which the gateway may have the message all the same.
_UNDECIDED = frozenset({408, 409, 425})


class _Answer(msgspec.Struct):
    id: str = ""


class _Known(msgspec.Struct):
    key: str
    id: str = ""


class HttpChannel:
    def __init__(self, *, url: str) -> None:
        self._url = url.rstrip("/") + "/messages"
        self._client = httpx.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False)

    def send(self, outgoing: Outgoing) -> Handed | Refused | Unknown:
        body = {
            "ref": outgoing.ref,
            "key": outgoing.key,
            "to": outgoing.to,
            "body": outgoing.body,
            "subject": outgoing.subject,
        }
        try:
            status, content = self._ask(
                "POST",
                self._url,
                content=msgspec.json.encode(body),
                headers={"Content-Type": "application/json", "Idempotency-Key": outgoing.key},
            )
        except httpx.ConnectError as error:
            return Refused(f"no connection: {error}"[:300])
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Unknown(f"{type(error).__name__}: {error}"[:300])
        if 200 <= status < 300:
            return Handed(reference=_reference(content))
        if 400 <= status < 500 and status not in _UNDECIDED:
            return Refused(f"HTTP {status}")
        return Unknown(f"HTTP {status}")

    def look_up(self, key: str, ref: str) -> Handed | None:
        try:
            status, content = self._ask("GET", f"{self._url}?ref={quote(ref, safe='')}")
            if status == 404:
                return None
            if status != 200:
                raise CannotLookUp(f"HTTP {status}")
            known = msgspec.json.decode(content, type=list[_Known])
        except (httpx.HTTPError, msgspec.MsgspecError) as error:
            raise CannotLookUp(f"{type(error).__name__}: {error}"[:300]) from error
        return next((Handed(reference=one.id[:200]) for one in known if one.key == key), None)

    def close(self) -> None:
        self._client.close()

    def _ask(self, method: str, url: str, **request) -> tuple[int, bytes]:
        """Status and body; a slow or endless answer counts as a time-out, for the lease is running."""
        over = time.monotonic() + TOTAL
        with self._client.stream(method, url, **request) as response:
            content = b""
            for chunk in response.iter_raw():
                content += chunk
                if len(content) > _LARGEST_ANSWER or time.monotonic() > over:
                    raise httpx.ReadTimeout("the answer is too long")
            return response.status_code, content


def _reference(content: bytes) -> str:
    """The gateway's own id, if its answer is a JSON object that has one."""
    try:
        return msgspec.json.decode(content, type=_Answer).id[:200]
    except msgspec.MsgspecError:
        return ""
