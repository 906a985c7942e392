"""What staff, or a merchant by its own key, do to the money of a case: each with a reason, in the ledger and the history.

Whether somebody may is not asked here but in `approvals`.
"""

from datetime import datetime

from accounts.allocation import OLDEST_FIRST, Owed, allocate
from accounts.models import Payment
from accounts.services import concede, read_owed, receive_money
from accounts.services import waive as waive_money

from ..case_states import Outcome
from ..models import CaseItem, DefaultCase
from .acts import Refused, locked_case, record
from .history import Entry, append

LONGEST_ACT = 80


def record_payment(*, case_id: int, amount_minor: int, method: str, now: datetime, actor: str) -> None:
    """Money that came another way: it goes to the oldest open payments first; what is too much becomes credit.

    Disputed payments get some only where nothing else is open. Raises Refused: case_closed, nothing_open, not_taken.
    """
    with locked_case(case_id) as case:
        owed = read_owed(payment_ids=_claimed(case) or _items(case))
        data = _receive(case, owed, amount_minor=amount_minor, method=method, now=now)
        record(case, kind="money_received", now=now, actor=actor, **data)


def recover(*, case: DefaultCase, amount_minor: int, method: str, now: datetime, actor: str) -> None:
    """Money that came after the case was given up. `case` is held (`desk.at_version`) and closed.

    Raises Refused(not_given_up) for a case that was neither written off nor forgiven, or where nothing is missing.
    """
    owed = [
        Owed(payment.id, payment.due_on, missing)
        for payment in Payment.objects.filter(case_items__case=case).order_by("due_on", "id")
        if (missing := _uncovered(payment))
    ]
    if case.outcome not in (Outcome.WRITTEN_OFF, Outcome.FORGIVEN) or not owed:
        raise Refused(
            "not_given_up", "Only money for a written-off or forgiven case is recorded as recovered."
        )
    data = _receive(case, owed, amount_minor=amount_minor, method=method, now=now)
    append(
        [Entry(case_id=case.id, kind="money_received", at=now, actor=actor, data=data | {"recovered": True})]
    )


def waive(*, case_id: int, amount_minor: int, reason: str, now: datetime, actor: str) -> int:
    """Release the customer from a part of what is claimed for good: fees first, then the oldest principal.

    Answers the sum. Raises Refused: case_closed, more_than_open.
    """
    with locked_case(case_id) as case:
        owed = read_owed(payment_ids=_claimed(case))
        if not 0 < amount_minor <= sum(one.total_minor for one in owed):
            raise Refused("more_than_open", "Waive no more than the case claims.")
        parts = allocate(amount_minor, owed, rule=OLDEST_FIRST)
        waived = waive_money(parts=parts, act=_act(actor, reason), now=now)
        record(
            case, kind="waived", now=now, actor=actor, reason=reason,
            amount_minor=waived, parts=[list(part) for part in sorted(parts.items())],
        )  # fmt: skip
    return waived


def forgive(*, case_id: int, reason: str, now: datetime, actor: str) -> int:
    """Close the case because asking costs more than it is worth. Answers the sum. Raises Refused: case_closed, nothing_open."""
    return _give_up(case_id, Outcome.FORGIVEN, reason=reason, now=now, actor=actor)


def write_off(*, case_id: int, reason: str, now: datetime, actor: str) -> int:
    """Stop asking and take the debt off the active book. Answers the sum. Raises Refused: case_closed, nothing_open."""
    return _give_up(case_id, Outcome.WRITTEN_OFF, reason=reason, now=now, actor=actor)


def _give_up(case_id: int, outcome: Outcome, *, reason: str, now: datetime, actor: str) -> int:
    """What is disputed is left: the case then stays open on it."""
    with locked_case(case_id) as case:
        ids = _claimed(case)
        if not ids:
            raise Refused("nothing_open", "Nothing of this case is open and undisputed.")
        moved = concede(payment_ids=ids, account=outcome.value, act=_act(actor, reason), now=now)
        record(
            case,
            kind=outcome.value,
            now=now,
            actor=actor,
            reason=reason,
            amount_minor=moved,
            payments=ids,
        )
    return moved


def _receive(
    case: DefaultCase, owed: list[Owed], *, amount_minor: int, method: str, now: datetime
) -> dict[str, object]:
    """Tell intake of the money; what goes into the history about it. Raises Refused(nothing_open, not_taken)."""
    if not owed:
        raise Refused("nothing_open", "Nothing of this case is open and undisputed.")
    parts = allocate(amount_minor, owed, rule=OLDEST_FIRST)
    # The version is the case's own count of what happened to it, so no second act has this key.
    key = f"act:{case.number}:{case.version}"
    fates = receive_money(
        merchant_id=case.merchant_id, parts=parts, key=key, method=method, rule=OLDEST_FIRST, now=now
    )
    if any(fate.status != "applied" for fate in fates):
        raise Refused("not_taken", "The money could not be booked. Try again in a moment.")
    payments = [list(part) for part in sorted(parts.items())]
    return {"amount_minor": amount_minor, "payments": payments, "method": method}


def _claimed(case: DefaultCase) -> list[int]:
    """The payments of the case that are open and undisputed, ascending."""
    open_items = CaseItem.objects.filter(case=case, released_at=None, payment__outstanding_minor__gt=0)
    disputed = open_items.filter(payment__disputes__state="raised").values("payment_id")
    ids = open_items.exclude(payment_id__in=disputed).values_list("payment_id", flat=True)
    return sorted(ids)


def _items(case: DefaultCase) -> list[int]:
    return list(CaseItem.objects.filter(case=case, released_at=None).values_list("payment_id", flat=True))


def _uncovered(payment: Payment) -> int:
    """What money has not covered, given up or not."""
    if payment.is_void:
        return 0
    sale = payment.amount_minor - payment.credited_minor
    owed = sale + min(payment.fees_minor, sale) - payment.waived_minor
    return max(0, owed - payment.paid_minor + payment.reversed_minor + payment.returned_minor)


def _act(actor: str, reason: str) -> str:
    return f"{actor}: {reason}"[:LONGEST_ACT]
