"""Amounts, instants and spans of time in the words of the viewer's language and zone."""

from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date, format_skeleton
from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from common.money import format_minor

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def language() -> str:
    """The language in force: `ko` or `en`."""
    return (get_language() or "en").split("-")[0]


def amount(minor: int, currency: str) -> str:
    return format_minor(minor, currency, language=language())


def day(on: date) -> str:
    """24 November 2026 as the language writes it."""
    return format_date(on, "long", locale=language())


def short_day(on: date, *, today: date) -> str:
    """The day without its year while that is this year."""
    return _short_day(on, language(), with_year=on.year != today.year)


@lru_cache(maxsize=2000)
def _short_day(on: date, locale: str, *, with_year: bool) -> str:
    if with_year:
        return format_date(on, "medium", locale=locale)
    return format_skeleton("MMMd", on, locale=locale)


def moment(at: datetime) -> str:
    """The full instant in the viewer's zone, with the zone's name: for titles and single facts."""
    local = timezone.localtime(at)
    return f"{format_date(local.date(), 'medium', locale=language())} {local:%H:%M %Z}"


def short_moment(at: datetime, *, now: datetime) -> str:
    zone = timezone.get_current_timezone()
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    return f"{short_day(local.date(), today=today)} {local:%H:%M}"


def ago(at: datetime, *, now: datetime) -> str:
    """How long ago, in one unit: 5 min, 3 h, 2 d; after a month the day itself."""
    seconds = int((now - at).total_seconds())
    if seconds < 0 or seconds >= 31 * _DAY:
        return (
            short_moment(at, now=now)
            if seconds < 0
            else short_day(timezone.localtime(at).date(), today=now.date())
        )
    if seconds < _MINUTE:
        return _("just now")
    if seconds < _HOUR:
        return pgettext("time ago", "%d min") % (seconds // _MINUTE)
    if seconds < _DAY:
        return pgettext("time ago", "%d h") % (seconds // _HOUR)
    return pgettext("time ago", "%d d") % (seconds // _DAY)


def overdue(days: int) -> str:
    """Whole days past the due date as a phrase."""
    if days <= 0:
        return _("due today") if days == 0 else _("not yet due")
    return ngettext("%d day overdue", "%d days overdue", days) % days
