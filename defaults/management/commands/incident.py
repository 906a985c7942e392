import csv
import getpass
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Merchant, Payment
from common.calendar import zone_of
from common.clock import now

from ... import services
from ...models import Incident
from ...services.incident_lines import Found


class Command(BaseCommand):
    help = (
        "A fraud or a breakdown that hit many payments: hold their customers together (open), then let them go (release) or "
        "undo the purchases (void). Without --do it only says what would be done."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        opening = verbs.add_parser("open", help="hold what the lines of a file stand for")
        opening.add_argument("file", help="CSV or text; first column: payment reference, phone or e-mail")
        opening.add_argument("--merchant", required=True, help="slug of the merchant")
        opening.add_argument("--name", required=True, help="a name people will know it by")
        opening.add_argument("--reason", required=True)
        opening.add_argument("--from", dest="starts_at", required=True, help="2026-08-01 or 2026-08-01T09:00")
        opening.add_argument("--to", dest="ends_at", required=True, help="exclusive; in the merchant's zone")
        opening.add_argument("--do", action="store_true")
        for verb in ("release", "void"):
            ending = verbs.add_parser(verb)
            ending.add_argument("incident", type=int, help="its number, as list shows it")
            ending.add_argument("--do", action="store_true")
        verbs.add_parser("list", help="all incidents, the latest first")

    def handle(self, *, verb: str, **options) -> None:
        try:
            getattr(self, f"_{verb}")(**options)
        except services.Refused as refusal:
            raise CommandError(f"{refusal.code}: {refusal}") from refusal

    def _open(
        self,
        *,
        file: str,
        merchant: str,
        name: str,
        reason: str,
        starts_at: str,
        ends_at: str,
        do: bool,
        **_options,
    ) -> None:
        owner = Merchant.objects.filter(slug=merchant).first()
        if owner is None:
            raise CommandError(f"There is no merchant {merchant}.")
        lines = _lines(file)
        asked = {
            "merchant_id": owner.pk,
            "starts_at": _instant(starts_at, owner),
            "ends_at": _instant(ends_at, owner),
            "lines": [line for _, line in lines],
        }
        found = services.preview_incident(**asked)
        self._tell(found, [number for number, _ in lines])
        if not do:
            self.stdout.write("Nothing was done; --do holds them.")
            return
        incident = services.open_incident(**asked, name=name, reason=reason, now=now(), actor=_actor())
        held = incident.holds.count()
        self.stdout.write(
            f"incident {incident.pk}: {held} customers held for {incident.payments.count()} payments"
        )

    def _release(self, *, incident: int, do: bool, **_options) -> None:
        found = self._found(incident)
        running = found.holds.filter(ended_at=None).count()
        if not do:
            self.stdout.write(f"{running} customers would be let go. Nothing was done; --do does it.")
            return
        services.release_incident(incident_id=found.pk, now=now(), actor=_actor())
        self.stdout.write(f"incident {found.pk}: {running} customers let go")

    def _void(self, *, incident: int, do: bool, **_options) -> None:
        found = self._found(incident)
        left = found.payments.filter(is_void=False).count()
        if not do:
            self.stdout.write(f"{left} payments would be void. Nothing was done; --do does it.")
            return
        services.void_incident(incident_id=found.pk, now=now(), actor=_actor())
        void = found.payments.filter(is_void=True).count()
        self.stdout.write(f"incident {found.pk}: {void} payments void, of {found.payments.count()}")

    def _list(self, **_options) -> None:
        for incident in Incident.objects.select_related("merchant").order_by("-id"):
            held = incident.holds.filter(ended_at=None).count()
            self.stdout.write(
                f"{incident.pk}  {incident.merchant.slug}  {incident.state}  {incident.opened_at:%Y-%m-%d %H:%M}  "
                f"{incident.payments.count()} payments, {held} customers held  {incident.name}"
            )

    def _tell(self, found: Sequence[Found], numbers: Sequence[int]) -> None:
        """By line number only: what people sent us of themselves does not belong on a screen."""
        counts: Counter = Counter()
        for line in found:
            result = "found" if line.payment_ids else "outside the time" if line.outside else "unknown"
            counts[result] += 1
            payments = f", {len(line.payment_ids)} payments" if line.payment_ids else ""
            outside = f", {line.outside} outside the time" if line.payment_ids and line.outside else ""
            self.stdout.write(f"line {numbers[line.number - 1]}: {result} ({line.kind}{payments}{outside})")
        self.stdout.write(f"{len(found)} lines: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
        payment_ids = {payment_id for line in found for payment_id in line.payment_ids}
        owed = Payment.objects.filter(id__in=payment_ids).values_list("customer_id", "outstanding_minor")
        people, still_open = {who for who, _ in owed}, sum(1 for _, minor in owed if minor)
        self.stdout.write(f"{len(payment_ids)} payments of {len(people)} customers, {still_open} not paid")

    def _found(self, incident_id: int) -> Incident:
        found = Incident.objects.filter(pk=incident_id).first()
        if found is None:
            raise CommandError(f"There is no incident {incident_id}.")
        return found


def _lines(path: str) -> list[tuple[int, str]]:
    """The first column of each line that has one, with the number of its line."""
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            lines = [(rows.line_num, row[0].strip()) for row in rows if row]
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise CommandError(f"{path}: {problem}") from problem
    return [(number, text) for number, text in lines if text and not text.startswith("#")]


def _instant(text: str, merchant: Merchant) -> datetime:
    try:
        told = datetime.fromisoformat(text)
    except ValueError as problem:
        raise CommandError(f"{text!r} is no date or time: 2026-08-01 or 2026-08-01T09:00.") from problem
    return told if told.tzinfo else told.replace(tzinfo=zone_of(merchant.time_zone) or zone_of("UTC"))


def _actor() -> str:
    return f"command:{getpass.getuser()}"
