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

__all__ = ["CannotLookUp", "Channel", "Handed", "OpenChannel", "Outgoing", "Refused", "Unknown", "open_channels"]


@dataclass(frozen=True, slots=True)
class OpenChannel:
    """A channel that is ready, and what its provider remembers of a key (`ChannelSetup.Memory`)."""

    memory: str
    channel: Channel


@contextmanager
def open_channels() -> Iterator[dict[str, OpenChannel]]:
    """Every channel that is set up, by name, with connections kept for the block."""
    opened = {setup.channel: OpenChannel(setup.memory, _adapter(setup)) for setup in ChannelSetup.objects.all()}
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
