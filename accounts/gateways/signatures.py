"""Signatures of callbacks over the raw bytes: HMAC-SHA256, five minutes either way by the real clock.

Every signature is compared with every live secret in constant time, so that neither a place nor the time tells anything.
A header that is malformed in any way is a signature that does not match, never an error.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence

WINDOW = 300
MOST_SIGNATURES = 8
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ID = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


def is_stripe_signed(raw: bytes, *, header: str, secrets: Sequence[str], at: float) -> bool:
    """`Stripe-Signature: t=<seconds>,v1=<hex>[,v1=…]` over `<t>.<body>` (docs.stripe.com/webhooks/signature)."""
    stamps, shown = [], []
    for part in header[:4096].split(","):
        name, _, value = part.strip().partition("=")
        if name == "t" and _SECONDS.fullmatch(value):
            stamps.append(value)
        elif name == "v1" and _HEX.fullmatch(value):
            shown.append(value.encode())
    if len(stamps) != 1 or not _is_now(stamps[0], at):
        return False
    signed = stamps[0].encode() + b"." + raw
    expected = [_hmac(secret.encode(), signed).hex().encode() for secret in secrets if secret]
    return _any_equal(shown, expected)


def is_standard_signed(raw: bytes, *, headers: Mapping[str, str], secrets: Sequence[str], at: float) -> bool:
    """`webhook-signature: v1,<base64>[ v1,…]` over `<webhook-id>.<webhook-timestamp>.<body>` (Standard Webhooks 1.0.0)."""
    identity, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(identity) or not _SECONDS.fullmatch(stamp) or not _is_now(stamp, at):
        return False
    parts = headers.get("webhook-signature", "")[:4096].split(" ")
    shown = [part[3:].encode("utf-8", "replace") for part in parts if part.startswith("v1,")]
    return _any_equal(shown, standard_signatures(raw, identity=identity, stamp=stamp, secrets=secrets))


def standard_signatures(raw: bytes, *, identity: str, stamp: str, secrets: Sequence[str]) -> list[bytes]:
    """The base64 signature by each of these `whsec_…` secrets."""
    signed = f"{identity}.{stamp}.".encode() + raw
    keys = [_standard_key(secret) for secret in secrets if secret]
    return [base64.b64encode(_hmac(key, signed)) for key in keys if key]


def _standard_key(secret: str) -> bytes:
    """The bytes behind `whsec_<base64>`; a secret of another shape signs as it stands."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()


def _is_now(stamp: str, at: float) -> bool:
    return abs(at - int(stamp)) <= WINDOW


def _hmac(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, signed, hashlib.sha256)


def _any_equal(shown: Iterable[bytes], expected: Sequence[bytes]) -> bool:
    shown = list(shown)
    if not 0 < len(shown) <= MOST_SIGNATURES or not expected:
        return False
    return sum(hmac.compare_digest(one, other) for one in shown for other in expected) > 0
