"""Tables for spreadsheets: CSV in UTF-8 with its mark, in which no cell is computed."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

MARK = "\ufeff"
# A cell that begins so is a formula, or is cut in two (OWASP, CSV injection).
_LIVE_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")


class _Echo:
    """Gives back what it is told to write."""

    def write(self, text: str) -> str:
        return text


def inert(value: object) -> str:
    """A cell that no spreadsheet computes: an apostrophe stands before what would begin a formula; no control characters."""
    text = "".join(sign if sign.isprintable() else " " for sign in str(value))
    return f"'{text}" if str(value).lstrip(" ").startswith(_LIVE_STARTS) else text


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The rows as lines, the mark first. Numbers stay numbers, also below zero; every other cell is made inert."""
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield MARK
    for row in rows:
        yield writer.writerow([cell if isinstance(cell, int | Decimal) else inert(cell) for cell in row])
