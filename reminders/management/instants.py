"""Instants as people type them on a command line."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime


def instant(text: str) -> datetime:
    """ISO 8601 with an offset, as `2026-11-25T21:00+09:00`, in UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no instant: write it as 2026-11-25T21:00+09:00") from error
    if at.tzinfo is None:
        raise ArgumentTypeError(f"{text!r} has no offset: write it as 2026-11-25T21:00+09:00")
    return at.astimezone(UTC)
