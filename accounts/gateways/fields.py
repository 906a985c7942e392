"""Reading other people's JSON: whatever is missing or of another kind reads as nothing."""

import json
from decimal import Decimal
from typing import Any


def loads(raw: bytes) -> Any:
    """The value with exact decimals; None for what is no JSON."""
    try:
        return json.loads(raw, parse_float=Decimal, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def at(value: Any, *path: str) -> Any:
    """What lies on that path of objects; None where it ends early."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def fields(value: Any, *path: str) -> dict:
    found = at(value, *path)
    return found if isinstance(found, dict) else {}


def text(value: Any, *path: str) -> str:
    """A text the database can hold: without U+0000 and halves of surrogate pairs."""
    found = at(value, *path)
    if not isinstance(found, str):
        return ""
    return found.encode("utf-8", "ignore").decode().replace("\0", "")


def whole(value: Any, *path: str) -> int:
    found = at(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0
