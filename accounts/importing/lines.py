"""The lines of a CSV file, one at a time and never more than a bounded piece of it in memory.

Trouble is reported where it stands (line and byte) and reading goes on behind it.
"""

import codecs
import csv
from collections.abc import Callable, Iterator
from typing import BinaryIO

from .mapping import FileForm

LONGEST_LINE = 64 * 1024
LONGEST_RECORD = 100
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

Report = Callable[[int, str | None, str], None]


class BadFile(ValueError):
    """Nothing of the file can be read; the message says why."""


def read_lines(file: BinaryIO, form: FileForm, report: Report) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, column → text) of every well-formed line; `report(line, column, reason)` hears of the others.

    Raises BadFile when the header is not the one the mapping names.
    """
    rows = _rows(file, form, report)
    header = next(rows, None)
    if header is None:
        raise BadFile("The file is empty: not even a header line.")
    columns = header[1]
    _check_header(columns, form.columns)
    for line, cells in rows:
        if len(cells) != len(columns):
            report(line, None, f"{len(cells)} columns where the header has {len(columns)}")
        else:
            yield line, dict(zip(columns, cells, strict=True))


def _check_header(columns: list[str], wanted: list[str]) -> None:
    shown = [name[:60] for name in columns[:100]]
    repeated = sorted({name for name in shown if shown.count(name) > 1})
    if repeated:
        raise BadFile(f"Line 1: the header names a column twice: {', '.join(repeated)}.")
    missing = [name for name in wanted if name not in columns]
    unknown = [name for name in shown if name not in wanted]
    problems = [f"no column {name!r}" for name in missing] + [f"unknown column {name!r}" for name in unknown]
    if problems:
        raise BadFile(f"Line 1: the header is not the mapping's: {'; '.join(problems)}.")


def _rows(file: BinaryIO, form: FileForm, report: Report) -> Iterator[tuple[int, list[str]]]:
    source = _Text(file, form.encoding, report)
    reader = csv.reader(source, delimiter=form.delimiter, strict=True)
    while True:
        source.first = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            if source.first == 1:
                raise BadFile(f"Line 1: the header is no CSV: {problem}.") from problem
            report(source.first or source.line, None, f"this is no CSV: {problem}")
            continue
        if cells:
            yield source.first or source.line, cells


class _Text:
    """The decoded lines, without those that cannot be decoded. `first`: the number of the first line of the record."""

    def __init__(self, file: BinaryIO, encoding: str, report: Report):
        self.line = 0
        self.first: int | None = None
        self._file, self._encoding, self._report = file, encoding, report

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while raw := self._file.readline(LONGEST_LINE + 1):
            self.line += 1
            text = self._decoded(raw)
            if text is None:
                continue
            self.first = self.first or self.line
            if self.line - self.first >= LONGEST_RECORD:
                raise csv.Error(f"a quoted value runs over more than {LONGEST_RECORD} lines")
            return text
        raise StopIteration

    def _decoded(self, raw: bytes) -> str | None:
        if len(raw) > LONGEST_LINE:
            self._skip_rest(raw)
            return self._refuse(f"longer than {LONGEST_LINE // 1024} KiB")
        if self.line == 1:
            if raw.startswith(_UTF16):
                raise BadFile("The file is UTF-16. Convert it to UTF-8.")
            raw = raw.removeprefix(codecs.BOM_UTF8)
        if b"\0" in raw:
            return self._refuse(f"byte {raw.index(0) + 1} is NUL; this is no text")
        try:
            return raw.decode(self._encoding)
        except UnicodeDecodeError as problem:
            byte = raw[problem.start]
            return self._refuse(
                f"byte {problem.start + 1} is 0x{byte:02x}, which is not {self._encoding} here"
            )

    def _refuse(self, reason: str) -> None:
        if self.line == 1:
            raise BadFile(f"Line 1: {reason}.")
        self._report(self.line, None, reason)

    def _skip_rest(self, raw: bytes) -> None:
        while raw and not raw.endswith(b"\n"):
            raw = self._file.readline(LONGEST_LINE)
