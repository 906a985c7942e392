"""The secret that a channel's provider signs its callbacks with, sealed where it rests."""

from accounts.sealed import seal, unseal

from ..models import ChannelSetup


def seal_secret(channel: str, secret: bytes) -> bytes:
    """For `ChannelSetup.secret`."""
    return seal(secret, context=_context(channel))


def open_secret(channel: str) -> bytes:
    """The secret in clear; empty, which authenticates nobody, while the channel has none."""
    setup = ChannelSetup.objects.filter(channel=channel, secret__isnull=False).first()
    return unseal(setup.secret, context=_context(channel)) if setup else b""


def _context(channel: str) -> str:
    return f"channelsetup.secret|{channel}"
