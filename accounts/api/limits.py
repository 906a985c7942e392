"""A token bucket per key: settings.AMENDS_RATE_PER_SECOND refills it, settings.AMENDS_RATE_BURST is its size.

Each web process keeps its own buckets: intake must not depend on Redis, and a row in PostgreSQL for each request
would cost more than what it protects. With n processes a key may therefore reach up to n times the rate.
Headers as in draft-ietf-httpapi-ratelimit-headers.
"""

import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from django.conf import settings

from common.problems import Problem

MOST_BUCKETS = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


_buckets: OrderedDict[str, _Bucket] = OrderedDict()
_lock = threading.Lock()


def spend(holder: str) -> dict[str, str]:
    """Take one token of `holder`'s bucket; answers the headers to send along. Raises Problem 429 when it is empty."""
    rate, burst = float(settings.AMENDS_RATE_PER_SECOND), int(settings.AMENDS_RATE_BURST)
    now = time.monotonic()
    with _lock:
        bucket = _buckets.pop(holder, None) or _Bucket(burst, now)
        bucket.tokens = min(burst, bucket.tokens + (now - bucket.at) * rate)
        bucket.at = now
        allowed = bucket.tokens >= 1
        bucket.tokens -= allowed
        _buckets[holder] = bucket
        if len(_buckets) > MOST_BUCKETS:
            _buckets.popitem(last=False)
        left = bucket.tokens
    headers = _headers(left, rate=rate, burst=burst)
    if not allowed:
        wait = max(1, math.ceil((1 - left) / rate))
        detail = f"This key may send {rate:g} requests a second, {burst} at once."
        raise Problem(
            status=429, code="too_many_requests", detail=detail, headers=headers | {"Retry-After": str(wait)}
        )
    return headers


def _headers(left: float, *, rate: float, burst: int) -> dict[str, str]:
    full_in = math.ceil((burst - left) / rate)
    return {
        "RateLimit-Policy": f'"default";q={burst};w={math.ceil(burst / rate)}',
        "RateLimit": f'"default";r={int(left)};t={full_in}',
    }
