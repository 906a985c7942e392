"""Checks of how often a claim was contacted. One message about three claims counts once on each of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from common.calendar import start_of_day, zone_of

from ..facts import CaseFacts, ContactClass, Verdict
from .rule import Ask, Check, Finding, Place

_DAY = timedelta(days=1)

# Classes that count against a cap; of info-only contacts the first of a day is free (2.1).
COUNTING = frozenset({ContactClass.DEMAND, ContactClass.OFFER, ContactClass.INFO})


@dataclass(frozen=True, slots=True)
class AtMost:
    """`contacts` per claim in `days`, both as rolling 24-hour days and as calendar days: the stricter (2.7 point 4)."""

    contacts: int
    days: int

    def __call__(self, facts: CaseFacts, ask: Ask) -> Finding | None:
        if not facts.contacts or _is_free(facts, ask):
            return None
        until: datetime | None = None
        for instants in facts.contacts.values():
            if len(instants) < self.contacts:
                continue
            # Room for one more when no more than `contacts - 1` of them are left inside.
            last_out = sorted(instants)[-self.contacts]
            for free in _free_from(last_out, self.days, ask):
                if free > ask.now and (until is None or free > until):
                    until = free
        if until is None:
            return None
        params = (("contacts", self.contacts), ("days", self.days))
        return Finding(Verdict.DEFER, "cap_reached", until, params)


def at_most_in_a_day(contacts: int) -> Check:
    """`contacts` per claim on one calendar day."""

    def check(facts: CaseFacts, ask: Ask) -> Finding | None:
        if not facts.contacts or _is_free(facts, ask):
            return None
        until: datetime | None = None
        for instants in facts.contacts.values():
            if len(instants) < contacts:
                continue
            last_out = sorted(instants)[-contacts]
            for place in ask.places:
                free = _midnight_after(last_out, 1, place)
                if free > ask.now and (until is None or free > until):
                    until = free
        if until is None:
            return None
        return Finding(Verdict.DEFER, "cap_reached", until, (("contacts", contacts), ("days", 1)))

    return check


def _free_from(contact: datetime, days: int, ask: Ask) -> Iterable[datetime]:
    yield contact + days * _DAY
    for place in ask.places:
        yield _midnight_after(contact, days, place)


def _midnight_after(contact: datetime, days: int, place: Place) -> datetime:
    day = contact.astimezone(place.zone).date()
    return start_of_day(day + days * _DAY, place.zone)


def _is_free(facts: CaseFacts, ask: Ask) -> bool:
    """Whether this is the first info-only contact of the customer's day."""
    if ask.contact_class != ContactClass.INFO:
        return False
    if not ask.places:
        return not facts.info_sent
    return not any(
        instant.astimezone(place.zone).date() == place.day
        for instant in facts.info_sent
        for place in ask.places
    )


def counting(
    contacts: Iterable[tuple[datetime, ContactClass]], time_zones: tuple[str, ...]
) -> tuple[datetime, ...]:
    """Of one claim's contacts, those that count: demands, offers, and info-only ones but the first of a day.

    Where zones differ an info-only contact counts if it does in any of them; without a zone all of them count.
    """
    zones = [zone for zone in map(zone_of, time_zones) if zone is not None]
    seen: set[tuple[str, date]] = set()
    counted = []
    for instant, contact_class in sorted(contacts):
        if contact_class not in COUNTING:
            continue
        if contact_class == ContactClass.INFO and zones:
            days = {(str(zone), instant.astimezone(zone).date()) for zone in zones}
            is_first = seen.isdisjoint(days)
            seen |= days
            if is_first:
                continue
        counted.append(instant)
    return tuple(counted)
