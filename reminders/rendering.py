"""What a message says: a text with placeholders from a closed list, filled once with live values. Pure.

A text comes from people, so it is never run: no attribute access, no format codes, no template engine, and a value that
looks like a placeholder stays a value.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache, partial

from babel.core import UnknownLocaleError
from babel.dates import format_date

from common.money import format_minor

from .correspondence import EVERY_VALUE, EVERYWHERE, values_of
from .offer_words import FULL, SHORT

PLACEHOLDERS = EVERYWHERE
FALLBACK_LANGUAGE = "en"
MOST_ITEMS_NAMED = 10
_SUBJECT_LENGTH = 200

_PLACEHOLDER = re.compile(r"\{([^{}\n]{1,40})\}")
_GAP = re.compile(r"\n{3,}")
_AND_MORE: Mapping[str, str] = {"ko": "외 {count}건", "en": "and {count} more"}
_NAMELESS: Mapping[str, str] = {"ko": "고객", "en": "customer"}


class UnknownPlaceholder(ValueError):
    """A text asks for something that is not on the closed list."""


@dataclass(frozen=True, slots=True)
class Text:
    """A template's words. `language` is the one it is written in."""

    language: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class ClaimedItem:
    """One payment the message is about. `description` is the merchant's own, for the customer to recognise."""

    payment_id: int
    description: str
    outstanding_minor: int
    due_on: date


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the currency of the case."""

    minor: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: what, when, how much; parts that are empty are left out."""

    text: str
    on: date | None
    minor: int | None


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """An offer that stands: `pay_minor` closes what `owed_minor` is open for. `until`: its last moment, there."""

    pay_minor: int
    owed_minor: int
    until: date | datetime


Value = str | date | datetime | Money | tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Live values. `items` are the undisputed open payments, oldest first; they add up to `amount_minor`.

    `offer`: the one that stands. `more`: what only a text about an entry of history may ask for; instants are local.
    """

    merchant: str
    contact: str
    customer: str
    case: str
    currency: str
    amount_minor: int
    items: tuple[ClaimedItem, ...]
    link: str
    offer: OfferTerms | None = None
    more: Mapping[str, Value] = field(default_factory=dict)


def unknown_placeholders(*texts: str, key: str = "") -> list[str]:
    """What a template of this key asks for and cannot have, in order of appearance; for the form that saves it."""
    known = values_of(key)
    return [name for text in texts for name in _PLACEHOLDER.findall(text) if name not in known]


def choose_language(wanted: Iterable[str], available: Iterable[str]) -> str | None:
    """The first wanted language there is a text in (`ko-KR` is served by `ko`), else English, else None."""
    have = set(available)
    for tag in [*wanted, FALLBACK_LANGUAGE]:
        for candidate in (tag, tag.replace("_", "-").partition("-")[0]):
            if candidate in have:
                return candidate
    return None


def render(text: Text, said: Said) -> tuple[str, str]:
    """Subject and body. Raises UnknownPlaceholder: nothing half filled ever leaves."""
    values: dict[str, Callable[[], str]] = {
        "merchant": lambda: _one_line(said.merchant),
        "customer": lambda: _one_line(said.customer) or _in(text.language, _NAMELESS),
        "amount": lambda: money_in(said.amount_minor, said.currency, text.language),
        "items": lambda: _listed(_claimed(said), text.language, said.currency),
        "due_on": lambda: _date_in(min(item.due_on for item in said.items), text.language),
        "offer": lambda: _offered(said, text.language, FULL),
        "offer_short": lambda: _offered(said, text.language, SHORT),
        "link": lambda: said.link,
        "case": lambda: said.case,
        "contact": lambda: _one_line(said.contact) or _one_line(said.merchant),
    }
    if not said.items:
        del values["due_on"]
    for name in said.more:
        values[name] = partial(_worded, said.more[name], text.language, said.currency)
    subject = _one_line(_fill(text.subject, values))
    return subject[:_SUBJECT_LENGTH], _GAP.sub("\n\n", _fill(text.body, values))


def _fill(text: str, values: Mapping[str, Callable[[], str]]) -> str:
    def value(match: re.Match) -> str:
        if match[1] not in EVERY_VALUE or match[1] not in values:
            raise UnknownPlaceholder(match[1])
        return values[match[1]]()

    return _PLACEHOLDER.sub(value, text)


def _worded(value: Value, language: str, currency: str) -> str:
    if isinstance(value, Money):
        return money_in(value.minor, currency, language)
    if isinstance(value, datetime):
        return f"{_date_in(value.date(), language)} {value:%H:%M}"
    if isinstance(value, date):
        return _date_in(value, language)
    if isinstance(value, tuple):
        return _listed(value, language, currency)
    return "\n".join(filter(None, map(_one_line, value.splitlines())))


def _claimed(said: Said) -> tuple[Line, ...]:
    return tuple(
        Line(item.description or said.case, item.due_on, item.outstanding_minor) for item in said.items
    )


def _listed(lines: tuple[Line, ...], language: str, currency: str) -> str:
    named = [
        "- "
        + " · ".join(
            filter(None, (_one_line(line.text), _day_of(line, language), _sum_of(line, language, currency)))
        )
        for line in lines[:MOST_ITEMS_NAMED]
    ]
    unnamed = len(lines) - len(named)
    if unnamed > 0:
        named.append("- " + _in(language, _AND_MORE).replace("{count}", str(unnamed)))
    return "\n".join(named)


def _day_of(line: Line, language: str) -> str:
    return _date_in(line.on, language) if line.on else ""


def _sum_of(line: Line, language: str, currency: str) -> str:
    return money_in(line.minor, currency, language) if line.minor is not None else ""


def _offered(said: Said, language: str, words: Mapping[str, str]) -> str:
    if said.offer is None:
        return ""
    offer = said.offer
    filled = {
        "pay": Money(offer.pay_minor),
        "owed": Money(offer.owed_minor),
        "waived": Money(offer.owed_minor - offer.pay_minor),
        "until": offer.until,
    }
    text = _in(language, words)
    return text.format(**{name: _worded(value, language, said.currency) for name, value in filled.items()})


@lru_cache(maxsize=4096)
def money_in(minor: int, currency: str, language: str) -> str:
    try:
        return format_minor(minor, currency, language=language)
    except (UnknownLocaleError, ValueError):
        return format_minor(minor, currency, language=FALLBACK_LANGUAGE)


@lru_cache(maxsize=4096)
def _date_in(day: date, language: str) -> str:
    try:
        return format_date(day, format="long", locale=language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return format_date(day, format="long", locale=FALLBACK_LANGUAGE)


def _in(language: str, words: Mapping[str, str]) -> str:
    return words.get(language.replace("_", "-").partition("-")[0], words[FALLBACK_LANGUAGE])


def _one_line(value: str) -> str:
    """A value from outside, without line breaks and control characters: it cannot add a header or a paragraph."""
    kept = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in value)
    return " ".join(kept.split())
