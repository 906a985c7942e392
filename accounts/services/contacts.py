"""Addresses of customers: sealed where they rest, found again by keyed fingerprint."""

from ..models import ContactPoint
from ..sealed import fingerprint, seal, unseal


def normalised(channel: str, value: str) -> str:
    """What two spellings of one address share: an e-mail without case, a phone number as E.164."""
    return value.strip().lower() if channel == "email" else value.strip()


def fingerprint_of(channel: str, value: str) -> bytes:
    """The same for every merchant, so that caps and suppressions hold for the person behind the address."""
    return fingerprint(normalised(channel, value), context=f"contact|{channel}")


def seal_address(*, customer_id: int, channel: str, value: str) -> bytes:
    return seal(value.encode(), context=_context(customer_id, channel))


def open_address(point: ContactPoint) -> str:
    """The address in clear; raises NotSealedHere if the value was moved or altered."""
    return unseal(point.sealed, context=_context(point.customer_id, point.channel)).decode()


def masked(channel: str, value: str) -> str:
    """As much of an address as tells it from another, and no more: s•••@example.com, +82••••••78."""
    if not value:
        return ""
    if channel == "email":
        name, _, host = value.partition("@")
        return f"{name[:1] if len(name) > 1 else ''}•••@{host}"
    return f"{value[:3]}••••••{value[-2:]}"


def _context(customer_id: int, channel: str) -> str:
    return f"contactpoint.sealed|{channel}|{customer_id}"
