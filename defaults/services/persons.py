"""Records of one merchant that are the same person, joined and separated by staff.

Payments and cases stay where they are: a record has one open case per currency, and its books are its own. What protects
the person counts for all their records: stops, closed channels and hours, holds, and every contact made.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.locks import take_contact_locks
from accounts.models import Customer
from accounts.services.audit import note
from accounts.services.persons import make_one, records_of, take_out

from .acts import Refused
from .holds import tell_cases

LEAST_REASON = 4


def join_records(
    *, customer_id: int, other_id: int, reason: str, now: datetime, actor: str, address: str = ""
) -> None:
    """Have both records, with whomever each is joined already, count as one person.

    Raises Refused: reason_missing, same_record, other_merchant, already_joined, overtaken; OperationalError (55P03) while
    a message to one of them is being handed over.
    """
    reason = _checked(reason)
    if customer_id == other_id:
        raise Refused("same_record", "A record is not joined with itself.")
    with transaction.atomic():
        before = _locked(customer_id, other_id)
        rows = list(Customer.objects.filter(pk__in=(customer_id, other_id)))
        if len({row.merchant_id for row in rows}) != 1 or len(rows) < 2:
            raise Refused("other_merchant", "Only records of one merchant are joined.")
        if other_id in records_of(customer_id):
            raise Refused("already_joined", "These records are joined already.")
        make_one(first=customer_id, second=other_id, now=now)
        after = records_of(customer_id)
        tell_cases(customer_id, kind="records_joined", now=now, actor=actor, reason=reason, records=after)
        _note(
            rows[0].merchant_id, customer_id, "records_joined", reason, actor, address, now,
            before=[ids for ids in before if len(ids) > 1], after=[after],
        )  # fmt: skip


def separate_record(*, customer_id: int, reason: str, now: datetime, actor: str, address: str = "") -> None:
    """Let this record stand alone again; the others stay together.

    Raises Refused: reason_missing, not_joined, overtaken; OperationalError as `join_records`.
    """
    reason = _checked(reason)
    with transaction.atomic():
        (before,) = _locked(customer_id)
        if len(before) < 2:
            raise Refused("not_joined", "This record is joined with none.")
        rest = [record for record in before if record != customer_id]
        told = {"kind": "records_separated", "now": now, "actor": actor, "reason": reason, "records": before}
        tell_cases(customer_id, **told)
        take_out(customer_id)
        merchant_id = Customer.objects.values_list("merchant_id", flat=True).get(pk=customer_id)
        _note(
            merchant_id, customer_id, "records_separated", reason, actor, address, now,
            before=[before], after=[rest] if len(rest) > 1 else [],
        )  # fmt: skip


def _checked(reason: str) -> str:
    reason = reason.strip()[:500]
    if len(reason) < LEAST_REASON:
        raise Refused("reason_missing", "Say why.")
    return reason


def _locked(*customer_ids: int) -> list[list[int]]:
    """The records of each of them, locked; whoever joins or separates one of them waits."""
    seen = [records_of(customer_id) for customer_id in customer_ids]
    take_contact_locks(record for records in seen for record in records)
    if seen != [records_of(customer_id) for customer_id in customer_ids]:
        raise Refused("overtaken", "Somebody has just joined or separated one of these records.")
    return seen


def _note(
    merchant_id: int, customer_id: int, kind: str, reason: str, actor: str, address: str, now: datetime,
    *, before: Sequence[list[int]], after: Sequence[list[int]],
) -> None:  # fmt: skip
    note(
        actor=actor,
        kind=kind,
        reason=reason,
        before={"records": _references(before)},
        after={"records": _references(after)},
        merchant_id=merchant_id,
        customer_id=customer_id,
        address=address,
        now=now,
    )


def _references(groups: Sequence[list[int]]) -> list[list[str]]:
    ids = [record for records in groups for record in records]
    known = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "reference"))
    return [[known[record] for record in records] for records in groups]
