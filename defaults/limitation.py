"""Extinctive prescription: until when a debt may be asked for. Pure.

Asking follows the earlier date, always: `limitation_day` and `is_barred` know no acknowledgement. An accepted offer, a
plan, a promise or a part payment restarts the clock in law, but which of them counts is for a court to say, and asking
for a dead debt is the worse mistake. `restarted_limitation_day` is for showing, to customers before they agree and to
staff: nothing is asked, offered or charged on the strength of it.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date


def limitation_day(due_on: date, years: int) -> date:
    """The last day on which the claim stands: `years` from the due date, the first day not counted (민법 157, 163).

    Where that month has no such day, its last one (민법 160(3)).
    """
    year = due_on.year + years
    return date(year, due_on.month, min(due_on.day, monthrange(year, due_on.month)[1]))


def restarted_limitation_day(due_on: date, *, years: int, acknowledged_on: Iterable[date]) -> date:
    """The last day if each of these acknowledgements restarted the clock (민법 168 no. 3, 178(1)).

    One from before the claim was due starts nothing, and one that came too late revives nothing. Never earlier than
    `limitation_day`.
    """
    last = limitation_day(due_on, years)
    for day in sorted(acknowledged_on):
        if due_on < day <= last:
            last = limitation_day(day, years)
    return last


def is_barred(due_on: date, *, years: int, as_of: date) -> bool:
    """`as_of` is the customer's local date."""
    return as_of > limitation_day(due_on, years)
