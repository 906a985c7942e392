import unicodedata

import pytest

from defaults.reports.hangul import half_typed


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("읻", "이도윤"),
        ("이ㄷ", "이도윤"),
        ("이동", "이도윤"),
        ("ㄱ", "김서연"),
        ("값", "갑수"),
        ("Ana ㅅ", "Ana 수"),
    ],
)
def test_every_key_on_the_way_to_a_name_is_a_part_of_the_name(typed, name) -> None:
    parts = {unicodedata.normalize("NFD", text) for text in (typed, half_typed(typed) or typed)}
    expected = unicodedata.normalize("NFD", name)
    assert any(part in expected for part in parts)


@pytest.mark.parametrize("text", ["", "이도", "Ana", "AM-000123", "ㅏ", "😀"])
def test_what_ends_in_no_consonant_is_what_it_is(text) -> None:
    assert half_typed(text) is None


def test_every_final_consonant_parts_into_letters_of_its_own() -> None:
    for final in range(1, 28):
        syllable = chr(0xAC00 + final)
        half = unicodedata.normalize("NFKD", half_typed(syllable))
        assert len(half) == len(unicodedata.normalize("NFKD", syllable)) + (
            final in {3, 5, 6, *range(9, 16), 18}
        )
