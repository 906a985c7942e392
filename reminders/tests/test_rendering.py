"""Texts and their placeholders: a closed list, filled once, never run."""

from datetime import date
from importlib import import_module

import pytest

from reminders.rendering import (
    PLACEHOLDERS,
    ClaimedItem,
    Said,
    Text,
    UnknownPlaceholder,
    choose_language,
    render,
    unknown_placeholders,
)

SHIPPED = import_module("reminders.migrations.0002_default_texts")


def said(**changes) -> Said:
    values = {
        "merchant": "Songbird",
        "contact": "help@songbird.example",
        "customer": "김서연",
        "case": "AM-000123",
        "currency": "KRW",
        "amount_minor": 9900,
        "items": (ClaimedItem(1, "웹툰 코인 100", 9900, date(2026, 11, 5)),),
        "link": "https://pay.example/r/x/",
    }
    return Said(**values | changes)


def test_every_placeholder_is_filled():
    text = Text("en", "{case}", " ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS)))
    subject, body = render(text, said())
    assert subject == "AM-000123"
    assert "{" not in body
    assert "₩9,900" in body
    assert "November 5, 2026" in body


@pytest.mark.parametrize("text", ["{customer.pk}", "{customer!r}", "{0}", "{link:>10}", "{settings}", "{}{"])
def test_what_is_not_on_the_list_is_refused_and_nothing_is_half_filled(text):
    if "{}" in text:
        assert render(Text("en", "", text), said())[1] == text
        return
    assert unknown_placeholders(text)
    with pytest.raises(UnknownPlaceholder):
        render(Text("en", "", text), said())


def test_a_value_that_looks_like_a_placeholder_stays_a_value():
    _, body = render(Text("en", "", "{customer}"), said(customer="{link}"))
    assert body == "{link}"


def test_a_value_cannot_add_lines():
    subject, _ = render(Text("en", "For {customer}", "x"), said(customer="A\r\nBcc: b\u2028c"))
    assert subject == "For A Bcc: b c"


def test_many_items_are_named_up_to_ten():
    many = tuple(ClaimedItem(n, f"coin {n}", 100, date(2026, 11, 5)) for n in range(1, 13))
    _, body = render(Text("ko", "", "{items}"), said(items=many, amount_minor=1200))
    assert len(body.splitlines()) == 11
    assert body.splitlines()[-1] == "- 외 2건"


@pytest.mark.parametrize(
    ("wanted", "available", "chosen"),
    [
        (["ko-KR"], ["en", "ko"], "ko"),
        (["fr", "ko"], ["en", "ko"], "ko"),
        (["fr"], ["en", "ko"], "en"),
        (["fr"], ["ko"], None),
        ([], ["en"], "en"),
    ],
)
def test_the_language_is_the_first_wanted_there_is_a_text_in(wanted, available, chosen):
    assert choose_language(wanted, available) == chosen


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_shipped_texts_say_who_how_much_where_and_how_to_stop(language):
    for (key, tongue), (subject, body) in SHIPPED.MAILS.items():
        if tongue != language:
            continue
        whole = body + SHIPPED.MAIL_ENDINGS[language]
        assert not unknown_placeholders(subject, whole)
        assert {"{merchant}", "{amount}", "{items}", "{link}", "{case}", "{contact}"} <= {
            word for word in map("{{{}}}".format, PLACEHOLDERS) if word in whole
        }, key
        assert "{amount}" not in subject


@pytest.mark.parametrize(("key", "language"), list(SHIPPED.SHORT_MESSAGES))
def test_the_first_line_of_a_short_message_shows_no_debt(key, language):
    text = SHIPPED.SHORT_MESSAGES[key, language]
    assert not unknown_placeholders(text)
    assert "{amount}" not in text.splitlines()[0]
    assert {"{merchant}", "{amount}", "{link}", "{contact}"} <= {
        f"{{{name}}}" for name in PLACEHOLDERS if f"{{{name}}}" in text
    }


@pytest.mark.parametrize(
    "word", ["(광고)", "할인", "쿠폰", "법적", "소송", "신용", "연체", "coupon", "legal", "court", "debt"]
)
def test_no_shipped_text_promotes_or_threatens(word):
    texts = [*SHIPPED.SHORT_MESSAGES.values(), *SHIPPED.MAIL_ENDINGS.values()]
    texts += [part for pair in SHIPPED.MAILS.values() for part in pair]
    assert not [text for text in texts if word in text]
