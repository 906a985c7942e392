"""Money that came from the customer here, or went back, told to the history of its case: that is what is written of."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import Checkout, CheckoutItem, CreditRefund

from ..models import CaseItem, DefaultCase
from .history import Entry, append


def note_receipts(*, now: datetime, limit: int = 500) -> int:
    """Write `money_received` for paid checkouts into the latest case of their payments; answers how many were noted.

    Six queries for any number. Waits for no checkout; one without a case is noted without an entry.
    """
    with transaction.atomic():
        paid = Checkout.objects.filter(state=Checkout.State.PAID, is_noted=False).order_by("id")
        checkouts = list(paid.select_for_update(skip_locked=True, no_key=True)[:limit])
        if not checkouts:
            return 0
        items = list(
            CheckoutItem.objects.filter(checkout__in=checkouts).order_by("checkout_id", "payment_id")
        )
        case_of = _lock_latest_cases({item.payment_id for item in items})
        append(_entries(checkouts, items, case_of, now=now))
        Checkout.objects.filter(id__in=[checkout.id for checkout in checkouts]).update(is_noted=True)
    return len(checkouts)


def note_refunds(*, now: datetime, limit: int = 500) -> int:
    """Write `credit_refunded` for over-payment that went back, as `note_receipts` does; answers how many were noted."""
    with transaction.atomic():
        done = CreditRefund.objects.filter(state=CreditRefund.State.DONE, is_noted=False).order_by("id")
        refunds = list(done.select_for_update(skip_locked=True, no_key=True)[:limit])
        if not refunds:
            return 0
        case_of = _lock_latest_cases({refund.payment_id for refund in refunds})
        append([
            Entry(
                case_id=case_of[refund.payment_id],
                kind="credit_refunded",
                at=now,
                actor=refund.decided_by,
                data={"refund": refund.id, "payment": refund.payment_id, "amount_minor": refund.amount_minor},
            )
            for refund in refunds
            if refund.payment_id in case_of
        ])  # fmt: skip
        CreditRefund.objects.filter(id__in=[refund.id for refund in refunds]).update(is_noted=True)
    return len(refunds)


def _lock_latest_cases(payment_ids: Collection[int]) -> dict[int, int]:
    """The latest case of each payment, by payment id, locked. Closed ones too: their history goes on."""
    rows = CaseItem.objects.filter(payment__in=payment_ids).order_by("payment_id", "-case_id")
    case_of = dict(rows.distinct("payment_id").values_list("payment_id", "case_id"))
    locked = DefaultCase.objects.filter(id__in=set(case_of.values())).order_by("id")
    list(locked.select_for_update(no_key=True).values_list("id"))
    return case_of


def _entries(
    checkouts: Sequence[Checkout],
    items: Sequence[CheckoutItem],
    case_of: dict[int, int],
    *,
    now: datetime,
) -> list[Entry]:
    """One for each checkout and case, in the order in which they were started."""
    parts: dict[tuple[int, int], list[list[int]]] = defaultdict(list)
    for item in items:
        if item.payment_id in case_of:
            parts[item.checkout_id, case_of[item.payment_id]].append([item.payment_id, item.amount_minor])
    references = {checkout.id: checkout.reference for checkout in checkouts}
    return [
        Entry(
            case_id=case_id,
            kind="money_received",
            at=now,
            actor="customer",
            data={
                "checkout": references[checkout_id],
                "amount_minor": sum(minor for _, minor in paid),
                "payments": paid,
            },
        )
        for (checkout_id, case_id), paid in parts.items()
    ]
