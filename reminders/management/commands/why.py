from argparse import ArgumentParser
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from common.calendar import zone_of
from common.clock import now
from defaults.models import DefaultCase
from defaults.models.case import id_of

from ...services.explain import moment, why
from ..instants import instant


class Command(BaseCommand):
    help = (
        "Say why a case's customer was, or was not, contacted: every rule asked, and the next lawful minute."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("case", help="case number, as AM-000123")
        parser.add_argument("--at", type=instant, help="instant, as 2026-11-25T21:00+09:00 (default: now)")
        parser.add_argument("--language", default="en", choices=["en", "ko"])

    def handle(self, *, case: str, at: datetime | None, language: str, **_options) -> None:
        case_id = id_of(case)
        found = DefaultCase.objects.select_related("merchant", "customer").filter(pk=case_id or 0).first()
        if found is None:
            raise CommandError(f"There is no case {case}. Numbers look like AM-000123.")
        zone = zone_of(found.customer.time_zone) or zone_of(found.merchant.time_zone)
        present = now()
        with translation.override(language), timezone.override(zone):
            self._print(why(found, at=at or present, now=present))

    def _print(self, told: dict) -> None:
        self.stdout.write(f"{moment(told['at'])}  {told['verdict'] or '-'}  {told['sentence']}")
        for rule in told["rules"]:
            until = f" ({moment(rule['until'])})" if rule["until"] else ""
            detail = f" {rule['detail']}" if rule["detail"] else ""
            self.stdout.write(
                f"  {rule['verdict']:<14} {rule['id']:<14} v{rule['version']}  {rule['title']}.{detail}{until}"
            )
        lawful = told["next_lawful_at"]
        self.stdout.write(f"Next lawful minute: {moment(lawful) if lawful else 'none known'}")
