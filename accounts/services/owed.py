"""What payments still owe, by what it is owed for: what an allocation needs to know."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from ..allocation import Movement, Owed, open_parts
from ..models import Account, LedgerEntry, Payment


def read_owed(*, payment_ids: Collection[int]) -> list[Owed]:
    """These payments as far as anything is asked of them, the oldest due first. Two queries, and no lock."""
    rows = list(
        Payment.objects.owed()
        .filter(id__in=list(payment_ids))
        .order_by("due_on", "id")
        .values_list("id", "due_on", "outstanding_minor", "fees_minor")
    )
    walks = _movements([row_id for row_id, _, _, fees in rows if fees])
    owed = []
    for row_id, due_on, outstanding, _ in rows:
        interest = min(open_parts(walks[row_id])[0], outstanding)
        owed.append(Owed(row_id, due_on, outstanding - interest, interest))
    return owed


def _movements(payment_ids: Collection[int]) -> dict[int, list[Movement]]:
    """Every entry that touched what these payments owe, in the order of posting."""
    walks: dict[int, list[Movement]] = defaultdict(list)
    if not payment_ids:
        return walks
    entries = LedgerEntry.objects.filter(
        Q(from_account=Account.RECEIVABLE) | Q(to_account=Account.RECEIVABLE), payment__in=payment_ids
    )
    for payment_id, kind, to_account, minor in entries.order_by("id").values_list(
        "payment_id", "kind", "to_account", "amount_minor"
    ):
        walks[payment_id].append(Movement(kind, minor if to_account == Account.RECEIVABLE else -minor))
    return walks
