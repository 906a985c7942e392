"""What a person asked of us about contact, what bars it, and by what they can prove who they are: in words."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from babel.dates import get_day_names
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Channel, Customer
from accounts.views.wording import day, language, moment
from defaults.models import Hold
from defaults.views.wording import held_until

from ..models import Suppression


def wishes(
    records: Sequence[Customer], suppressed: Sequence[Suppression], holds: Sequence[Hold], *, now: datetime
) -> list[dict]:
    """What each record asked for, and what bars contact for all of it."""
    barred = {bytes(one.fingerprint): one for one in suppressed}
    return [
        _wishes(record, barred, [h for h in holds if h.customer_id == record.pk], now=now)
        for record in records
    ]


def _wishes(
    record: Customer, barred: Mapping[bytes, Suppression], holds: list[Hold], *, now: datetime
) -> dict:
    asked = getattr(record, "preference", None)
    points = [point for point in record.contact_points.all() if bytes(point.fingerprint) in barred]
    chosen = (asked and asked.language) or record.locale.partition("-")[0]
    return {
        "record": record,
        "language": dict(settings.LANGUAGES).get(chosen, chosen) or _("as the merchant's"),
        "stopped": moment(asked.stopped_at) if asked and asked.stopped_at else "",
        "erased": moment(record.erased_at) if record.erased_at else "",
        "channels": [Channel(one).label for one in asked.blocked_channels] if asked else [],
        "hours": [_band(band) for band in asked.blocked_bands] if asked else [],
        "barred": [
            _("%(channel)s, since %(ago)s: %(reason)s") % _bar(barred[bytes(point.fingerprint)], now=now)
            for point in points
        ],
        "holds": [f"{hold.get_reason_display()} · {held_until(hold, now=now)}" for hold in holds],
    }


def _bar(one: Suppression, *, now: datetime) -> dict[str, str]:
    reasons = {"complaint": _("a complaint")}
    return {
        "channel": Channel(one.channel).label,
        "ago": day(timezone.localtime(one.created_at).date()),
        "reason": reasons.get(one.reason, one.reason),
    }


def _band(band: Mapping) -> str:
    names = get_day_names("abbreviated", locale=language())
    days = ", ".join(names[number] for number in band["days"])
    return f"{days} {band['from']}–{band['until']}"


def second_factor(records: Sequence[Customer], tries: int | None) -> str:
    """By what the customer can prove who they are on the page we link to."""
    has_facts = any(
        record.birth_date and any(point.channel == Channel.SMS for point in record.contact_points.all())
        for record in records
    )
    has_code = any(point.health == "ok" for record in records for point in record.contact_points.all())
    told = [_("phone and year of birth")] if has_facts and tries != 0 else []
    told += [_("a code sent to them")] if has_code else []
    words = _(" or ").join(told) or _("nothing we know of; a person must ask")
    if tries is None:
        return words
    return (
        f"{words} · "
        + ngettext("%d try left on the latest link", "%d tries left on the latest link", tries) % tries
    )
