"""Giving up what a payment still owes: forgiven from the merchant's budget, or written off the active book."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from ..ingest import balances
from .acting import act_on
from .payments import PaymentRow


def concede(
    *, payment_ids: Sequence[int], account: Literal["forgiven", "written_off"], act: str, now: datetime
) -> int:
    """Move everything these payments owe to `account`; `act` says who decided, and why. Answers the sum in minor units.

    Money that comes later turns it back as a recovery. A payment keeps the account it was first conceded to, so that
    its books follow from its sums alone. A payment that owes nothing is left as it is.
    """

    def given_up(row: PaymentRow) -> dict[str, object]:
        balance = balances(row.state)
        if not balance.outstanding:
            return {}
        # What came back by recovery stays conceded in the sums; only the rest is given up once more.
        return {
            "conceded_minor": balance.conceded + balance.outstanding,
            "conceded_account": row.state.conceded_account or account,
        }

    return sum(act_on(payment_ids, given_up, act=act, now=now).values())


def unconcede(*, payment_ids: Sequence[int], act: str, now: datetime) -> int:
    """Ask again for what these payments were let off by `concede`; answers what is asked again, in minor units.

    A payment that nothing was conceded of is left as it is. What was conceded may then be conceded to another account.
    """

    def taken_back(row: PaymentRow) -> dict[str, object]:
        return {"conceded_minor": 0, "conceded_account": ""} if row.state.conceded_minor else {}

    return -sum(act_on(payment_ids, taken_back, act=act, now=now).values())
