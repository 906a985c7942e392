"""A sweep that calls gateways must end before its task is killed, however slow they are."""

from collections.abc import Iterable, Iterator
from time import monotonic
from typing import TypeVar

Item = TypeVar("Item")

SECONDS = 30.0


def within(seconds: float, items: Iterable[Item]) -> Iterator[Item]:
    """These items, until that many seconds are over; what is left is found by the next sweep."""
    end = monotonic() + seconds
    for item in items:
        yield item
        if monotonic() > end:
            return
