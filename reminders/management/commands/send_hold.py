import getpass
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from common.clock import now

from ...services.hold_sending import hold_sending, resume_sending, sending_held


class Command(BaseCommand):
    help = "Stop all sending (on), let it go on (off), or say how it stands (status)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["on", "off", "status"])
        parser.add_argument("--reason", default="", help="why; required for on")

    def handle(self, *, what: str, reason: str, **_options) -> None:
        if what == "on":
            if not reason.strip():
                raise CommandError("Say why with --reason: others will ask.")
            is_new = hold_sending(reason=reason.strip(), by=f"command:{getpass.getuser()}", now=now())
            self.stdout.write("Sending is stopped." if is_new else "Sending was stopped already.")
        elif what == "off":
            was_held = resume_sending(now=now())
            self.stdout.write("Sending goes on." if was_held else "Nothing held it.")
        else:
            self._tell()

    def _tell(self) -> None:
        held = sending_held()
        if held is None:
            self.stdout.write("off: messages leave.")
        else:
            self.stdout.write(f"on since {held.since_at.isoformat()} by {held.placed_by}: {held.reason}")
