"""Checks of the clock on the customer's wall. Closed in one zone the customer may be in is closed."""

from ..facts import CaseFacts, Verdict
from .rule import SAFETY_MARGIN, Ask, Check, Finding
from .stops import ASK_TOMORROW
from .windows import Window, first_open, outside


def within(window: Window, code: str) -> Check:
    def check(facts: CaseFacts, ask: Ask) -> Finding | None:
        return closed(window, code, facts, ask)

    return check


def closed(window: Window, code: str, facts: CaseFacts, ask: Ask) -> Finding | None:
    if not ask.places:
        return Finding(Verdict.DEFER, "zone_unknown", ask.now + ASK_TOMORROW)
    for place in ask.places:
        if not window.is_open(place.wall, facts.calendar):
            break
    else:
        return None
    until = first_open((window,), facts.time_zones, ask.now, facts.calendar)
    if until is None:
        return Finding(Verdict.BLOCK, "never_open")
    return Finding(Verdict.DEFER, code, until, (("zone", str(place.zone)),))


def own_hours(facts: CaseFacts) -> Window | None:
    """The hours left open by the bands the customer closed."""
    return outside(facts.blocked_bands, SAFETY_MARGIN) if facts.blocked_bands else None


def within_own_hours(facts: CaseFacts, ask: Ask) -> Finding | None:
    if not facts.blocked_bands:
        return None
    return closed(outside(facts.blocked_bands, SAFETY_MARGIN), "hours_blocked", facts, ask)
