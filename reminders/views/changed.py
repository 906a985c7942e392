"""What has happened to a case since somebody read it: shown to whoever saves on what he read."""

from datetime import datetime

from accounts.views.wording import short_moment
from defaults.models import DefaultCase

from .event_words import EVENTS
from .wording import who

MOST_SHOWN = 8


def changed_since(case: DefaultCase, version: int, *, now: datetime) -> list[dict]:
    """Who did what when after this version, the latest first."""
    events = case.events.filter(seq__gt=version).order_by("-seq")[:MOST_SHOWN]
    return [
        {
            "when": short_moment(event.at, now=now),
            "who": who(event.actor),
            "what": EVENTS.get(event.kind, event.kind.replace("_", " ")),
            "why": event.reason if event.kind == "note" else "",
        }
        for event in events
    ]
