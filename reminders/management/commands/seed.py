from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils.translation import gettext as _
from tqdm import tqdm

from accounts.models import Customer, Merchant, Payment
from accounts.services.keys import issue_api_key
from common import clock
from defaults.models import DefaultCase

from ...channels import open_channels
from ...models import Message
from ...sample import life
from ...sample.cast import SHOPS
from ...sample.founding import found
from ...sample.story import tell


class Command(BaseCommand):
    help = "Make the sample world: merchants, customers, two months of payments, cases in every state, and staff."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=2026, help="another number, another world")

    def handle(self, *, seed: int, **_options) -> None:
        if Merchant.objects.filter(slug__in=[shop.slug for shop in SHOPS]).exists():
            self.stdout.write(_("The sample world is there already."))
            return
        now = clock.now()
        with connection.cursor() as cursor:
            # A made-up world that a crash loses can be made again: no commit need wait for the disk.
            cursor.execute("SET synchronous_commit = off")
        merchants, password, names = found()
        told = tell(seed=seed, now=now)
        bar = tqdm(total=len(life.instants(now)), unit="instant", leave=False, mininterval=0.5)
        with bar, open_channels() as channels:
            for at in life.live(told=told, merchants=merchants, seed=seed, now=now, channels=channels):
                bar.set_description(f"{at:%Y-%m-%d}", refresh=False)
                bar.update()
        self._tell(merchants, password, names)

    def _tell(self, merchants: dict[str, Merchant], password: str, names: list[str]) -> None:
        counts = {
            "customers": Customer.objects.count(),
            "payments": Payment.objects.count(),
            "cases": DefaultCase.objects.count(),
            "messages": Message.objects.filter(contacted_at__isnull=False).count(),
        }
        self.stdout.write(", ".join(f"{count} {name}" for name, count in counts.items()))
        if names:
            self.stdout.write(f"staff: {', '.join(names)}, password {password}")
        key = issue_api_key(merchant=merchants[SHOPS[0].slug], scopes=["events:write", "read"])
        self.stdout.write(f"API key of {SHOPS[0].slug}: {key}")
