import sys
from argparse import ArgumentParser
from getpass import getpass

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ...models import Gateway, Merchant
from ...services.gateway_setups import forget_previous_secret, set_up_gateway


class Command(BaseCommand):
    help = (
        "Choose the gateway that a merchant's customers pay by, and seal its keys. Secrets are asked for, or read from "
        "standard input, one a line: they never stand on a command line."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--merchant", required=True, help="slug")
        parser.add_argument("--gateway", required=True, choices=Gateway.values)
        parser.add_argument(
            "--public-key",
            default="",
            help="client key; for PortOne store id and channel key, with a space between",
        )
        parser.add_argument(
            "--forget-previous",
            action="store_true",
            help="end the time in which two webhook secrets are good",
        )

    def handle(self, *, merchant: str, gateway: str, public_key: str, **options) -> None:
        owner = Merchant.objects.filter(slug=merchant).first()
        if owner is None:
            raise CommandError(
                _("There is no merchant %(slug)s; create_merchant makes one.") % {"slug": merchant}
            )
        if options["forget_previous"]:
            forget_previous_secret(merchant_id=owner.pk, gateway=gateway)
            self.stdout.write(_("Only the present webhook secret is good from now on."))
            return
        secret, webhook_secret = ("", "") if gateway == Gateway.SANDBOX else self._secrets()
        set_up_gateway(
            merchant_id=owner.pk,
            gateway=gateway,
            public_key=public_key,
            secret=secret,
            webhook_secret=webhook_secret,
        )
        self.stdout.write(
            _("Customers of %(merchant)s pay by %(gateway)s.") % {"merchant": owner.name, "gateway": gateway}
        )

    def _secrets(self) -> tuple[str, str]:
        """What is left empty stays as it was."""
        asked = (_("Secret key: "), _("Webhook secret: "))
        if sys.stdin.isatty():
            secret, webhook_secret = (getpass(words) for words in asked)
        else:
            secret, webhook_secret = (sys.stdin.readline() for _words in asked)
        return secret.strip(), webhook_secret.strip()
