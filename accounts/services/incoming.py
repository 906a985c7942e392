"""An event on its way in, and what became of it."""

import hashlib
from dataclasses import dataclass, field

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from ..event_reading import BadEvent, error, event_from, read_event
from ..event_shapes import AnyEvent


@dataclass(slots=True)
class Fate:
    """What became of one event. `status`: applied, duplicate, parked, pending or rejected.

    `outstanding_minor` is what the payment still owes after this call; `errors` say where a rejected event is wrong.
    """

    event_id: str | None
    status: str
    payment: str | None = None
    outstanding_minor: int | None = None
    errors: list[dict] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Incoming:
    """A well-formed event of one merchant. `body` is kept as received; `row_id` is its place in the inbox.

    `payment` is the reference of the payment it speaks of; empty for an event about a customer or the feed.
    """

    merchant_id: int
    event: AnyEvent
    payment: str
    body: bytes
    digest: bytes
    fate: Fate
    row_id: int | None = None
    is_stored: bool = False

    @property
    def rule(self) -> str:
        """By which rule its money was allocated to its payment, where it says so."""
        return getattr(self.event.data, "rule", "")

    def reject(self, pointer: str, code: str, detail: str) -> None:
        self.fate.status, self.fate.errors = "rejected", [error(pointer, code, detail)]


def arrive(merchant_id: int, item: bytes | dict) -> Incoming | Fate:
    """The event if it can be taken, else the fate of being refused."""
    try:
        event, canonical = event_from(item) if isinstance(item, dict) else read_event(item)
    except BadEvent as bad:
        return Fate(_readable_id(item), "rejected", errors=bad.errors)
    body = canonical if isinstance(item, dict) else bytes(item)
    return Incoming(
        merchant_id,
        event,
        payment_of(event),
        body,
        hashlib.sha256(canonical).digest(),
        Fate(event.id, "applied"),
    )


def payment_of(event: AnyEvent) -> str:
    return getattr(event.data, "payment", "")


class _OnlyId(Struct):
    id: str | None = None


_id_decoder = Decoder(_OnlyId)


def _readable_id(item: bytes | dict) -> str | None:
    """The id that a refused event gives itself, where it can be read, so that its sender can find it."""
    if isinstance(item, dict):
        return item["id"] if isinstance(item.get("id"), str) else None
    try:
        return _id_decoder.decode(item).id
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return None
