import getpass
import sys
from argparse import ArgumentParser
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.models import Merchant
from common.clock import now
from defaults.models import DefaultCase

from ...services.asked_runs import run_lock
from ...services.plan import PlanResult, plan
from ...services.runs import end_run, is_running, start_run
from ..instants import instant

AT_ONCE = 5000


class Command(BaseCommand):
    help = "Decide every case whose review is due and queue what is to be said; worker and beat send it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--as-of", type=instant, help="business instant, as 2026-11-25T10:00+09:00 (default: now)"
        )
        parser.add_argument("--dry-run", action="store_true", help="decide and count, write nothing")
        parser.add_argument("--merchant", help="slug; only this merchant's cases")

    def handle(self, *, as_of: datetime | None, dry_run: bool, merchant: str | None, **_options) -> None:
        at, present = as_of or now(), now()
        if at > present and not dry_run:
            raise CommandError("--as-of lies in the future: only a --dry-run may decide ahead of time.")
        merchant_id = self._merchant(merchant)
        due = DefaultCase.objects.due_for_review(at)
        total = (due.filter(merchant=merchant_id) if merchant_id else due).count()
        result = self._dry(at, merchant_id, total) if dry_run else self._run(at, merchant_id, total)
        self._print(result, dry_run=dry_run)

    def _merchant(self, slug: str | None) -> int | None:
        if slug is None:
            return None
        found = Merchant.objects.filter(slug=slug).values_list("pk", flat=True).first()
        if found is None:
            raise CommandError(f"There is no merchant {slug}.")
        return found

    def _dry(self, at: datetime, merchant_id: int | None, total: int) -> PlanResult:
        with self._bar(total) as bar:
            return plan(now=at, limit=max(total, 1), merchant_id=merchant_id, dry=True, progress=bar.update)

    def _run(self, at: datetime, merchant_id: int | None, total: int) -> PlanResult:
        run = start_run(
            as_of=at, asked_by=f"command:{getpass.getuser()}", total=total, merchant_id=merchant_id
        )
        result = PlanResult()
        with run_lock(run.pk), self._bar(total) as bar:
            while is_running(run):
                part = plan(now=at, limit=AT_ONCE, run=run, merchant_id=merchant_id, progress=bar.update)
                result.add(part)
                if part.is_over:
                    end_run(run)
                elif not part.considered:
                    break
        return result

    def _bar(self, total: int) -> tqdm:
        return tqdm(total=total, unit=" cases", file=sys.stderr, disable=None)

    def _print(self, result: PlanResult, *, dry_run: bool) -> None:
        self.stdout.write(
            f"{result.considered} cases considered{' (dry run, nothing written)' if dry_run else ''}"
        )
        for kind, count in sorted(result.counts.items()):
            self.stdout.write(f"  {kind:<24}{count:>9}")
        if result.reasons:
            self.stdout.write("waiting, by rule or reason")
        for reason, count in sorted(result.reasons.items(), key=lambda pair: (-pair[1], pair[0])):
            self.stdout.write(f"  {reason:<24}{count:>9}")
        if not dry_run:
            self.stdout.write(f"{result.messages} messages queued")
