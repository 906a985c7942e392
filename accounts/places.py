"""Names of places and tongues by their standards: ISO 3166 countries, IANA time zones, CLDR locales."""

from functools import cache
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError

# CLDR's territories that are no ISO 3166-1 country: groupings, reserved and private codes.
_NO_COUNTRY = frozenset(
    ["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"]
)


@cache
def countries() -> frozenset[str]:
    """The 249 alpha-2 codes of ISO 3166-1."""
    territories = (code for code in Locale("en").territories if len(code) == 2 and code.isalpha())
    return frozenset(territories) - _NO_COUNTRY


@cache
def time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_locale(name: str) -> bool:
    """Whether `name` is a locale such as `ko` or `pt-BR` that amounts and dates can be written in."""
    try:
        Locale.parse(name.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return False
    return True
