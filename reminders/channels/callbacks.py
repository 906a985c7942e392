"""Signatures of delivery callbacks: HMAC-SHA256 over `<seconds>.<raw body>` with the channel's secret.

Header `Amends-Signature: t=<unix seconds>,v1=<hex>`; several `v1` may stand while a secret changes.
Signatures go by the real clock, never by the business clock.
"""

import hashlib
import hmac
import re

WINDOW = 300
_MOST_SIGNATURES = 5
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


def sign(raw: bytes, *, secret: bytes, at: int) -> str:
    """The header's value for a body as it stands on the wire."""
    return f"t={at},v1={_digest(raw, secret=secret, at=at)}"


def is_authentic(raw: bytes, *, header: str, secret: bytes, at: float) -> bool:
    """Whether a holder of `secret` signed exactly these bytes within WINDOW seconds of `at`, before or after."""
    stamps, signatures = [], []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t" and _SECONDS.fullmatch(value):
            stamps.append(int(value))
        elif name == "v1" and _HEX.fullmatch(value):
            signatures.append(value)
    if not secret or len(stamps) != 1 or not 0 < len(signatures) <= _MOST_SIGNATURES:
        return False
    if abs(at - stamps[0]) > WINDOW:
        return False
    expected = _digest(raw, secret=secret, at=stamps[0])
    # Every one is compared, so that the time tells nothing.
    return sum(hmac.compare_digest(expected, one) for one in signatures) > 0


def _digest(raw: bytes, *, secret: bytes, at: int) -> str:
    return hmac.new(secret, b"%d." % at + raw, hashlib.sha256).hexdigest()
