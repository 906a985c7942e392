"""Releasing a part of what is owed for good (민법 506), and turning back a release made in error."""

from collections.abc import Mapping
from datetime import datetime

from ..ingest import balances
from .acting import act_on
from .payments import PaymentRow


def waive(*, parts: Mapping[int, int], act: str, now: datetime) -> int:
    """Release so much of each payment (payment id → minor units), at most what it still owes; answers the sum released.

    Fees and principal alike. It does not come back: money for it is over-paid. Raises ValueError for a negative part.
    """
    _check(parts)

    def released(row: PaymentRow) -> dict[str, object]:
        minor = min(parts[row.id], balances(row.state).outstanding)
        return {"waived_minor": row.state.waived_minor + minor} if minor else {}

    return sum(act_on(parts, released, act=act, now=now).values())


def unwaive(*, parts: Mapping[int, int], act: str, now: datetime) -> int:
    """Turn back so much of what was waived of each payment, at most all of it; answers what is asked again.

    For the undoing of an act within its time, and for nothing else: a released debt is never revived silently.
    """
    _check(parts)

    def revived(row: PaymentRow) -> dict[str, object]:
        minor = min(parts[row.id], row.state.waived_minor)
        return {"waived_minor": row.state.waived_minor - minor} if minor else {}

    return -sum(act_on(parts, revived, act=act, now=now).values())


def _check(parts: Mapping[int, int]) -> None:
    if any(minor < 0 for minor in parts.values()):
        raise ValueError("A part is not negative.")
