"""create_merchant and create_key make what they say or explain what is wrong."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiKey, Merchant

pytestmark = pytest.mark.django_db

RIGHT = {"name": "Songbird", "jurisdiction": "KR", "time_zone": "Asia/Seoul", "currency": "KRW"}


def _create(slug: str = "songbird", **changes) -> None:
    call_command("create_merchant", slug, **RIGHT | changes)


def test_a_merchant_is_made_as_told(capsys):
    _create(locale="en")
    assert capsys.readouterr().out == "songbird\n"
    assert Merchant.objects.values_list("slug", "currency", "locale").get() == ("songbird", "KRW", "en")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"jurisdiction": "XX"}, "--jurisdiction: 'XX'"),
        ({"jurisdiction": "kr"}, "--jurisdiction: 'kr'"),
        ({"jurisdiction": "EU"}, "--jurisdiction: 'EU'"),
        ({"time_zone": "Seoul"}, "--time-zone: 'Seoul'"),
        ({"currency": "WON"}, "--currency: 'WON'"),
        ({"currency": "XAU"}, "--currency: 'XAU'"),
        ({"locale": "tlh-Qaaa-KX"}, "--locale"),
        ({"name": " "}, "--name"),
        ({"slug": "Song Bird"}, "SLUG: 'Song Bird'"),
    ],
)
def test_a_wrong_word_is_named_and_nothing_is_made(changes, words):
    with pytest.raises(CommandError, match=words):
        _create(**changes)
    assert not Merchant.objects.exists()


def test_a_slug_is_taken_once():
    _create()
    with pytest.raises(CommandError, match="already"):
        _create()


def test_a_key_is_printed_alone_and_only_its_digest_is_kept(capsys):
    _create()
    capsys.readouterr()
    call_command("create_key", "songbird", scopes="events:write, read")
    printed = capsys.readouterr().out
    assert printed.startswith("am_live_")
    assert printed.count("\n") == 1
    assert ApiKey.objects.get().scopes == ["events:write", "read"]


@pytest.mark.parametrize(
    ("slug", "scopes", "words"),
    [("songbird", "fly", "fly"), ("songbird", "", "none"), ("x", "read", "no merchant")],
)
def test_an_unknown_scope_or_merchant_is_refused(slug, scopes, words):
    _create()
    with pytest.raises(CommandError, match=words):
        call_command("create_key", slug, scopes=scopes)
