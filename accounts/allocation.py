"""How money is shared out among what is owed (민법 476, 477, 479). Pure; amounts in minor units of one currency.

A part is subtracted, never computed again, so that the parts always sum to the whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

Rule = Literal["oldest_first", "payers_choice"]
OLDEST_FIRST: Rule = "oldest_first"
PAYERS_CHOICE: Rule = "payers_choice"


@dataclass(frozen=True, slots=True)
class Owed:
    """What one payment still owes, by what it is owed for."""

    payment_id: int
    due_on: date
    principal_minor: int
    interest_minor: int = 0
    costs_minor: int = 0

    @property
    def total_minor(self) -> int:
        return self.costs_minor + self.interest_minor + self.principal_minor


def allocate(amount_minor: int, owed: Sequence[Owed], *, rule: Rule) -> dict[int, int]:
    """The part of an amount that goes to each payment, by payment id; payments that get nothing are left out.

    `oldest_first`: the costs of all, then the interest of all, then principal (479), each from the oldest due date on,
    then the lowest id (477 no. 3). `payers_choice`: one payment after the other, in the order given (476).
    What is more than everything owed goes to the payment due last, where it becomes credit.
    Raises ValueError for a negative amount, for the same payment twice, and for money that nobody owes.
    """
    if amount_minor < 0 or len({one.payment_id for one in owed}) != len(owed):
        raise ValueError("An amount is not negative, and a payment stands once.")
    if amount_minor and not owed:
        raise ValueError("There is no payment to allocate this to.")
    parts: dict[int, int] = {}
    rest = amount_minor
    for payment_id, due_minor in _claims(owed, rule):
        taken = min(rest, due_minor)
        rest -= taken
        if taken:
            parts[payment_id] = parts.get(payment_id, 0) + taken
    if rest:
        last = max(owed, key=_age).payment_id
        parts[last] = parts.get(last, 0) + rest
    return parts


def components(amount_minor: int, owed: Owed) -> tuple[int, int, int]:
    """How much of an amount on one payment is (costs, interest, principal), in this order (479).

    What is more than is owed counts as principal; the three always sum to the amount.
    """
    costs = min(amount_minor, owed.costs_minor)
    interest = min(amount_minor - costs, owed.interest_minor)
    return costs, interest, amount_minor - costs - interest


def _claims(owed: Sequence[Owed], rule: Rule) -> list[tuple[int, int]]:
    if rule == PAYERS_CHOICE:
        return [(one.payment_id, one.total_minor) for one in owed]
    aged = sorted(owed, key=_age)
    return [
        (one.payment_id, minor)
        for minors in (
            [one.costs_minor for one in aged],
            [one.interest_minor for one in aged],
            [one.principal_minor for one in aged],
        )
        for one, minor in zip(aged, minors, strict=True)
    ]


def _age(one: Owed) -> tuple[date, int]:
    return one.due_on, one.payment_id


class Movement(NamedTuple):
    """One ledger entry seen from the receivable: its kind and by how much it moved, in minor units."""

    kind: str
    minor: int


def open_parts(movements: Iterable[Movement]) -> tuple[int, int]:
    """(interest, principal) still owed after these movements, in their order; together what they sum to.

    Money and waivers take interest before principal (479); a smaller sale, and money taken back, touch principal only.
    """
    interest = total = 0
    for kind, minor in movements:
        total += minor
        if kind == "fee" or (minor < 0 and kind not in ("credit", "transfer")):
            interest = max(interest + minor, 0)
    interest = min(interest, max(total, 0))
    return interest, total - interest
