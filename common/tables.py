"""Tables for spreadsheets: CSV in UTF-8 with its mark, in which no cell is computed."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import StringIO
from itertools import islice

MARK = "\ufeff"
_AT_ONCE = 200
_NUMBERS = (int, Decimal)
# A cell that begins so is a formula, or is cut in two (OWASP, CSV injection).
_LIVE_STARTS = frozenset("=+-@\t\r\n＝＋－＠|%")


def inert(value: object) -> str:
    """A cell that no spreadsheet computes: an apostrophe stands before what would begin a formula; no control characters."""
    text = given = str(value)
    if not given.isprintable():
        text = "".join(sign if sign.isprintable() else " " for sign in given)
    return f"'{text}" if given.lstrip(" ")[:1] in _LIVE_STARTS else text


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The rows as text, many lines at a time, the mark first. Numbers stay numbers; every other cell is made inert."""
    yield MARK
    remaining = iter(rows)
    while some := list(islice(remaining, _AT_ONCE)):
        out = StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerows(
            [cell if isinstance(cell, _NUMBERS) else inert(cell) for cell in row] for row in some
        )
        yield out.getvalue()
