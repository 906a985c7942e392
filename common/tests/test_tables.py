"""Tables for spreadsheets: nothing in them is computed."""

import csv
import io
from decimal import Decimal

import pytest

from common.tables import MARK, csv_lines

PAYLOADS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", "＋1", "－1", "＠SUM(A1)", "  =1+1", "|calc",
    "%0A",
]  # fmt: skip


def cells(*rows: list) -> list[list[str]]:
    text = "".join(csv_lines(rows))
    assert text.startswith(MARK)
    return list(csv.reader(io.StringIO(text.removeprefix(MARK))))


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_formula_is_text(text: str) -> None:
    ((cell,),) = cells([text])
    assert cell.startswith("'")
    assert cell.isprintable()


def test_a_null_byte_is_no_cell() -> None:
    assert cells(["a\x00b"]) == [["a b"]]


def test_numbers_stay_numbers_below_zero_too() -> None:
    assert cells([Decimal("-9.90"), -3, "9,900"]) == [["-9.90", "-3", "9,900"]]


def test_words_stay_as_they_are() -> None:
    assert cells(["김서연", 'say "x"', ""]) == [["김서연", 'say "x"', ""]]
