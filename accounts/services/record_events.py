"""Intake: what merchants tell us is stored and applied in one transaction, any number of events in one set of queries.

The only writer of customers, payments and the inbox. PostgreSQL only: no broker, no cache, no network call.
A batch that meets another's fresh row, or deadlocks with it, starts over and then finds it.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, OperationalError, connection, transaction

from ..locks import CONTACT_LOCKS
from . import inbox
from .bulk import parts, reserve
from .folding import Batch
from .incoming import Fate, Incoming, arrive

# Ids of events that our own services tell (a checkout, a credit): they say nothing about the merchant's feed.
TOLD_BY_US = "amends:"
_TRIES = 6
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"

_FEED_IS_ALIVE = """
    UPDATE accounts_merchant SET feed_seen_at = %s WHERE id IN (
        SELECT id FROM accounts_merchant
        WHERE id = ANY(%s) AND (feed_seen_at IS NULL OR feed_seen_at < %s::timestamptz - interval '30 seconds')
        FOR NO KEY UPDATE SKIP LOCKED)"""

_BUSY = """
    WITH asked AS MATERIALIZED (
        SELECT merchant_id, reference, customer_id FROM accounts_payment
        WHERE merchant_id = ANY(%s) AND reference = ANY(%s) AND in_case)
    SELECT merchant_id, reference FROM asked WHERE NOT pg_try_advisory_xact_lock(%s + customer_id)"""


def record_events(*, merchant_id: int, events: Sequence[bytes | dict], now: datetime) -> list[Fate]:
    """Take events (JSON texts or mappings in the shape of the API contract), in any order, once each for ever.

    Answers one fate per event, in the order given, after the commit: applied, duplicate, parked or pending is never lost.
    A rejected event leaves nothing behind and never holds up its neighbours.
    Raises OperationalError when the database is away or stays contended: then nothing was stored.
    """
    arrived = [arrive(merchant_id, item) for item in events]
    record([item for item in arrived if isinstance(item, Incoming)], now=now)
    return [item.fate if isinstance(item, Incoming) else item for item in arrived]


def record(incoming: Sequence[Incoming], *, now: datetime) -> None:
    """Store and apply well-formed events, of any number of merchants, in one transaction; each learns its fate."""
    if not incoming:
        return
    for tries_left in reversed(range(_TRIES)):
        try:
            _record_once(incoming, now=now)
            return
        except IntegrityError:
            if not tries_left:
                raise
        except OperationalError as problem:
            code = getattr(problem.__cause__, "pgcode", None)
            if code == _LOCK_NOT_AVAILABLE:
                _record_around_the_busy(incoming, now=now)
                return
            if code != _DEADLOCK or not tries_left:
                raise


def retry_waiting(*, now: datetime, limit: int = 1000) -> int:
    """Apply up to `limit` stored events whose obstacle is gone: parked ones whose payment came, pending ones.

    Safe to run twice at once. Answers how many were applied; 0 while a customer is still being written to.
    """
    try:
        with transaction.atomic():
            waiting = inbox.lock_waiting(limit=limit)
            Batch(waiting, now=now).apply()
    except OperationalError as problem:
        if getattr(problem.__cause__, "pgcode", None) not in (_LOCK_NOT_AVAILABLE, _DEADLOCK):
            raise
        return 0
    return sum(item.fate.status == "applied" for item in waiting)


def _record_once(incoming: Sequence[Incoming], *, now: datetime) -> None:
    with transaction.atomic():
        Batch(_first_sent(incoming), now=now).apply()
        with connection.cursor() as cursor:
            heard = {item.merchant_id for item in incoming if not item.event.id.startswith(TOLD_BY_US)}
            cursor.execute(_FEED_IS_ALIVE, [now, sorted(heard), now])


def _record_around_the_busy(incoming: Sequence[Incoming], *, now: datetime) -> None:
    """To some of these customers a message is leaving right now: their events are kept, and the next sweep applies them.

    The sender looks for such events before it speaks, so nothing more is said until they count.
    """
    with transaction.atomic():
        fresh = _first_sent(incoming)
        busy = _busy(fresh)
        kept = [item for item in fresh if (item.merchant_id, item.payment) in busy]
        (places,) = reserve({"accounts_paymentevent": len(kept)})
        for item, row_id in zip(kept, places, strict=True):
            item.row_id, item.fate.status = row_id, "pending"
        inbox.store(kept, now=now)
        Batch([item for item in fresh if item.fate.status != "pending"], now=now).apply()


def _busy(items: Sequence[Incoming]) -> set[tuple[int, str]]:
    """Payments of customers whose contact lock somebody else holds; the free ones are locked for this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_BUSY, [*parts((item.merchant_id, item.payment) for item in items), CONTACT_LOCKS])
        return set(cursor.fetchall())


def _first_sent(incoming: Sequence[Incoming]) -> list[Incoming]:
    """The events that nobody sent before; the fates of the others are settled here."""
    known = inbox.digests(incoming)
    fresh = []
    for item in incoming:
        item.fate.status, item.fate.errors = "applied", []
        earlier = known.setdefault((item.merchant_id, item.event.id), item.digest)
        if earlier is item.digest:
            fresh.append(item)
        elif earlier == item.digest:
            item.fate.status = "duplicate"
        else:
            item.reject("/id", "event_id_reused", "This id was used for another event. The first one stands.")
    return fresh
