import re
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common.money import is_currency

from ...models import Merchant
from ...places import countries, is_locale, time_zones

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}", re.ASCII)


class Command(BaseCommand):
    help = "Make a merchant (a tenant) and print its slug."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="short name in addresses and commands: a-z, 0-9, - and _")
        parser.add_argument("--name", required=True)
        parser.add_argument("--jurisdiction", required=True, help="ISO 3166 country code, as KR")
        parser.add_argument("--time-zone", required=True, help="IANA name, as Asia/Seoul")
        parser.add_argument("--currency", required=True, help="ISO 4217 code, as KRW")
        parser.add_argument(
            "--locale", default="ko", help="language of its messages unless the customer has one"
        )

    def handle(
        self, *, slug: str, name: str, jurisdiction: str, time_zone: str, currency: str, locale: str, **_o
    ) -> None:
        wrong = [
            _("SLUG: %(value)r is not 1 to 60 of a-z, 0-9, - and _") % {"value": slug}
            if not _SLUG.fullmatch(slug)
            else "",
            _("--name: 1 to 200 characters")
            if not 1 <= len(name.strip()) <= 200 or not name.isprintable()
            else "",
            _refused("--jurisdiction", jurisdiction, "ISO 3166 country code", jurisdiction in countries()),
            _refused("--time-zone", time_zone, "IANA time zone", time_zone in time_zones()),
            _refused("--currency", currency, "ISO 4217 currency", is_currency(currency)),
            _refused("--locale", locale, "locale such as ko or en", is_locale(locale) and len(locale) <= 10),
        ]
        if any(wrong):
            raise CommandError("\n".join(filter(None, wrong)))
        try:
            with transaction.atomic():
                Merchant.objects.create(
                    slug=slug,
                    name=name.strip(),
                    jurisdiction=jurisdiction,
                    time_zone=time_zone,
                    currency=currency,
                    locale=locale,
                )
        except IntegrityError as problem:
            raise CommandError(_("There is a merchant %(slug)s already.") % {"slug": slug}) from problem
        self.stdout.write(slug)


def _refused(option: str, value: str, kind: str, is_good: bool) -> str:
    return (
        ""
        if is_good
        else _("%(option)s: %(value)r is no %(kind)s") % {"option": option, "value": value, "kind": kind}
    )
