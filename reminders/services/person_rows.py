"""What protects a person counts for all their records: of each wish the strictest, and every contact on every claim."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from django.db import connection

_OTHERS = """
SELECT own.customer_id, other.customer_id
  FROM accounts_personrecord own JOIN accounts_personrecord other USING (person_id)
 WHERE own.customer_id = ANY(%s) AND other.customer_id <> own.customer_id
"""
_WISHES = """
SELECT u.id, u.birth_date, least(p.stopped_at, u.erased_at), p.blocked_channels, p.blocked_bands
  FROM accounts_customer u LEFT JOIN accounts_contactpreference p ON p.customer_id = u.id
 WHERE u.id = ANY(%s)
"""

Groups = Mapping[int, list[tuple]]
Change = Callable[[tuple], tuple | None]


def others_of(customer_ids: list[int]) -> dict[int, list[int]]:
    """The other records of each customer's person; most customers have none and are absent."""
    found: dict[int, list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, [customer_ids])
        for own, other in cursor.fetchall():
            found[own].append(other)
    return found


def shared(groups: Groups, others: Mapping[int, list[int]], change: Change) -> Groups:
    """The rows of each customer and, as `change` makes them (None: not at all), those of their other records."""
    return groups | {own: _with(groups, own, records, change) for own, records in others.items()}


def every_claim(contact: tuple) -> tuple:
    """A contact about another record: it counts on each claim of this one."""
    customer_id, at, contact_class, _claims = contact
    return customer_id, at, contact_class, None


def wide(hold: tuple) -> tuple | None:
    """A hold of the person; one of a single case stays with that case."""
    return hold if hold[1] is None else None


def barred(address: tuple) -> tuple | None:
    """Who wants no messages at one address of a channel gets none at another; that one bounced says nothing of it."""
    return address if address[2] == "suppressed" else None


def strictest(cases: list[tuple], others: Mapping[int, list[int]]) -> list[tuple]:
    """The rows of cases with the wishes of all records of their person."""
    if not others:
        return cases
    ids = sorted({record for records in others.values() for record in records})
    with connection.cursor() as cursor:
        cursor.execute(_WISHES, [ids])
        wishes = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_strictest(case, [wishes[one] for one in others.get(case[2], ())]) for case in cases]


def _with(groups: Groups, own: int, records: list[int], change: Change) -> list[tuple]:
    rows = list(groups.get(own, ()))
    changed = (change(row) for record in records for row in groups.get(record, ()))
    return rows + [row for row in changed if row is not None]


def _strictest(case: tuple, wishes: list[tuple]) -> tuple:
    *start, birth_date, erased_at, language, stopped_at, channels, bands = case
    for born, silent_since, closed, hours in wishes:
        birth_date = _known(max, birth_date, born)
        stopped_at = _known(min, stopped_at, silent_since)
        channels = sorted({*(channels or ()), *(closed or ())})
        bands = _joined(bands, hours)
    return *start, birth_date, erased_at, language, stopped_at, channels, bands


def _known(choose: Callable, *values: object) -> object:
    return choose((value for value in values if value is not None), default=None)


def _joined(*texts: str | None) -> str:
    """One JSON list of several."""
    inner: Iterable[str] = (text.strip()[1:-1].strip() for text in texts if text)
    return f"[{', '.join(part for part in inner if part)}]"
