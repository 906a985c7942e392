from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ...models import Merchant
from ...services.keys import issue_api_key


class Command(BaseCommand):
    help = "Make an API key for a merchant and print it alone. It is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("merchant", help="slug of the merchant")
        parser.add_argument("--scopes", required=True, help="comma-separated, as events:write,read")

    def handle(self, *, merchant: str, scopes: str, **_options) -> None:
        owner = Merchant.objects.filter(slug=merchant).first()
        if owner is None:
            raise CommandError(
                _("There is no merchant %(slug)s; create_merchant makes one.") % {"slug": merchant}
            )
        try:
            key = issue_api_key(
                merchant=owner, scopes=[scope.strip() for scope in scopes.split(",") if scope.strip()]
            )
        except ValueError as problem:
            raise CommandError(f"--scopes: {problem}") from problem
        self.stdout.write(key)
