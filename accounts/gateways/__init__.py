"""Ways to take money: one protocol, one module per gateway. `open_gateway` chooses by the merchant's setup."""

from ..models import Gateway as Kind
from ..models import GatewaySetup
from ..sealed import seal, unseal
from .portone import PortOneGateway
from .protocol import (
    Gateway,
    GatewayAway,
    GatewayRefused,
    GivenBack,
    Keys,
    NotAuthentic,
    Opened,
    Order,
    Outcome,
    Said,
)
from .sandbox import SandboxGateway
from .stripe import StripeGateway
from .toss import TossGateway

__all__ = [
    "Gateway",
    "GatewayAway",
    "GatewayRefused",
    "GivenBack",
    "Keys",
    "NotAuthentic",
    "Opened",
    "Order",
    "Outcome",
    "Said",
    "open_gateway",
    "seal_key",
]

_ADAPTERS = {Kind.STRIPE: StripeGateway, Kind.TOSS: TossGateway, Kind.PORTONE: PortOneGateway}


def open_gateway(setup: GatewaySetup) -> Gateway:
    """The adapter of a setup with its keys in clear. Raises NotSealedHere when they do not open."""
    keys = Keys(
        public=setup.public_key,
        secret=_open_key(setup, "secret"),
        webhook_secrets=tuple(
            filter(None, (_open_key(setup, name) for name in ("webhook_secret", "previous_webhook_secret")))
        ),
    )
    if setup.gateway == Kind.SANDBOX:
        return SandboxGateway(keys, merchant_id=setup.merchant_id)
    return _ADAPTERS[setup.gateway](keys)


def seal_key(value: str, *, setup: GatewaySetup, name: str) -> bytes:
    """For `GatewaySetup.secret` and its webhook secrets."""
    return seal(value.encode(), context=_context(setup, name))


def _open_key(setup: GatewaySetup, name: str) -> str:
    sealed = getattr(setup, name)
    return unseal(sealed, context=_context(setup, name)).decode() if sealed else ""


def _context(setup: GatewaySetup, name: str) -> str:
    """The two webhook secrets share a place, since one becomes the other."""
    place = name.removeprefix("previous_")
    return f"gatewaysetup.{place}|{setup.merchant_id}|{setup.gateway}"
