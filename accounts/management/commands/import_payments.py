from argparse import ArgumentParser
from pathlib import Path
from typing import Self

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from common import clock

from ...importing import BadFile, BadMapping, Mapping, read_mapping
from ...models import Merchant
from ...services.books import read_books
from ...services.import_file import ImportResult, import_file


class Command(BaseCommand):
    help = "Take in a CSV file of payments, whole or not at all. docs/importing.md explains the mapping."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--merchant", required=True, help="slug of the merchant")
        parser.add_argument("--mapping", required=True, help="TOML file that says what the columns mean")
        parser.add_argument("--dry-run", action="store_true", help="check everything, keep nothing")

    def handle(self, *, file: str, merchant: str, mapping: str, dry_run: bool, **_options) -> None:
        owner = Merchant.objects.filter(slug=merchant).first()
        if owner is None:
            raise CommandError(
                _("There is no merchant %(slug)s; create_merchant makes one.") % {"slug": merchant}
            )
        result = self._imported(owner, Path(file), mapping_from(mapping), dry_run)
        for fault in result.faults:
            column = f", column {fault.column}" if fault.column else ""
            self.stderr.write(f"line {fault.line}{column}: {fault.reason}")
        if result.fault_count > len(result.faults):
            self.stderr.write(f"… and {result.fault_count - len(result.faults)} more")
        if result.fault_count and not result.is_in:
            raise CommandError(_("%(count)d faults, nothing was imported.") % {"count": result.fault_count})
        self.stdout.write(self._summary(result, dry_run))
        if not dry_run:
            books = read_books(owner.pk)
            self.stdout.write(f"books: {books.payments} payments, sha256 {books.sha256}")
        if result.fault_count:
            raise CommandError(_("%(count)d events were refused.") % {"count": result.fault_count})

    def _imported(self, merchant: Merchant, path: Path, mapping: Mapping, dry_run: bool) -> ImportResult:
        try:
            if not path.is_file():
                raise CommandError(_("%(path)s is no file.") % {"path": path})
            with path.open("rb") as file, _Bar(path.stat().st_size) as bar:
                return import_file(
                    merchant_id=merchant.pk,
                    file=file,
                    mapping=mapping,
                    now=clock.now(),
                    dry_run=dry_run,
                    progress=bar,
                )
        except (OSError, BadFile) as problem:
            raise CommandError(f"{path}: {problem}") from problem

    def _summary(self, result: ImportResult, dry_run: bool) -> str:
        counts = ", ".join(
            f"{result.fates[status]} {word}"
            for status, word in (
                ("applied", "applied"),
                ("duplicate", "duplicates"),
                ("parked", "parked"),
                ("pending", "pending"),
                ("rejected", "rejected"),
            )
        )
        kept = " (dry run: nothing was kept)" if dry_run else ""
        return f"{result.lines} lines, {result.events} events: {counts}{kept}"


def mapping_from(path: str) -> Mapping:
    """The mapping in that file; raises CommandError naming the file and the place in it."""
    try:
        return read_mapping(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, BadMapping) as problem:
        raise CommandError(f"{path}: {problem}") from problem


class _Bar:
    """One bar over all passes, by bytes, on standard error."""

    def __init__(self, size: int):
        self._size, self._bar = (
            size,
            tqdm(total=3 * size, unit="B", unit_scale=True, leave=False, mininterval=0.5),
        )
        self._pass, self._before = "", 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error) -> None:
        self._bar.close()

    def __call__(self, name: str, read: int) -> None:
        if name != self._pass:
            self._pass, self._before = name, 0
            self._bar.set_description(name)
        self._bar.update(read - self._before)
        self._before = read
