"""Extinctive prescription: until when a debt may be asked for. Pure."""

from calendar import monthrange
from datetime import date


def limitation_day(due_on: date, years: int) -> date:
    """The last day on which the claim stands: `years` from the due date, the first day not counted (민법 157, 163).

    Where that month has no such day, its last one (민법 160(3)). Acknowledgements that would restart the clock
    (민법 168) are left out: they would only lengthen it, and asking for a dead debt is the worse mistake.
    """
    year = due_on.year + years
    return date(year, due_on.month, min(due_on.day, monthrange(year, due_on.month)[1]))


def is_barred(due_on: date, *, years: int, as_of: date) -> bool:
    """`as_of` is the customer's local date."""
    return as_of > limitation_day(due_on, years)
