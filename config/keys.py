"""The installation's secrets: read from the environment's files, made once in development.

`python -m config.keys` prints a fresh key file for production.
"""

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def fresh_secret_key() -> str:
    return secrets.token_urlsafe(50)


def fresh_keys() -> str:
    """A key file: the encryption keys by name, which of them is current, and the key of the blind indexes."""
    return json.dumps({"current": "k1", "keys": {"k1": _fresh_key()}, "index": _fresh_key()}, indent=1) + "\n"


def read_or_make(path: Path, make: Callable[[], str]) -> str:
    """The text of `path`; made by the first process that asks, readable by its owner alone."""
    while True:
        try:
            return path.read_text()
        except FileNotFoundError:
            _write_once(path, make())


def check_keys(found: object) -> list[str]:
    """What is wrong with the content of a key file; empty when nothing is."""
    if not isinstance(found, dict) or not isinstance(found.get("keys"), dict):
        return ["it is no object with current, keys and index"]
    wrong = [] if found.get("current") in found["keys"] else ["current names no key"]
    for name, key in {**found["keys"], "index": found.get("index")}.items():
        try:
            length = len(base64.b64decode(key, validate=True))
        except (TypeError, ValueError):
            length = 0
        if length != 32:
            wrong.append(f"{name} is not 32 bytes in base64")
    return wrong


def _fresh_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _write_once(path: Path, text: str) -> None:
    """All of `text` or nothing: a second process must never read half a key or replace one in use."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


if __name__ == "__main__":
    print(fresh_keys(), end="")
