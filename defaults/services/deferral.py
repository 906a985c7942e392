"""Hardship: the customer cannot pay now. Asking rests and no fees run, because a hold does (KR-DEFER).

S-PDP 17, S-PDPD 16, taken as policy: three months, and one extension of the same length, once per reason.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta

from common.calendar import local_date, start_of_day

from ..models import DefaultCase, Deferral, Hold
from . import case_facts
from .acts import Refused, locked_case, open_hold, record, zone_for
from .review_queues import HARDSHIP, send_to_queue

MONTHS = 3
# Not among the reasons of the decree: asking rests all the same, and a person looks for more that can be done.
_LOOKED_AT = frozenset({Deferral.Reason.INCOME, Deferral.Reason.OTHER})


def defer(*, case_id: int, reason: str, now: datetime, actor: str, text: str = "") -> Deferral:
    """Let asking rest for three months; a second request for the same reason adds the one extension to it.

    `reason` is one of Deferral.Reason. A request repeated on its day is the same one. The history does not say why: it is
    nobody's business who only reads it. Raises Refused: deferral_used, case_closed.
    """
    why = Deferral.Reason(reason)
    with locked_case(case_id) as case:
        granted = list(case.deferrals.filter(reason=why).select_related("hold").order_by("id"))
        today = case_facts.today_of(case, now)
        if granted and local_date(granted[-1].asked_at, zone_for(case)) == today:
            return granted[-1]
        if len(granted) > 1:
            raise Refused("deferral_used", "Asking has rested for this reason, and once more.")
        noted = _grant(case, why, granted=granted, text=text, today=today, now=now, actor=actor)
        record(
            case, kind="deferral_noted", now=now, actor=actor,
            deferral=noted.id, extension=noted.is_extension, until=noted.hold.until.isoformat(),
        )  # fmt: skip
        if why in _LOOKED_AT:
            send_to_queue(case, queue=HARDSHIP, now=now, actor=actor)
    return noted


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day where it has none (민법 160)."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _grant(
    case: DefaultCase,
    why: Deferral.Reason,
    *,
    granted: list[Deferral],
    text: str,
    today: date,
    now: datetime,
    actor: str,
) -> Deferral:
    """The first day is not counted, and the last one is whole (민법 157, 159). An extension goes on where the first ends."""
    zone = zone_for(case)
    first_end = granted[0].hold.until if granted and granted[0].hold.ended_at is None else None
    starts_at, last_day = now, today
    if first_end and first_end > now:
        starts_at, last_day = first_end, local_date(first_end, zone) - timedelta(days=1)
    until = start_of_day(months_later(last_day, MONTHS) + timedelta(days=1), zone)
    return Deferral.objects.create(
        case=case,
        reason=why,
        text=text,
        hold=open_hold(case, reason=Hold.Reason.HARDSHIP, now=starts_at, until=until, actor=actor),
        is_extension=bool(granted),
        asked_by=actor,
        asked_at=now,
    )
