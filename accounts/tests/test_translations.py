"""Korean is complete: what the sources say and what the catalogue holds are the same, and every entry is translated."""

import io
import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

APPS = ("accounts", "common", "config", "defaults", "reminders")
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[srd]")


@pytest.fixture(scope="module")
def korean() -> Catalog:
    with (settings.BASE_DIR / "locale" / "ko" / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale="ko", abort_invalid=True)


def entries(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def key(message_id: str | tuple, context: str | None) -> tuple:
    return context, message_id[0] if isinstance(message_id, list | tuple) else message_id


def said_by_python() -> Iterator[tuple]:
    for app in APPS:
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            if "tests" in path.parts:
                continue
            with path.open("rb") as file:
                for _line, said, _comments, context in extract("python", file, keywords=KEYWORDS):
                    yield key(said, context)


def said_by_templates() -> Iterator[tuple]:
    for path in sorted((settings.BASE_DIR / "templates").rglob("*.html")):
        code = re.sub(r"\bu(['\"])", r"\1", templatize(path.read_text()))
        for _line, said, _comments, context in extract(
            "javascript", io.BytesIO(code.encode()), keywords=KEYWORDS
        ):
            yield key(said, context)


def test_every_entry_is_translated_and_none_is_a_guess(korean) -> None:
    wanting = [
        message.id
        for message in entries(korean)
        if message.fuzzy or not all([message.string] if isinstance(message.string, str) else message.string)
    ]
    assert wanting == []


def test_the_catalogue_holds_exactly_what_the_sources_say(korean) -> None:
    said = {*said_by_python(), *said_by_templates()}
    held = {key(message.id, message.context) for message in entries(korean)}
    assert (sorted(map(str, said - held)), sorted(map(str, held - said))) == ([], [])


def test_every_translation_has_the_placeholders_of_its_source(korean) -> None:
    for message in entries(korean):
        source = message.id[-1] if isinstance(message.id, list | tuple) else message.id
        strings = [message.string] if isinstance(message.string, str) else message.string
        for string in strings:
            assert sorted(PLACEHOLDER.findall(string)) == sorted(PLACEHOLDER.findall(source)), source
