"""Amounts in a gateway's own units. Ours are minor units by ISO 4217; a gateway may count otherwise."""

from decimal import Decimal

from common.money import NotMoney, exponent, is_currency, to_decimal, to_minor

from .protocol import GatewayRefused

# docs.stripe.com/currencies, "Zero-decimal currencies". MGA has two digits by ISO 4217 and none at Stripe.
STRIPE_ZERO = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
# ISK has none by ISO 4217 and is written with two, always 00 (support.stripe.com, "Deprecation of fractional ISK").
# UGX is refused: sources differ on whether it is written with none or two, which is a hundredfold.
STRIPE_UNSURE = frozenset({"UGX"})
# The same page, "Three-decimal currencies": the last digit must be 0.
STRIPE_THREE = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def to_stripe(minor: int, currency: str) -> int:
    """Raises GatewayRefused for an amount that Stripe cannot write, such as 0.001 KWD or 0.20 MGA, and for UGX."""
    if currency in STRIPE_UNSURE:
        raise GatewayRefused(f"how Stripe writes {currency} is not sure")
    scaled = to_decimal(minor, currency).scaleb(_stripe_digits(currency))
    step = 10 if currency in STRIPE_THREE else 1
    if scaled != scaled.to_integral_value() or int(scaled) % step:
        raise GatewayRefused(f"{minor} minor units of {currency} cannot be written at Stripe")
    return int(scaled)


def from_stripe(units: int, currency: str) -> int:
    """Minor units by ISO 4217; what is less than one of them is dropped."""
    return int(Decimal(units).scaleb(exponent(currency) - _stripe_digits(currency)))


def from_decimal(told: object, currency: str) -> int:
    """A JSON number such as 9900 or 12.5 as minor units; 0 for anything that is no amount of that currency."""
    if isinstance(told, bool) or not isinstance(told, int | Decimal) or not is_currency(currency):
        return 0
    try:
        return to_minor(str(told), currency)
    except NotMoney:
        return 0


def to_number(minor: int, currency: str) -> int | float:
    """Minor units as the JSON number that Korean gateways take: 9900 won, 12.5 dollars."""
    return minor if exponent(currency) == 0 else float(to_decimal(minor, currency))


def _stripe_digits(currency: str) -> int:
    if currency in STRIPE_ZERO:
        return 0
    return 3 if currency in STRIPE_THREE else 2
