"""The forms that put a case away and back."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.views.wording import short_day
from defaults.models import DefaultCase, Snooze

from ..services.snooze_acts import IN_3_DAYS, NEXT_WEEK, TOMORROW, day_of
from .act_fields import Field, Form, date_field


def snooze_forms(case: DefaultCase, *, today: date) -> Iterator[Form]:
    """`today`: where the viewer is. One query."""
    if case.snoozes.filter(ended_at=None).exists():
        yield Form(action="wake", title=_("Put it back on the desk"))
    fields, told = snooze_fields(today=today)
    yield Form(action="snooze", title=pgettext("act", "Snooze"), fields=fields, told=told)


def snooze_fields(*, today: date) -> tuple[list[Field], str]:
    """What putting away asks for, and what it means."""
    fields = [
        Field(
            name="until",
            label=_("Until nine in the morning"),
            kind="choice",
            choices=_days(today),
            value=TOMORROW,
        ),
        date_field("on", _("The date, if you chose one"), today + timedelta(days=1)),
        Field(name="wakes", label=_("Comes back"), kind="choice", choices=Snooze.Wakes.choices),
        Field(name="note", label=_("Note for colleagues"), is_required=False),
    ]
    told = _(
        "Only your desk rests: reminders and every other automatic step go on. To stop those, put the case on hold. "
        "Coming back sends nothing."
    )
    return fields, told


def _days(today: date) -> list[tuple[str, str]]:
    words = {TOMORROW: _("Tomorrow"), IN_3_DAYS: _("In 3 days"), NEXT_WEEK: _("Next week")}
    days = [
        (value, f"{word}, {short_day(day_of(value, today=today), today=today)}")
        for value, word in words.items()
    ]
    return [*days, ("", _("On a date"))]
