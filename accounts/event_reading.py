"""Strict reading of one event: what does not hold is refused with its place, a stable code and what to do."""

import json
import re
from datetime import date

from msgspec import DecodeError, ValidationError, convert
from msgspec.json import Decoder, Encoder

from common.money import is_currency

from .event_shapes import AnyEvent, CustomerFacts, Due
from .places import countries, time_zones

EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)


class BadEvent(Exception):
    """One event that cannot be taken, and why; `errors` as in a problem document."""

    def __init__(self, *errors: dict[str, str]):
        super().__init__(errors[0]["detail"])
        self.errors = list(errors)


def error(pointer: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": detail}


_decoder = Decoder(AnyEvent)
_encoder = Encoder()
_KEY = re.compile(rb'"\s*:')
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_LONG_DIGITS = re.compile(r"[0-9](?:[ -]?[0-9]){12,40}")
_FORBIDDEN = {
    "pointer": "",
    "code": "forbidden_character",
    "detail": "Text must not hold U+0000 or half a surrogate pair.",
}
_PLACE = re.compile(r" - at `(?:key in )?\$(?P<path>[^`]*)`$")


def read_event(raw: bytes) -> tuple[AnyEvent, bytes]:
    """Decode one event strictly. Answers the event and its canonical bytes: two events are the same if these are equal.

    Raises BadEvent: no JSON, repeated keys, NUL or lone surrogates, wrong types, numbers that are not whole, and so on.
    """
    try:
        event = _decoder.decode(raw)
    except RecursionError as problem:
        raise BadEvent(error("", "too_deep", "The event is nested too deeply.")) from problem
    except ValidationError as problem:
        raise BadEvent(_located(str(problem))) from problem
    except (DecodeError, UnicodeDecodeError) as problem:
        raise BadEvent(error("", "malformed_json", f"This is not JSON: {problem}.")) from problem
    canonical = _encoder.encode(event)
    if b"\\u00" in raw or len(_KEY.findall(raw)) != canonical.count(b'":'):
        json.loads(
            raw, object_pairs_hook=_unique_keys
        )  # the slow, certain look where counting cannot rule repeats out
    _check_meaning(event, canonical)
    return event, canonical


def stored_event(raw: bytes) -> AnyEvent:
    """An event that was taken before: it stays taken, whatever has become stricter since."""
    return _decoder.decode(raw)


def event_from(item: dict) -> tuple[AnyEvent, bytes]:
    """The same for an event that is already a mapping, as an importer makes it."""
    try:
        event = convert(item, AnyEvent)
    except ValidationError as problem:
        raise BadEvent(_located(str(problem))) from problem
    try:
        canonical = _encoder.encode(event)
    except UnicodeEncodeError as problem:
        raise BadEvent(_FORBIDDEN) from problem
    _check_meaning(event, canonical)
    return event, canonical


def _check_meaning(event: AnyEvent, canonical: bytes) -> None:
    if b"u0000" in canonical and _NUL.search(canonical):
        raise BadEvent(_FORBIDDEN)
    _check_span(event.occurred_at.date(), "/occurred_at")
    data = event.data
    if isinstance(data, Due):
        _check_span(data.due_on, "/data/due_on")
        _check_text(data.description, "/data/description")
        _check_text(data.product, "/data/product")
    currency = getattr(data, "currency", None)
    if currency is not None and not is_currency(currency):
        raise BadEvent(error("/data/currency", "unknown_currency", f"{currency} is no ISO 4217 currency."))
    customer = getattr(data, "customer", None)
    if isinstance(customer, CustomerFacts):
        _check_customer(customer)


def _check_customer(customer: CustomerFacts) -> None:
    if customer.name is not None:
        _check_text(customer.name, "/data/customer/name")
    zone = customer.time_zone
    if zone is not None and zone not in time_zones():
        raise BadEvent(
            error("/data/customer/time_zone", "unknown_time_zone", f"{zone!r} is no IANA time zone.")
        )
    country = customer.jurisdiction
    if country is not None and country not in countries():
        raise BadEvent(
            error("/data/customer/jurisdiction", "unknown_jurisdiction", f"{country} is no ISO 3166 country.")
        )
    if customer.birth_date is not None and not date(1880, 1, 1) <= customer.birth_date <= LATEST:
        raise BadEvent(error("/data/customer/birth_date", "out_of_range", "The date is not a birth date."))


def _check_span(day: date, pointer: str) -> None:
    if not EARLIEST <= day <= LATEST:
        raise BadEvent(error(pointer, "out_of_range", f"Dates run from {EARLIEST} to {LATEST}."))


def _check_text(text: str, pointer: str) -> None:
    """Card numbers stay out of the product, so that it stays out of scope of the card schemes' rules."""
    for run in _LONG_DIGITS.findall(text) if len(text) > 12 else ():
        groups = re.split(r"[ -]", run)
        for start in range(len(groups)):
            for end in range(start + 1, len(groups) + 1):
                if _is_card_number("".join(groups[start:end])):
                    raise BadEvent(
                        error(pointer, "card_number", "This looks like a card number. Never send one.")
                    )


def _is_card_number(digits: str) -> bool:
    """Length, first digit and Luhn check of a card number (ISO/IEC 7812-1, annex B)."""
    if not 13 <= len(digits) <= 19 or digits[0] not in "3456":
        return False
    values = [int(digit) for digit in reversed(digits)]
    return (sum(values[::2]) + sum(sum(divmod(2 * value, 10)) for value in values[1::2])) % 10 == 0


def _located(text: str) -> dict[str, str]:
    """A decoder's sentence such as "Expected `int`, got `str` - at `$.data.amount`" as a located error."""
    place = _PLACE.search(text)
    pointer = re.sub(r"\[(\d+)\]", r".\1", place["path"]).replace(".", "/") if place else ""
    detail = _PLACE.sub("", text)
    missing = re.search(r"missing required field `(?P<name>[^`]+)`", detail)
    unknown = re.search(r"contains unknown field `(?P<name>[^`]+)`", detail)
    if missing:
        return error(f"{pointer}/{missing['name']}", "missing_field", "This field is required.")
    if unknown:
        return error(f"{pointer}/{unknown['name'][:80]}", "unknown_field", "There is no such field here.")
    if detail.startswith("Invalid value"):
        return error(pointer, "unknown_value", f"{detail}.")
    code = "invalid_type" if ", got " in detail else "invalid_value"
    return error(pointer, code, f"{detail}.")


def _unique_keys(pairs: list[tuple[str, object]]) -> dict:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise BadEvent(error(f"/{repeated[:80]}", "repeated_key", "The same key stands twice."))
    return dict(pairs)
