"""`manage.py verify`: do all invariants hold?"""

import json

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import embedded
from config.verifying import verify


class Command(BaseCommand):
    help = "Checks every invariant over all data; exit code 1 when one is broken. Safe beside running work."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")

    def handle(self, **options: object) -> None:
        embedded.use_for_this_process()
        findings = list(verify())
        is_ok = all(finding.ok for finding in findings)
        if options["json"]:
            self.stdout.write(
                json.dumps({"ok": is_ok, "checks": [finding.as_json() for finding in findings]})
            )
        else:
            for finding in findings:
                count = "" if finding.ok else f": {finding.violations}"
                self.stdout.write(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.name}{count}")
                for example in finding.examples:
                    self.stdout.write(f"        {example}")
        if not is_ok:
            broken = [finding.name for finding in findings if not finding.ok]
            raise CommandError(f"Broken: {'; '.join(broken)}.")
