"""The contact lock: one number per customer, shared by whoever speaks to the customer and whoever makes that wrong.

The sender holds it (session level, no transaction open) from its last look at the facts until the channel has answered.
Intake, stop, hold, promise and dispute take it (transaction level) before they commit. So once a payment is answered,
no message about it starts. It goes when its connection goes: a killed sender leaves no lock behind.
Needs session pooling: a transaction-mode pooler in front of PostgreSQL would break it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

CONTACT_LOCKS = 1 << 56  # keeps these numbers apart from any other advisory lock of the database
WAIT = "2s"


def take_contact_locks(customer_ids: Iterable[int]) -> None:
    """Take the locks of all these customers until the transaction ends; one query, ascending, so that nobody deadlocks.

    Raises the database's OperationalError (SQLSTATE 55P03) after WAIT: the transaction is then void.
    """
    ids = sorted(set(customer_ids))
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{WAIT}'")
        cursor.execute(
            "SELECT count(pg_advisory_xact_lock(%s + id)) FROM (SELECT unnest(%s::bigint[]) AS id ORDER BY 1) ids",
            [CONTACT_LOCKS, ids],
        )
        cursor.execute("SET LOCAL lock_timeout = 0")


@contextmanager
def contact_locks(customer_ids: Iterable[int]) -> Iterator[set[int]]:
    """Hold the locks of these customers for the block, without a transaction.

    Yields the customers whose lock was free; nobody is waited for.
    """
    if transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("The sender's locks must not sit inside a transaction.")
    ids = sorted(set(customer_ids))
    if not ids:
        yield set()
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM unnest(%s::bigint[]) AS id WHERE pg_try_advisory_lock(%s + id)",
            [ids, CONTACT_LOCKS],
        )
        held = {customer_id for (customer_id,) in cursor.fetchall()}
    try:
        yield held
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_advisory_unlock(%s + id)) FROM unnest(%s::bigint[]) AS id",
                [CONTACT_LOCKS, sorted(held)],
            )


@contextmanager
def contact_lock(customer_id: int) -> Iterator[bool]:
    """As `contact_locks` for one customer; yields whether the lock was free."""
    with contact_locks([customer_id]) as held:
        yield customer_id in held
