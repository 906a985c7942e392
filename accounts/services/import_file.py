"""A merchant's CSV file through the one intake, in three passes so that nothing comes in by halves.

First every line is checked by itself, then every event is put to the intake and taken back, and only a file without a
single fault is then taken in for good. Event ids come from the payments' references, so the same file may come again:
after an interruption the same call goes on, and what was there counts as duplicate.
"""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from ..importing import BadLine, Mapping, Reader, Row, read_lines
from .record_events import Fate, record_events

BATCH = 1000
SHOWN = 50
_PARTS = 64

Progress = Callable[[str, int], None]


@dataclass(slots=True)
class Fault:
    line: int
    column: str | None
    reason: str


@dataclass(slots=True)
class ImportResult:
    """`fates`: events by status. `faults`: the first ones, of `fault_count`. `is_in`: the file was taken in."""

    lines: int = 0
    events: int = 0
    fates: Counter = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    is_in: bool = False

    def blame(self, line: int, column: str | None, reason: str) -> None:
        self.fault_count += 1
        if len(self.faults) < SHOWN:
            self.faults.append(Fault(line, column, reason))


def import_file(
    *, merchant_id: int, file: BinaryIO, mapping: Mapping, now: datetime, dry_run: bool, progress: Progress
) -> ImportResult:
    """Take in a whole file or, with a fault anywhere in it or with `dry_run`, nothing.

    `progress(pass name, bytes read)` is called as reading goes on. Raises BadFile when not even the header can be used.
    An event refused in the last pass only (something else changed its payment meanwhile) is a fault beside what came in.
    """
    result = ImportResult()
    _check(file, mapping, result, progress)
    if not result.fault_count:
        _take(merchant_id, file, mapping, now, result, progress, keep=False)
    if result.fault_count or dry_run:
        result.faults.sort(key=lambda fault: fault.line)
        return result
    result.fates.clear()
    result.is_in = True
    _take(merchant_id, file, mapping, now, result, progress, keep=True)
    return result


def read_rows(
    file: BinaryIO, mapping: Mapping, blame: Callable[[int, str | None, str], None]
) -> Iterator[tuple[int, Row]]:
    """(line number, row) of every good line, from the start of the file; `blame` hears of the others."""
    file.seek(0)
    reader = Reader(mapping)
    for line, cells in read_lines(file, mapping.file, blame):
        try:
            yield line, reader.row(cells)
        except BadLine as bad:
            blame(line, bad.column, bad.reason)


def _check(file: BinaryIO, mapping: Mapping, result: ImportResult, progress: Progress) -> None:
    with tempfile.TemporaryDirectory(prefix="amends-import-") as folder:
        references = _References(folder)
        for line, row in read_rows(file, mapping, result.blame):
            result.lines += 1
            result.events += len(row.events)
            references.add(line, row.reference)
            if not result.lines % BATCH:
                progress("check", file.tell())
        for line, first in references.repeats():
            result.blame(line, None, f"the payment of line {first} a second time")
    progress("check", file.tell())
    if not result.lines and not result.fault_count:
        result.blame(2, None, "there is no line below the header")


def _take(
    merchant_id: int,
    file: BinaryIO,
    mapping: Mapping,
    now: datetime,
    result: ImportResult,
    progress: Progress,
    *,
    keep: bool,
) -> None:
    for batch in _batches(read_rows(file, mapping, result.blame)):
        events = [event for _, event in batch]
        with transaction.atomic():
            fates = record_events(merchant_id=merchant_id, events=events, now=now)
            transaction.set_rollback(not keep)
        result.fates.update(fate.status for fate in fates)
        for (line, _), fate in zip(batch, fates, strict=True):
            _blame_rejected(line, fate, result)
        progress("import" if keep else "try", file.tell())


def _blame_rejected(line: int, fate: Fate, result: ImportResult) -> None:
    if fate.status == "rejected":
        result.blame(line, None, f"{fate.event_id}: {fate.errors[0]['detail']}")


def _batches(rows: Iterator[tuple[int, Row]]) -> Iterator[list[tuple[int, dict]]]:
    batch: list[tuple[int, dict]] = []
    for line, row in rows:
        batch += [(line, event) for event in row.events]
        if len(batch) > BATCH - 2:
            yield batch
            batch = []
    if batch:
        yield batch


class _References:
    """Finds what comes twice without remembering everything: short digests, sorted into files by their first bits."""

    def __init__(self, folder: str):
        self._parts = [open(f"{folder}/{number}", "w+b") for number in range(_PARTS)]  # noqa: SIM115

    def add(self, line: int, reference: str) -> None:
        digest = hashlib.blake2b(reference.encode(), digest_size=12).digest()
        self._parts[digest[0] % _PARTS].write(digest + line.to_bytes(8))

    def repeats(self) -> Iterator[tuple[int, int]]:
        """(line, the line where the same reference came first)."""
        for part in self._parts:
            first: dict[bytes, int] = {}
            part.seek(0)
            while entry := part.read(20):
                digest, line = entry[:12], int.from_bytes(entry[12:])
                if first.setdefault(digest, line) != line:
                    yield line, first[digest]
            part.close()
