"""The business clock: the one place that reads the time.

Only edges (views, API classes, tasks, commands, admin) call `now()`; everything inside takes `now` or `as_of`.
Leases and signatures do not use it: they go by the database's own clock.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_OFFSET = re.compile(r"(?P<sign>[+-])(?P<count>\d+)(?P<unit>[dhms])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def now() -> datetime:
    """The present business instant, aware, in UTC."""
    actual = datetime.now(UTC)
    if not settings.AMENDS_CLOCK_FILE:
        return actual
    return _moved(actual, Path(settings.AMENDS_CLOCK_FILE).read_text().strip())


def is_moved() -> bool:
    """Whether a rehearsal clock is in force (pages then show a banner)."""
    return bool(settings.AMENDS_CLOCK_FILE)


def _moved(actual: datetime, text: str) -> datetime:
    """`text` is an ISO 8601 instant with offset, or an offset such as `+3d` or `-90m`; empty means no move."""
    if not settings.AMENDS_REHEARSAL:
        raise ImproperlyConfigured("AMENDS_CLOCK_FILE moves the business clock: set AMENDS_REHEARSAL=1 too.")
    if not text:
        return actual
    offset = _OFFSET.fullmatch(text)
    if offset:
        delta = timedelta(**{_UNITS[offset["unit"]]: int(offset["count"])})
        return actual + delta if offset["sign"] == "+" else actual - delta
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ImproperlyConfigured(f"The clock file holds {text!r}: an instant needs an offset, as +09:00.")
    return instant.astimezone(UTC)
