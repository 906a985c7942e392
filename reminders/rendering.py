"""What a message says: a text with placeholders from a closed list, filled once with live values. Pure.

A text comes from people, so it is never run: no attribute access, no format codes, no template engine, and a value that
looks like a placeholder stays a value.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from babel.core import UnknownLocaleError
from babel.dates import format_date

from common.money import format_minor

PLACEHOLDERS = frozenset({"merchant", "customer", "amount", "items", "due_on", "link", "case", "contact"})
FALLBACK_LANGUAGE = "en"
MOST_ITEMS_NAMED = 10
_SUBJECT_LENGTH = 200

_PLACEHOLDER = re.compile(r"\{([^{}\n]{1,40})\}")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Live values. `items` are the undisputed open payments, oldest first; they add up to `amount_minor`."""

    merchant: str
    contact: str
    customer: str
    case: str
    currency: str
    amount_minor: int
    items: tuple[ClaimedItem, ...]
    link: str


def unknown_placeholders(*texts: str) -> list[str]:
    """What a template asks for and cannot have, in order of appearance; for the form that saves it."""
    return [name for text in texts for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]


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
        "items": lambda: _listed(said, text.language),
        "due_on": lambda: _date_in(min(item.due_on for item in said.items), text.language),
        "link": lambda: said.link,
        "case": lambda: said.case,
        "contact": lambda: _one_line(said.contact) or _one_line(said.merchant),
    }
    subject = _one_line(_fill(text.subject, values))
    return subject[:_SUBJECT_LENGTH], _fill(text.body, values)


def _fill(text: str, values: Mapping[str, Callable[[], str]]) -> str:
    def value(match: re.Match) -> str:
        if match[1] not in PLACEHOLDERS:
            raise UnknownPlaceholder(match[1])
        return values[match[1]]()

    return _PLACEHOLDER.sub(value, text)


def _listed(said: Said, language: str) -> str:
    lines = [
        f"- {_one_line(item.description) or said.case} · {_date_in(item.due_on, language)}"
        f" · {money_in(item.outstanding_minor, said.currency, language)}"
        for item in said.items[:MOST_ITEMS_NAMED]
    ]
    unnamed = len(said.items) - len(lines)
    if unnamed > 0:
        lines.append("- " + _in(language, _AND_MORE).replace("{count}", str(unnamed)))
    return "\n".join(lines)


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
