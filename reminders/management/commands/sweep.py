import json
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from common.clock import now

from ...channels import open_channels
from ...services.sweep import sweep


class Command(BaseCommand):
    help = (
        "Run every stage once and say what each found, what it settled, and how long the oldest had waited."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="required: the worker and beat do it for ever"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")

    def handle(self, *, once: bool, **options) -> None:
        if not once:
            raise CommandError("Say --once. Worker and beat sweep for ever.")
        with open_channels() as channels:
            swept = sweep(clock=now, channels=channels)
        if options["json"]:
            rows = [
                {
                    "stage": one.stage,
                    "found": one.found,
                    "fixed": one.fixed,
                    "oldest_seconds": one.oldest.total_seconds(),
                }
                for one in swept
            ]
            self.stdout.write(json.dumps(rows))
            return
        self.stdout.write(f"{'stage':<18}{'found':>9}{'fixed':>9}  oldest")
        for one in swept:
            oldest = str(one.oldest).partition(".")[0] if one.found else "-"
            self.stdout.write(f"{one.stage:<18}{one.found:>9}{one.fixed:>9}  {oldest}")
