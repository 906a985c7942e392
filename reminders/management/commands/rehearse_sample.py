import json
from argparse import ArgumentParser
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from common import clock

from ...rehearsal.outcomes import Outcomes, lines, read_outcomes
from ...rehearsal.world import own_database
from ...sample import life
from ...sample.founding import found
from ...sample.story import tell

LEAST_ALONE = 98.0


class Command(BaseCommand):
    help = (
        "Live through the sample world in a database of its own, nothing sent, and count what was resolved without staff: "
        f"at least {LEAST_ALONE:.0f}%, else it fails."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=2026, help="another number, another world")
        parser.add_argument("--percent", type=int, default=100, help="of the customers: a smaller world")
        parser.add_argument(
            "--least", type=float, default=LEAST_ALONE, help="percent to be resolved without staff"
        )
        parser.add_argument("--keep", action="store_true", help="do not drop the database")
        parser.add_argument("--json", metavar="FILE", help="write the counts there as well")

    def handle(self, *, seed: int, percent: int, keep: bool, **options) -> None:
        with own_database(keep=keep) as name:
            self._live(seed, percent)
            seen, problem = read_outcomes(), _verified()
            if keep:
                self.stdout.write(f"kept in database {name}")
        self._tell(seen, problem, options["json"])
        if problem:
            raise CommandError(f"verify: {problem}")
        if seen.share_alone * 100 < options["least"]:
            raise CommandError(f"Only {seen.share_alone:.1%} were resolved without a staff act.")

    def _live(self, seed: int, percent: int) -> None:
        now = clock.now()
        merchants, _, _ = found()
        instants = life.instants(now)
        told = tell(seed=seed, now=now, percent=percent)
        lived = life.live(told=told, merchants=merchants, seed=seed, now=now, channels=life.recorders())
        for _ in tqdm(lived, total=len(instants), unit="instant", leave=False, mininterval=0.5):
            pass

    def _tell(self, seen: Outcomes, problem: str, file: str | None) -> None:
        for line in lines(seen):
            self.stdout.write(line)
        self.stdout.write(f"verify: {problem or 'clean'}")
        if file:
            counts = {name: dict(getattr(seen, name)) for name in Outcomes.__slots__}
            everything = counts | {"share_alone": seen.share_alone, "verify": problem}
            Path(file).write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")


def _verified() -> str:
    """What `verify` complains of; empty: nothing."""
    try:
        call_command("verify", json=True, stdout=StringIO())
    except CommandError as problem:
        return str(problem)
    return ""
