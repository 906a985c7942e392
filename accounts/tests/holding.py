"""Asking the database whether invariants hold, for tests."""

from collections.abc import Iterable

from django.db import connection

from accounts.invariants import CHECKS, Check


def violations(checks: Iterable[Check] = CHECKS) -> list[str]:
    found = []
    with connection.cursor() as cursor:
        for check in checks:
            cursor.execute(check.query)
            found += [f"{check.name}: {line}" for (line,) in cursor.fetchall()]
    return found
