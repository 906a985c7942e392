"""Acts of the house on payments: what they change in the sums, and what that moves in the books."""

from collections.abc import Callable, Collection
from datetime import datetime

from django.db import transaction
from msgspec.structs import replace

from ..ingest import PaymentState, balances, postings
from .payments import PaymentRow, entry_of_act, lock_payments, post, update_changed

Change = Callable[[PaymentRow], dict[str, object]]


def act_on(payment_ids: Collection[int], change: Change, *, act: str, now: datetime) -> dict[int, int]:
    """Lock these payments, ascending, and write what `change` answers for each: fields of its state, or nothing.

    Answers, by payment id, by how much what is still asked has fallen (negative: risen). `act` says who decided, and why.
    """
    entries, fallen, changed = [], {}, []
    with transaction.atomic():
        for row in lock_payments(list(payment_ids)):
            fields = change(row)
            if not fields:
                continue
            before, row.state = row.state, replace(row.state, **fields)
            fallen[row.id] = _asked(before) - _asked(row.state)
            entries += [
                entry_of_act(row, posting, act=act, now=now) for posting in postings(before, row.state)
            ]
            changed.append(row)
        update_changed(changed)
        post(entries)
    return fallen


def _asked(state: PaymentState) -> int:
    return balances(state).outstanding
