"""What was agreed at a case: promises, offers, plans and placements, in lines."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.views.wording import amount, day, short_day, short_moment
from defaults.models import DefaultCase

from .event_words import AGREEMENT_STATES


def agreements(case: DefaultCase, *, now: datetime) -> list[dict]:
    """Promises, offers, plans and placements, those that live first."""
    today = timezone.localtime(now).date()
    found = [
        _line(
            case,
            one,
            _("Promised"),
            one.amount_minor,
            _("for %s") % short_day(one.on, today=today),
        )
        for one in case.promises.all()
    ]
    found += [
        _line(
            case,
            one,
            _("Offer"),
            one.pay_minor,
            _("until %s") % short_moment(one.pay_until or one.expires_at, now=now),
        )
        for one in case.offers.all()
        if one.state != "draft"
    ]
    found += [_plan(case, one) for one in case.plans.all()]
    found += [_placement(case, one, now=now) for one in case.placements.all()]
    return sorted(found, key=lambda line: not line["lives"])


def _line(case: DefaultCase, row: object, name: str, minor: int | None, when: str) -> dict:
    word, colour, lives = AGREEMENT_STATES[row.state]
    return {
        "name": name,
        "sum": "" if minor is None else amount(minor, case.currency),
        "when": when,
        "word": word,
        "colour": colour,
        "lives": lives,
    }


def _plan(case: DefaultCase, plan: object) -> dict:
    instalments = [
        {"sum": amount(one.amount_minor, case.currency), "on": day(one.due_on), "is_paid": one.paid_at}
        for one in plan.instalments.all()
    ]
    return _line(case, plan, _("Instalments"), plan.total_minor, "") | {"instalments": instalments}


def _placement(case: DefaultCase, placement: object, *, now: datetime) -> dict:
    when = _("from %s") % short_moment(placement.placed_at or placement.place_at, now=now)
    line = _line(case, placement, str(placement.agency), placement.claimed_minor, when)
    return line | {"package": placement.pk if placement.state == "placed" else None}
