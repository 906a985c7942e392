import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Customer, NameLetters, NameToRead
from accounts.reports import names
from accounts.reports.names import named
from accounts.services import record_events
from accounts.services.names import read_names

from .factories import NOW, due, event, merchant

pytestmark = pytest.mark.django_db

# Syllables with and without a last letter, letters alone as typed half-way, accents both ways, cases, and a space.
NAMES = st.text("김기서선연여이ㄱㅣAaÅå éEe-", min_size=1, max_size=6).filter(str.strip)


# Of each closing consonant, in Unicode's order from U+11A8: the opening ones it is.
OPENED = (
    "ㄱ ㄲ ㄱㅅ ㄴ ㄴㅈ ㄴㅎ ㄷ ㄹ ㄹㄱ ㄹㅁ ㄹㅂ ㄹㅅ ㄹㅌ ㄹㅍ ㄹㅎ ㅁ ㅂ ㅂㅅ ㅅ ㅆ ㅇ ㅈ ㅊ ㅋ ㅌ ㅍ ㅎ"
)


def letters(text: str) -> str:
    opened = dict(enumerate(OPENED.split(), 0x11A8))
    parted = unicodedata.normalize("NFKD", text).translate(opened)
    return unicodedata.normalize("NFKD", parted).upper()


def people(seller, *given_names: str) -> list[Customer]:
    return [
        Customer.objects.create(merchant=seller, reference=f"n-{seller.pk}-{number}", name=name)
        for number, name in enumerate(given_names)
    ]


def found(text: str, *sellers) -> set[str]:
    ids = [seller.pk for seller in sellers]
    rows = named(Customer.objects.filter(merchant__in=ids), text, merchant_ids=ids)
    return set(rows.values_list("name", flat=True))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(NAMES, min_size=1, max_size=12), st.data())
def test_what_is_found_is_what_looking_at_every_name_finds(monkeypatch, given_names, data) -> None:
    whole = letters(data.draw(st.sampled_from(given_names)))
    start = data.draw(st.integers(0, len(whole) - 1))
    sought = whole[start : data.draw(st.integers(start + 1, len(whole)))]
    wanted = {name for name in given_names if letters(sought) in letters(name)}
    with transaction.atomic():
        seller = merchant("hypothesis")
        made = people(seller, *given_names)
        for read in (0, len(made) // 2, len(made)):
            read_names(limit=read)
            for most in (0, names.MOST):
                monkeypatch.setattr(names, "MOST", most)
                assert found(sought, seller) == wanted, (sought, read, most)
            monkeypatch.undo()
        transaction.set_rollback(True)


@pytest.mark.parametrize("typed", ["ㅇ", "이", "읻", "이ㄷ", "이도", "이동", "이도유", "이도윤", "ㄷ", "윤"])
def test_a_name_is_found_at_every_key_on_the_way_to_it(typed) -> None:
    seller = merchant()
    people(seller, "이도윤", "Ana Souza")
    assert found(typed, seller) == {"이도윤"}


@pytest.mark.parametrize("closing", [chr(0xAC00 + number) for number in range(1, 28)])
def test_what_closes_a_syllable_is_the_letters_that_open_the_next(closing) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT amends_letters(%s)", [closing])
        assert cursor.fetchone()[0] == letters(closing)


def test_a_customer_is_found_the_moment_intake_has_told_of_them_and_after() -> None:
    seller = merchant()
    record_events(
        merchant_id=seller.pk, events=[due(customer={"reference": "u-1", "name": "독고영재"})], now=NOW
    )
    assert found("고영", seller) == {"독고영재"}
    assert read_names() == 1
    assert (found("고영", seller), NameToRead.objects.count()) == ({"독고영재"}, 0)


def test_a_changed_name_is_found_and_the_old_one_is_not_before_and_after_it_is_read() -> None:
    seller = merchant()
    (person,) = people(seller, "독고영재")
    read_names()
    Customer.objects.filter(pk=person.pk).update(name="남궁민")
    assert (found("독고", seller), found("남궁", seller)) == (set(), {"남궁민"})
    read_names()
    assert (found("독고", seller), found("남궁", seller)) == (set(), {"남궁민"})


def test_an_erased_name_is_kept_nowhere_from_that_moment() -> None:
    seller = merchant()
    record_events(
        merchant_id=seller.pk, events=[due(customer={"reference": "u-1", "name": "독고영재"})], now=NOW
    )
    read_names()
    record_events(
        merchant_id=seller.pk, events=[event("customer.erased", customer={"reference": "u-1"})], now=NOW
    )
    assert not NameLetters.objects.exists()
    read_names()
    assert not NameLetters.objects.exists()


def test_a_name_at_a_merchant_one_may_not_see_is_not_found() -> None:
    mine, theirs = merchant(), merchant("papercut")
    people(theirs, "독고영재")
    read_names()
    assert found("독고", mine) == set()


def test_a_consonant_typed_so_far_finds_the_syllable_it_begins() -> None:
    seller = merchant()
    people(seller, "김서연", "김하준")
    read_names()
    assert found("김ㅅ", seller) == {"김서연"}


def test_a_name_that_many_have_is_found_by_walking(monkeypatch) -> None:
    seller = merchant()
    people(seller, *["김서연"] * 6, "박하준")
    read_names()
    monkeypatch.setattr(names, "LEAST_SEEN", 1)
    monkeypatch.setattr(names, "_NAMED", "no query")
    assert found("서연", seller) == {"김서연"}


@pytest.mark.parametrize("text", ["", "%", "'", "\\", "{", "\u0301", "a" * 200, "가" * 200])
def test_any_text_is_sought_as_it_stands(text) -> None:
    seller = merchant()
    people(seller, "김서연")
    read_names()
    assert found(text, seller) == (set() if text else {"김서연"})


@pytest.mark.django_db(transaction=True)
def test_two_readers_at_once_read_each_name_once() -> None:
    people(merchant(), *[f"이름{number}" for number in range(40)])

    def read(_: int) -> int:
        try:
            return read_names(limit=7)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        total = sum(pool.map(read, range(12)))
    while more := read_names():
        total += more
    assert (total, NameLetters.objects.count()) == (40, 40)
