"""What customers ask of us about how and when they are written to (KR-HOURS, KR-CHANNEL: S-PDP 18, S-PDPD 17).

The limits of the Korean act are kept for everybody: beyond them nobody could be answered any more, and who wants no
messages at all has the stop.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time

from django.conf import settings
from django.db import transaction

from accounts.locks import take_contact_locks
from accounts.models import Channel, ContactPoint, ContactPreference
from accounts.services.persons import records_of

from .acts import Refused
from .holds import tell_cases

MOST_HOURS = 28
MOST_CHANNELS = 2
_DAY = 24 * 60
_WEEK = 7 * _DAY

Band = Mapping[str, object]


class PreferenceRefused(Refused):
    """`field` is the argument that was refused: language, blocked_channels or blocked_bands."""

    def __init__(self, field: str, code: str, detail: str):
        super().__init__(code, detail)
        self.field = field


def set_preferences(
    *,
    customer_id: int,
    now: datetime,
    actor: str,
    language: str | None = None,
    blocked_channels: Collection[str] | None = None,
    blocked_bands: Sequence[Band] | None = None,
) -> ContactPreference:
    """Keep what the customer wants; None leaves what was set, an empty value takes it back. What changes nothing is not told.

    `blocked_bands` as in ContactPreference; `until` at or before `from` runs into the next day.
    Raises PreferenceRefused: unknown_language, unknown_channel, too_many_channels, no_channel_left, bad_band, too_many_hours;
    OperationalError (55P03) while a message to the customer is being handed over.
    """
    chosen = _chosen(language, blocked_channels, blocked_bands)
    with transaction.atomic():
        take_contact_locks(records_of(customer_id))
        if chosen.get("blocked_channels"):
            _check_one_is_left(customer_id, chosen["blocked_channels"])
        kept, _ = ContactPreference.objects.get_or_create(customer_id=customer_id)
        changed = sorted(name for name, value in chosen.items() if getattr(kept, name) != value)
        if not changed:
            return kept
        for name in changed:
            setattr(kept, name, chosen[name])
        kept.save(update_fields=[*changed, "updated_at"])
        tell_cases(customer_id, kind="preferences_set", now=now, actor=actor, changed=changed)
    return kept


def blocked_minutes(bands: Sequence[Band]) -> int:
    """How many minutes of a week are closed; where bands overlap, once."""
    closed: set[int] = set()
    for band in bands:
        start, end = _minute(band["from"]), _minute(band["until"])
        length = (end - start) % _DAY or _DAY
        for day in band["days"]:
            first = day * _DAY + start
            closed.update(minute % _WEEK for minute in range(first, first + length))
    return len(closed)


def _chosen(
    language: str | None, channels: Collection[str] | None, bands: Sequence[Band] | None
) -> dict[str, object]:
    chosen: dict[str, object] = {}
    if language is not None:
        chosen["language"] = _checked_language(language)
    if channels is not None:
        chosen["blocked_channels"] = _checked_channels(channels)
    if bands is not None:
        chosen["blocked_bands"] = _checked_bands(bands)
    return chosen


def _checked_language(language: str) -> str:
    if language and language not in dict(settings.LANGUAGES):
        raise PreferenceRefused("language", "unknown_language", "We do not write in this language.")
    return language


def _checked_channels(channels: Collection[str]) -> list[str]:
    if unknown := sorted(set(channels) - set(Channel.values)):
        raise PreferenceRefused("blocked_channels", "unknown_channel", f"There is no means {unknown[0]!r}.")
    if len(set(channels)) > MOST_CHANNELS:
        raise PreferenceRefused(
            "blocked_channels", "too_many_channels", f"At most {MOST_CHANNELS} means can be closed."
        )
    return sorted(set(channels))


def _checked_bands(bands: Sequence[Band]) -> list[Band]:
    if not all(_is_band(band) for band in bands):
        raise PreferenceRefused(
            "blocked_bands", "bad_band", "A band has days (0 to 6, Monday 0) and times from and until."
        )
    if blocked_minutes(bands) > MOST_HOURS * 60:
        raise PreferenceRefused(
            "blocked_bands", "too_many_hours", f"At most {MOST_HOURS} hours a week can be closed."
        )
    return [{"days": sorted(set(b["days"])), "from": b["from"], "until": b["until"]} for b in bands]


def _is_band(band: Band) -> bool:
    try:
        _minute(band["from"]), _minute(band["until"])
        days = band["days"]
        return set(band) == {"days", "from", "until"} and bool(days) and set(days) <= set(range(7))
    except (KeyError, TypeError, ValueError):
        return False


def _minute(clock: object) -> int:
    """Of the day, from `HH:MM`."""
    if not isinstance(clock, str) or len(clock) != len("00:00"):
        raise ValueError(f"{clock!r} is no time of the form HH:MM")
    told = time.fromisoformat(clock)
    return told.hour * 60 + told.minute


def _check_one_is_left(customer_id: int, blocked: Collection[str]) -> None:
    """Where any means works, one that works stays open; a customer whom nothing reaches may close what they like."""
    points = ContactPoint.objects.filter(customer=customer_id, health=ContactPoint.Health.OK)
    working = set(points.values_list("channel", flat=True))
    if working and working <= set(blocked):
        raise PreferenceRefused("blocked_channels", "no_channel_left", "One means that works stays open.")
