"""Money: whole minor units and an ISO 4217 code. Currencies are never added up."""

import re
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache

from babel.numbers import format_currency
from iso4217 import Currency

LARGEST_MINOR = 2**53 - 1
LARGEST_POSITIVE_MINOR = 999_999_999_999

_PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", re.ASCII)


class NotMoney(ValueError):
    """The text is no amount of that currency; the message says why."""


@cache
def is_currency(code: str) -> bool:
    """Whether `code` is an active ISO 4217 currency with minor digits defined (XAU, XXX and the like are not)."""
    try:
        return Currency(code).exponent is not None
    except ValueError:
        return False


@cache
def exponent(code: str) -> int:
    """Digits of the minor unit by ISO 4217: KRW 0, USD 2, KWD 3."""
    return Currency(code).exponent


def to_minor(text: str, currency: str) -> int:
    """A plain decimal such as `5.0` or `-12.34` as whole minor units, exactly.

    Raises NotMoney for anything else: exponents, separators, full-width digits, or more digits than the currency has.
    """
    if not _PLAIN_DECIMAL.fullmatch(text):
        raise NotMoney(f"{text[:40]!r} is not a plain decimal number")
    try:
        scaled = Decimal(text).scaleb(exponent(currency))
    except InvalidOperation as error:
        raise NotMoney(f"{text[:40]!r} is not a plain decimal number") from error
    if scaled != scaled.to_integral_value():
        raise NotMoney(f"{text[:40]!r} has more decimals than {currency} has ({exponent(currency)})")
    return int(scaled)


def to_decimal(minor: int, currency: str) -> Decimal:
    """Minor units as the decimal people read: 990 USD-cents are 9.90."""
    return Decimal(minor).scaleb(-exponent(currency))


@lru_cache(maxsize=10_000)
def format_minor(minor: int, currency: str, *, language: str) -> str:
    """The amount as people of that language write it: ₩9,900, $1.87."""
    digits = exponent(currency)
    pattern = "¤#,##0" + ("." + "0" * digits if digits else "")
    return format_currency(
        to_decimal(minor, currency),
        currency,
        format=pattern,
        locale=language.replace("-", "_"),
        currency_digits=False,
    )


def share_rounded_down(minor: int, percent: int) -> int:
    """`percent` of an amount, rounded once, down: a fee or a claim never rounds up against the customer."""
    return minor * percent // 100


def split(minor: int, parts: int) -> list[int]:
    """`parts` equal amounts whose last one absorbs the rest, so that they sum to `minor` exactly."""
    each = minor // parts
    return [each] * (parts - 1) + [minor - each * (parts - 1)]
