"""Asking the database whether every invariant holds."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from django.db import connection, transaction

from accounts.invariants import CHECKS as ACCOUNTS
from accounts.invariants import Check
from defaults.invariants import CHECKS as DEFAULTS
from reminders.invariants import CHECKS as REMINDERS

CHECKS = (*ACCOUNTS, *DEFAULTS, *REMINDERS)
EXAMPLES = 5
_COUNTED = """
SELECT count(*), coalesce((array_agg(line))[1:{examples}], '{{}}') FROM ({query}) AS violation(line)
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one check; `examples` are the first few violations in words."""

    name: str
    ok: bool
    violations: int
    examples: list[str]

    def as_json(self) -> dict:
        return asdict(self)


def verify(checks: Iterable[Check] = CHECKS) -> Iterator[Finding]:
    """One finding per check, all about the same instant: what runs meanwhile is not seen and not held up."""
    is_inside = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not is_inside:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for check in checks:
            # No parameters, so that `%` is what it is.
            cursor.execute(_COUNTED.format(examples=EXAMPLES, query=check.query))
            violations, examples = cursor.fetchone()
            yield Finding(name=check.name, ok=not violations, violations=violations, examples=examples)
