"""When an overdue payment becomes a default, and from what sum a default is worth a contact. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import available_timezones

from iso4217 import Currency

from common.calendar import local_date, zone_of
from common.money import exponent, is_currency

from .limitation import limitation_day

__all__ = [
    "DefaultTerms",
    "default_terms",
    "default_thresholds",
    "is_in_default",
    "joins_on",
    "limitation_day",
    "today_by_zone",
    "unknown_zone",
]

GRACE_DAYS = 5
LIMITATION_YEARS = 3
# About what one message and the patience it costs are worth; other currencies: one whole unit.
_THRESHOLDS_MINOR = {"KRW": 1000, "JPY": 100, "USD": 100, "EUR": 100, "GBP": 100, "BRL": 500}


@dataclass(frozen=True, slots=True)
class DefaultTerms:
    """What `CollectionTerms` says for one merchant and currency."""

    grace_days: int
    collection_threshold_minor: int
    limitation_years: int


@cache
def default_terms(currency: str) -> DefaultTerms:
    """The terms of a merchant who has set none for this currency."""
    threshold = _THRESHOLDS_MINOR.get(currency, 10 ** exponent(currency))
    return DefaultTerms(GRACE_DAYS, threshold, LIMITATION_YEARS)


@cache
def default_thresholds() -> Mapping[str, int]:
    """The default collection threshold of every currency, in minor units."""
    codes = (currency.code for currency in Currency)
    return {code: default_terms(code).collection_threshold_minor for code in codes if is_currency(code)}


def joins_on(due_on: date, grace_days: int) -> date:
    """The first local day on which more than `grace_days` have passed since the due date."""
    return due_on + timedelta(days=grace_days + 1)


def is_in_default(due_on: date, *, terms: DefaultTerms, as_of: date) -> bool:
    """Beyond grace and not yet barred on the customer's local date `as_of`."""
    return joins_on(due_on, terms.grace_days) <= as_of <= limitation_day(due_on, terms.limitation_years)


@cache
def _zone_names() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def today_by_zone(now: datetime) -> Mapping[str, date]:
    """The local date of every time zone there is."""
    return {name: local_date(now, zone) for name in _zone_names() if (zone := zone_of(name))}


def unknown_zone(now: datetime) -> date:
    """The date where it is latest in coming: whoever's zone is unknown is never late too early."""
    return (now - timedelta(hours=12)).date()
