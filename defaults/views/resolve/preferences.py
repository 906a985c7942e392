"""In which language, by which means and at which hours a known customer wants to be written to."""

from datetime import datetime, time

from babel.dates import get_day_names
from django.conf import settings
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Channel
from accounts.views.wording import language

from ...services.acts import Refused
from ...services.preferences import set_preferences
from .act import Act, Field, Form, Option, Receipt, Summary, Way, Wrong
from .simple import CUSTOMER
from .visit import Visit


class Preferences(Act):
    name = "preferences"
    for_known = True

    def way(self, visit: Visit) -> Way | None:
        return Way(_("Language, channels and hours"), _("How and when we may write to you."))

    def form(self, visit: Visit, said: QueryDict) -> Form:
        now = _stored(visit) if not said else _said(said)
        tags = [Option("", _("as the merchant told us"), is_chosen=not now["language"])] + [
            Option(code, name, is_chosen=now["language"] == code) for code, name in settings.LANGUAGES
        ]
        channels = [
            Option(one.value, str(one.label), is_chosen=one.value in now["channels"]) for one in Channel
        ]
        days = [Option(str(n), name, is_chosen=str(n) in now["days"]) for n, name in enumerate(_days())]
        return Form(
            title=_("Language, channels and hours"),
            fields=(
                Field(kind="choice", name="language", label=_("Language"), options=tuple(tags)),
                Field(kind="many", name="channel", label=_("Do not write to me by"), options=tuple(channels)),
                Field(
                    kind="many",
                    name="day",
                    label=_("Do not write to me on"),
                    options=tuple(days),
                    detail=_("Up to 28 hours a week. We never write at night, from 21:00 to 08:00."),
                ),
                Field(kind="time", name="from", label=_("From"), value=now["from"]),
                Field(kind="time", name="until", label=_("Until"), value=now["until"]),
            ),
        )

    def summary(self, visit: Visit, said: QueryDict) -> Summary:
        chosen = _said(said)
        bands, names = _bands(chosen), _days()
        blocked = [str(Channel(value).label) for value in chosen["channels"]]
        hours = [
            f"{', '.join(names[n] for n in band['days'])} {band['from']}–{band['until']}" for band in bands
        ]
        return Summary(
            title=_("How and when we may write to you"),
            lines=(
                (
                    _("Language"),
                    dict(settings.LANGUAGES).get(chosen["language"], _("as the merchant told us")),
                ),
                (_("Not by"), ", ".join(blocked) or _("no limits")),
                (_("Not on"), ", ".join(hours) or _("no limits")),
            ),
            button=_("Save"),
            said={
                "language": [chosen["language"]],
                "channel": chosen["channels"],
                "day": chosen["days"],
                "from": [chosen["from"]],
                "until": [chosen["until"]],
            },
        )

    def carry_out(self, visit: Visit, said: QueryDict, summary: Summary) -> None:
        chosen = _said(said)
        try:
            set_preferences(
                customer_id=visit.case.customer_id,
                language=chosen["language"],
                blocked_channels=chosen["channels"],
                blocked_bands=_bands(chosen),
                actor=CUSTOMER,
                now=visit.now,
            )
        except Refused as refusal:
            raise Wrong(_refused(refusal)) from refusal

    def receipt(self, visit: Visit) -> Receipt | None:
        return Receipt(
            title=_("Saved. We keep to it from now on."),
            lines=((_("Language"), dict(settings.LANGUAGES)[translation.get_language()]),),
        )


def _refused(refusal: Refused) -> str:
    return {
        "too_many_hours": _("That is more than 28 hours a week."),
        "no_channel_left": _("One means has to stay open, so that we can answer you."),
        "too_many_channels": _("One means has to stay open, so that we can answer you."),
    }.get(refusal.code, _("This cannot be saved: %s") % refusal.detail)


def _stored(visit: Visit) -> dict:
    """The first band stands for all: the form writes one."""
    stored = getattr(visit.case.customer, "preference", None)
    band = stored.blocked_bands[0] if stored and stored.blocked_bands else {}
    return {
        "language": stored.language if stored else "",
        "channels": list(stored.blocked_channels) if stored else [],
        "days": [str(n) for n in band.get("days", [])],
        "from": band.get("from", ""),
        "until": band.get("until", ""),
    }


def _said(said: QueryDict) -> dict:
    return {
        "language": said.get("language", "") if said.get("language") in dict(settings.LANGUAGES) else "",
        "channels": [value for value in said.getlist("channel") if value in Channel.values],
        "days": [value for value in said.getlist("day") if value in "0123456" and len(value) == 1],
        "from": said.get("from", ""),
        "until": said.get("until", ""),
    }


def _bands(chosen: dict) -> list[dict]:
    if not chosen["days"]:
        return []
    first, last = _time(chosen["from"]), _time(chosen["until"])
    if first >= last:
        raise Wrong(_("The hours end after they begin."))
    days = [int(day) for day in chosen["days"]]
    return [{"days": days, "from": f"{first:%H:%M}", "until": f"{last:%H:%M}"}]


def _time(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007  a wall time
    except ValueError:
        raise Wrong(_("Write both times, as 19:00.")) from None


def _days() -> list[str]:
    names = get_day_names("wide", locale=language())
    return [names[n] for n in range(7)]
