"""What is handed to a channel, and the three answers a channel can give."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One rendered message. `ref` is the case number; `key` is derived from the message and never changes."""

    ref: str
    key: str
    to: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Handed:
    """The channel has it. `reference` is the provider's own, if it gave one."""

    reference: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel surely does not have it. `is_final`: asking again would get the same answer."""

    reason: str
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have left: a time-out, a lost connection or a fault after the request was out. Never guessed."""

    detail: str


class CannotLookUp(Exception):
    """The channel did not answer the question; it says nothing about the message."""


class Channel(Protocol):
    """One connection to one provider, kept open for a batch."""

    def send(self, outgoing: Outgoing) -> Handed | Refused | Unknown:
        """Hand one message over within 5 seconds. Never raises for what the network does."""

    def look_up(self, key: str, ref: str) -> Handed | None:
        """Whether the provider knows the key; None: it does not. Raises CannotLookUp."""

    def close(self) -> None:
        """Let go of the connection."""
