"""A database of its own on the same server, with the merchant as it is at home or as the mapping describes it."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.forms.models import model_to_dict
from environ import Env
from psycopg2 import sql

from accounts.importing import Mapping
from accounts.models import Channel, Merchant
from defaults.models import CollectionTerms

from ..models import ChannelSetup, DunningPolicy, PolicyVersion, Step, Template

# What a rehearsal's database is a copy of; whatever it has been brought up to already need not be done again.
TEMPLATE = "template0"


class UnknownPolicy(ValueError):
    """No policy of that name is in force."""


@dataclass(slots=True)
class Home:
    """What is taken along from the product's own database: plain values, no rows of it."""

    merchant: dict | None = None
    terms: list[dict] = field(default_factory=list)
    policy: dict | None = None
    version: dict | None = None
    steps: list[dict] = field(default_factory=list)
    templates: list[dict] = field(default_factory=list)


def look_home(*, slug: str, policy: str | None) -> Home:
    """The merchant's settings, texts and ladder where this instance has them; an instance without tables has none."""
    home = Home()
    try:
        with transaction.atomic():
            merchant = Merchant.objects.filter(slug=slug).first()
            if merchant:
                home.merchant = _plain(merchant, "feed_seen_at", "sending_paused_at")
                home.terms = [_plain(row, "merchant") for row in merchant.terms.all()]
                texts = Template.objects.filter(merchant=merchant)
                home.templates = [_plain(row, "merchant") for row in texts]
            _take_policy(home, merchant, policy)
    except DatabaseError:
        return Home()
    return home


def _take_policy(home: Home, merchant: Merchant | None, slug: str | None) -> None:
    """The ladder asked for, else the merchant's own, else everybody's."""
    live = PolicyVersion.objects.filter(state=PolicyVersion.State.LIVE).select_related("policy")
    wanted = (
        live.filter(policy__slug=slug)
        if slug
        else live.filter(Q(policy__merchant=merchant) | Q(policy__merchant=None))
    )
    version = wanted.order_by(F("policy__merchant").asc(nulls_last=True)).first()
    if version:
        home.policy = _plain(version.policy, "merchant", "paused_at")
        home.version = _plain(version, "policy")
        home.steps = [_plain(step, "version") for step in version.steps.all()]


def _plain(row, *without: str) -> dict:
    return {name: value for name, value in model_to_dict(row).items() if name not in {"id", *without}}


@contextmanager
def own_database(*, keep: bool) -> Iterator[str]:
    """Make a database, migrate it, point the connection at it; drop it afterwards unless it is to be kept."""
    name, home = f"amends_rehearsal_{os.getpid()}_{secrets.token_hex(4)}", connection.settings_dict["NAME"]
    _administer("CREATE DATABASE {} TEMPLATE {}", name, TEMPLATE)
    try:
        # A crash loses the rehearsal anyhow, so no commit need wait for the disk.
        _administer("ALTER DATABASE {} SET synchronous_commit = off", name)
        with _connected(NAME=name):
            call_command("migrate", verbosity=0, interactive=False)
            yield name
    finally:
        assert connection.settings_dict["NAME"] == home
        if not keep:
            _drop(name)


@contextmanager
def other_database(url: str) -> Iterator[str]:
    """The database at `url`, brought up to date; it stays."""
    entry = Env.db_url_config(url)
    options = entry.get("OPTIONS", {})
    values = {
        key: options.pop(key.lower(), "") or entry.get(key, "")
        for key in ("HOST", "PORT", "USER", "PASSWORD")
    }
    with _connected(NAME=entry["NAME"], **values):
        call_command("migrate", verbosity=0, interactive=False)
        yield entry["NAME"]


def _drop(name: str) -> None:
    """A plain drop ends the server's own vacuum, which force is not allowed to; force ends whoever else looks at it."""
    try:
        _administer("DROP DATABASE IF EXISTS {}", name)
    except OperationalError:
        _administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _administer(statement: str, *names: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def _connected(**values: str) -> Iterator[None]:
    before = {key: connection.settings_dict[key] for key in values}
    connection.close()
    for entry in (connection.settings_dict, settings.DATABASES["default"]):
        entry.update(values)
    try:
        yield
    finally:
        connection.close()
        for entry in (connection.settings_dict, settings.DATABASES["default"]):
            entry.update(before)


@transaction.atomic
def furnish(*, slug: str, mapping: Mapping, home: Home) -> Merchant:
    """The merchant with its terms, ladder and texts in the rehearsal's database; every channel only records."""
    for channel in Channel.values:
        ChannelSetup.objects.update_or_create(
            channel=channel,
            defaults={"adapter": ChannelSetup.Adapter.RECORD, "memory": ChannelSetup.Memory.KEY},
        )
    merchant = Merchant.objects.filter(slug=slug).first()
    if merchant is None:
        form = mapping.merchant
        told = {name: getattr(form, name) for name in ("currency", "jurisdiction", "time_zone", "locale")}
        merchant = Merchant.objects.create(**(home.merchant or told | {"slug": slug, "name": slug.title()}))
        CollectionTerms.objects.bulk_create(CollectionTerms(merchant=merchant, **row) for row in home.terms)
        Template.objects.bulk_create(Template(merchant=merchant, **row) for row in home.templates)
    return merchant


@transaction.atomic
def put_in_force(*, merchant: Merchant, slug: str | None, home: Home) -> None:
    """Give the merchant the ladder of home, or the one of that name here. Raises UnknownPolicy.

    Only in a database of the rehearsal's own: a ladder of the same name is replaced.
    """
    if home.policy:
        slug = home.policy["slug"]
        policy, _ = DunningPolicy.objects.get_or_create(slug=slug, defaults=home.policy)
        policy.versions.all().delete()
        version = PolicyVersion.objects.create(policy=policy, **home.version)
        Step.objects.bulk_create(Step(version=version, **step) for step in home.steps)
    if slug is None:
        return
    live = DunningPolicy.objects.filter(slug=slug, versions__state=PolicyVersion.State.LIVE).first()
    if live is None:
        known = ", ".join(DunningPolicy.objects.order_by("slug").values_list("slug", flat=True))
        raise UnknownPolicy(f"No policy {slug} is in force; there are: {known or 'none'}.")
    DunningPolicy.objects.filter(merchant=merchant).exclude(pk=live.pk).update(merchant=None)
    DunningPolicy.objects.filter(pk=live.pk).update(merchant=merchant)
