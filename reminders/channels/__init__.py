"""The means of sending: one class per kind of provider, chosen by `ChannelSetup.adapter`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from ..models import ChannelSetup
from .email import EmailChannel
from .http import HttpChannel
from .outgoing import CannotLookUp, Channel, Handed, Outgoing, Refused, Unknown
from .record import RecordChannel

__all__ = [
    "CannotLookUp",
    "Channel",
    "Handed",
    "OpenChannel",
    "Outgoing",
    "Refused",
    "Unknown",
    "open_channels",
]

# A key is trusted for this many seconds less than the provider says it remembers it.
MARGIN = 120.0


@dataclass(frozen=True, slots=True)
class OpenChannel:
    """A channel that is ready, what its provider remembers of a key (`ChannelSetup.Memory`), and for how long."""

    memory: str
    channel: Channel
    remembers_seconds: float = 0


@contextmanager
def open_channels() -> Iterator[dict[str, OpenChannel]]:
    """Every channel that is set up and not paused, by name, with connections kept for the block."""
    setups = ChannelSetup.objects.filter(paused_at=None)
    opened = {
        setup.channel: OpenChannel(setup.memory, _adapter(setup), setup.remembers_minutes * 60 - MARGIN)
        for setup in setups
    }
    try:
        yield opened
    finally:
        for one in opened.values():
            one.channel.close()


def _adapter(setup: ChannelSetup) -> Channel:
    if setup.adapter == ChannelSetup.Adapter.EMAIL:
        domain = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
        return EmailChannel(domain=domain, sender=settings.DEFAULT_FROM_EMAIL)
    if setup.adapter == ChannelSetup.Adapter.HTTP:
        return HttpChannel(url=setup.url)
    return RecordChannel()
