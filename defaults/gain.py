"""What looking at a case is expected to bring: the sum times the chance that it is still paid, less the cost. Pure.

The chances are the house's assumptions by the age of the debt, not measurements; they fall with age, as recovery does.
A case carries its chance, so that an index has the order (`DefaultCase.gain_rank`); `services.chances` keeps it.
"""

from dataclasses import dataclass

PER_MILLE = 1000
# (most days past due, chance in thousandths); None: older than all of these.
CHANCES: tuple[tuple[int | None, int], ...] = ((30, 500), (60, 300), (90, 180), (180, 90), (None, 40))
# A few minutes of a person's time, in minor units; a currency that is not listed costs nothing.
COSTS_MINOR = {"KRW": 500, "JPY": 50, "USD": 40, "EUR": 35, "GBP": 30, "BRL": 200}


@dataclass(frozen=True, slots=True)
class Gain:
    """`net_minor` = `amount_minor` × `chance` / 1000, rounded down, − `cost_minor`; negative where it does not pay."""

    amount_minor: int
    chance: int
    cost_minor: int

    @property
    def net_minor(self) -> int:
        return self.amount_minor * self.chance // PER_MILLE - self.cost_minor


def chance_at(days: int) -> int:
    """The chance, in thousandths, that a debt this many days past due is still paid."""
    return next(chance for most, chance in CHANCES if most is None or days <= most)


def chance_sql(due_on: str, today: str) -> str:
    """`chance_at` over rows, of a due date and a local date, in SQL (a test compares them)."""
    bands = " ".join(f"WHEN {due_on} >= {today} - {most} THEN {chance}" for most, chance in CHANCES if most)
    return f"CASE {bands} ELSE {CHANCES[-1][1]} END"


def gain_of(*, amount_minor: int, currency: str, days: int) -> Gain:
    return Gain(amount_minor, chance_at(days), COSTS_MINOR.get(currency, 0))
