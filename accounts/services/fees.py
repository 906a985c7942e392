"""Late fees in the books. Whether and how much is due is decided by others."""

from collections.abc import Mapping
from datetime import datetime

from ..ingest import balances
from .acting import act_on
from .payments import PaymentRow


def charge_fees(*, parts: Mapping[int, int], act: str, now: datetime) -> dict[int, int]:
    """Charge so much on each payment (payment id → minor units); answers what each was really charged, without noughts.

    Nothing where nothing is asked any more, and all fees of a payment together never exceed its sale.
    """
    charged: dict[int, int] = {}

    def dearer(row: PaymentRow) -> dict[str, object]:
        balance = balances(row.state)
        minor = min(parts[row.id], max(balance.sale, 0) - balance.fees) if balance.outstanding else 0
        if minor <= 0:
            return {}
        charged[row.id] = minor
        return {"fees_minor": row.state.fees_minor + minor}

    act_on(parts, dearer, act=act, now=now)
    return charged
