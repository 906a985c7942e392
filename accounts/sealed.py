"""Sealed values: AES-256-GCM with the place of the value bound in, and keyed fingerprints for exact look-up.

Layout: version byte 1 | length of key id | key id | nonce (12 bytes) | ciphertext with tag.
`context` is bound as associated data, so a ciphertext moved to another row, column or merchant does not open.
Keys come from settings.AMENDS_KEYS ({"current": id, "keys": {id: base64}, "index": base64}), never from SECRET_KEY.
"""

import base64
import hashlib
import hmac
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_VERSION = b"\x01"


class NotSealedHere(Exception):
    """The value does not open: another key, another place, or it was altered."""


def seal(plain: bytes, *, context: str) -> bytes:
    key_id = settings.AMENDS_KEYS["current"]
    nonce = os.urandom(12)
    return _header(key_id) + nonce + _cipher(key_id).encrypt(nonce, plain, context.encode())


def unseal(sealed: bytes | memoryview, *, context: str) -> bytes:
    """Raises NotSealedHere; never answers with anything but the plain value."""
    data = bytes(sealed)
    key_end = 2 + (data[1] if len(data) > 1 else 0)
    key_id, nonce, body = (
        data[2:key_end].decode("ascii", "replace"),
        data[key_end : key_end + 12],
        data[key_end + 12 :],
    )
    if data[:1] != _VERSION or key_id not in settings.AMENDS_KEYS["keys"]:
        raise NotSealedHere(f"unknown version or key {key_id!r} for {context.split('|')[0]}")
    try:
        return _cipher(key_id).decrypt(nonce, body, context.encode())
    except (InvalidTag, ValueError) as error:
        raise NotSealedHere(f"a value of {context.split('|')[0]} does not open") from error


def fingerprint(value: str, *, context: str) -> bytes:
    """A keyed digest of a normalised value: equal values of one context match, and nothing can be read from it."""
    return hmac.digest(_index_key(), f"{context}|{value}".encode(), hashlib.sha256)


@cache
def _header(key_id: str) -> bytes:
    return _VERSION + bytes([len(key_id)]) + key_id.encode("ascii")


@cache
def _cipher(key_id: str) -> AESGCM:
    return AESGCM(base64.b64decode(settings.AMENDS_KEYS["keys"][key_id]))


@cache
def _index_key() -> bytes:
    return base64.b64decode(settings.AMENDS_KEYS["index"])
