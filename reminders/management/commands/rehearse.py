import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.importing import BadFile, BadMapping, Mapping, read_mapping
from accounts.models import Channel, Merchant
from accounts.services import record_events
from accounts.services.books import read_books
from common.money import format_minor

from ...channels import OpenChannel
from ...channels.record import RecordChannel
from ...models import ChannelSetup
from ...rehearsal import findings, proof, script, stages, world


class Command(BaseCommand):
    help = (
        "Live through a CSV file day by day on the business clock: its events, every scheduled job, nothing sent. "
        "docs/real-run.md shows one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file")
        parser.add_argument(
            "--merchant", required=True, help="slug; made from the mapping where there is none"
        )
        parser.add_argument("--mapping", required=True, help="TOML file that says what the columns mean")
        parser.add_argument("--from", dest="first", required=True, type=_day, metavar="DATE")
        parser.add_argument("--to", dest="last", required=True, type=_day, metavar="DATE")
        parser.add_argument("--policy", help="slug of the dunning policy; default: the merchant's")
        where = parser.add_mutually_exclusive_group()
        where.add_argument(
            "--database", metavar="URL", help="rehearse in this database, which stays as it is left"
        )
        where.add_argument("--in-place", action="store_true", help="rehearse in the product's own database")
        parser.add_argument("--keep", action="store_true", help="do not drop the rehearsal's own database")
        parser.add_argument(
            "--shuffle", type=int, metavar="SEED", help="events that come together in random order"
        )
        parser.add_argument("--weekly", action="store_true", help="a row for each week")
        parser.add_argument("--json", metavar="FILE", help="write everything there as well")

    def handle(self, *, file: str, mapping: str, first: date, last: date, **options) -> None:
        if first > last:
            raise CommandError("--from is after --to.")
        if options["in_place"] and options["policy"]:
            raise CommandError("--policy changes whose ladder is in force: not with --in-place.")
        path = Path(file)
        form, happenings = _read(path, mapping)
        with self._world(form, **options) as merchant:
            zone = ZoneInfo(merchant.time_zone)
            moments = list(
                script.moments(happenings, first=first, last=last, zone=zone, seed=options["shuffle"])
            )
            fed, fates = _live_through(moments, merchant)
            days = findings.read_days(merchant=merchant, events=fed, first=first, last=last)
            happened = script.happened_by(happenings, last, zone)
            books = proof.books_of_file(path, form, happened=happened)
            self._report(
                merchant, findings.by_week(days) if options["weekly"] else days, fates, books, options["json"]
            )

    @contextmanager
    def _world(
        self,
        form: Mapping,
        *,
        merchant: str,
        policy: str | None,
        database: str | None,
        in_place: bool,
        keep: bool,
        **_o,
    ) -> Iterator[Merchant]:
        if in_place:
            yield _merchant_at_home(merchant)
            return
        home = world.Home() if database else world.look_home(slug=merchant, policy=policy)
        place = world.other_database(database) if database else world.own_database(keep=keep)
        with place as name:
            try:
                owner = world.furnish(slug=merchant, mapping=form, home=home)
                world.put_in_force(merchant=owner, slug=policy, home=home)
            except world.UnknownPolicy as problem:
                raise CommandError(str(problem)) from problem
            yield owner
            if keep or database:
                self.stdout.write(f"kept in database {name}")

    def _report(
        self,
        merchant: Merchant,
        days: list[findings.Day],
        fates: Counter,
        books: proof.FileBooks,
        json_file: str | None,
    ) -> None:
        for line in findings.table(days):
            self.stdout.write(line)
        checks = proof.check_all(merchant=merchant, books=books, applied=fates["applied"])
        checks.append(_verified())
        unpaid, digest = proof.unpaid_payments(merchant), proof.digest_of_states(merchant)
        self._tell_unpaid(unpaid, merchant)
        self.stdout.write("")
        for check in checks:
            self.stdout.write(f"{'ok ' if check.holds else 'NOT'}  {check.name}: {check.seen}")
        books = read_books(merchant.pk)
        self.stdout.write(f"books: {books.payments} payments, sha256 {books.sha256}")
        self.stdout.write(f"final states: sha256 {digest}")
        if json_file:
            everything = {
                "days": [day.as_dict() for day in days],
                "total": findings.total(days).as_dict() | {"on": None},
                "events": dict(fates),
                "accounts": proof.read_accounts(merchant),
                "unpaid": unpaid,
                "checks": [
                    {"name": check.name, "holds": check.holds, "seen": check.seen} for check in checks
                ],
                "books_sha256": books.sha256,
                "states_sha256": digest,
            }
            Path(json_file).write_text(
                json.dumps(everything, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
            )
        if not all(check.holds for check in checks):
            raise CommandError("The rehearsal broke a promise: see the lines that start with NOT.")

    def _tell_unpaid(self, unpaid: list[dict], merchant: Merchant) -> None:
        self.stdout.write(f"\n{len(unpaid)} payments without their money at the end:")
        for row in unpaid:
            amount = format_minor(row["unpaid_minor"], merchant.currency, language="en")
            case = f"case {row['state']} {row['outcome']}".strip() if row["case_id"] else "no case yet"
            owed = "still owed" if row["owed_minor"] else "given up"
            why = ", ".join(word for word in (row["reason"], row["rule"]) if word)
            self.stdout.write(f"  {row['payment']}  {amount}  {owed}: {case} ({why})")


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _read(path: Path, mapping: str) -> tuple[Mapping, list[script.Happening]]:
    try:
        form = read_mapping(Path(mapping).read_text(encoding="utf-8"))
        if not path.is_file():
            raise CommandError(f"{path} is no file.")
        with path.open("rb") as file:
            happenings = script.read_happenings(file, form)
    except BadMapping as problem:
        raise CommandError(f"{mapping}: {problem}") from problem
    except (OSError, UnicodeDecodeError, BadFile, script.BadLines) as problem:
        raise CommandError(f"{path}: {problem}") from problem
    return form, happenings


def _merchant_at_home(slug: str) -> Merchant:
    if ChannelSetup.objects.exclude(adapter=ChannelSetup.Adapter.RECORD).exists():
        raise CommandError(
            "A channel here really sends. Set every channel to record first, or leave out --in-place."
        )
    owner = Merchant.objects.filter(slug=slug).first()
    if owner is None:
        raise CommandError(f"There is no merchant {slug}; create_merchant makes one.")
    return owner


def _live_through(moments: list[script.Moment], merchant: Merchant) -> tuple[Counter, Counter]:
    """Feed and work off every moment. Answers events by day, and by fate."""
    channels = {name: OpenChannel(ChannelSetup.Memory.KEY, RecordChannel()) for name in Channel.values}
    fed, fates = Counter(), Counter()
    with tqdm(total=len(moments), unit="instant", leave=False, mininterval=0.5) as bar:
        for moment in moments:
            bar.set_description(moment.day.isoformat(), refresh=False)
            for batch in [*moment.batches, [_heartbeat(moment)]]:
                answers = record_events(merchant_id=merchant.pk, events=batch, now=moment.at)
                if batch[0]["type"] != "feed.heartbeat":
                    fates.update(answer.status for answer in answers)
                    fed[moment.day] += len(batch)
            stages.work_off(now=moment.at, channels=channels)
            bar.update()
    # What was parked at first was applied since; what is left is counted by the checks.
    fates["applied"] += fates.pop("parked", 0)
    return fed, fates


def _heartbeat(moment: script.Moment) -> dict:
    """The merchant is alive although it has nothing to say; without it nobody would be contacted after a quiet day."""
    at = moment.at.isoformat()
    return {"id": f"rehearsal:{at}", "type": "feed.heartbeat", "occurred_at": at}


def _verified() -> proof.Check:
    """Every invariant of the product over everything in the rehearsal's database."""
    said = StringIO()
    try:
        call_command("verify", json=True, stdout=said)
    except CommandError as problem:
        return proof.Check(name="verify", holds=False, seen=str(problem))
    count = len(json.loads(said.getvalue())["checks"])
    return proof.Check(name="verify", holds=True, seen=f"clean, {count} invariants")
