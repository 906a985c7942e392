"""Giving up what a payment still owes: forgiven from the merchant's budget, or written off the active book."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from django.db import transaction
from msgspec.structs import replace

from ..ingest import balances, postings
from .payments import entry_of_act, lock_payments, post, update_changed


def concede(
    *, payment_ids: Sequence[int], account: Literal["forgiven", "written_off"], act: str, now: datetime
) -> int:
    """Move everything these payments owe to `account`; `act` says who decided, and why. Answers the sum in minor units.

    Money that comes later turns it back as a recovery. A payment keeps the account it was first conceded to, so that
    its books follow from its sums alone. A payment that owes nothing is left as it is.
    """
    entries, moved = [], 0
    with transaction.atomic():
        owing = [row for row in lock_payments(payment_ids) if balances(row.state).outstanding]
        for row in owing:
            before, due = row.state, balances(row.state).outstanding
            # What came back by recovery stays conceded in the sums; only the rest is given up once more.
            given_up = balances(before).conceded + due
            row.state = replace(
                before, conceded_minor=given_up, conceded_account=before.conceded_account or account
            )
            moved += due
            entries += [
                entry_of_act(row, posting, act=act, now=now) for posting in postings(before, row.state)
            ]
        update_changed(owing)
        post(entries)
    return moved
