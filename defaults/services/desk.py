"""What staff do at a case that changes no fact about the debt; and the version check that every act at a desk begins with."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

from accounts.locks import take_contact_locks

from ..models import DefaultCase
from .history import Entry, append

# Of a closed case too: its payments may owe again.
_LOCK_PAYMENTS = """
SELECT id FROM accounts_payment WHERE id IN (SELECT payment_id FROM defaults_caseitem WHERE case_id = %s)
 ORDER BY id FOR NO KEY UPDATE
"""


class StaleEdit(Exception):
    """Somebody else changed the case since this version of it was read."""


@contextmanager
def held(case_id: int) -> Iterator[DefaultCase]:
    """The case, live or closed, in a transaction with its payments, its customer's contact lock and its row locked.

    Raises OperationalError (55P03) while a message is being handed over.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK_PAYMENTS, [case_id])
        take_contact_locks(DefaultCase.objects.filter(id=case_id).values_list("customer_id", flat=True))
        yield _locked(case_id)


@contextmanager
def at_version(*, case_id: int, version: int) -> Iterator[DefaultCase]:
    """As `held`. Raises StaleEdit when the case has moved on from `version`."""
    with held(case_id) as case:
        if case.version != version:
            raise StaleEdit(f"{case.number} is at version {case.version}, not {version}.")
        yield case


def add_note(*, case_id: int, text: str, now: datetime, actor: str) -> None:
    """Write a note into the history, for staff only; up to 500 characters. Closed cases take notes too."""
    text = text.strip()
    if not 0 < len(text) <= 500:
        raise ValueError("A note has 1 to 500 characters.")
    with transaction.atomic():
        case = DefaultCase.objects.select_for_update(no_key=True).get(id=case_id)
        append([Entry(case_id=case.id, kind="note", at=now, actor=actor, reason=text)])


def assign(*, case_id: int, assignee_id: int | None, version: int, now: datetime, actor: str) -> int:
    """Give the case to somebody, or to nobody; `version` is the one that was read. Answers the new version.

    The same again changes nothing. Raises StaleEdit when the case has moved on.
    """
    with transaction.atomic():
        case = _locked(case_id)
        if case.version != version:
            raise StaleEdit(f"{case.number} is at version {case.version}, not {version}.")
        return hand_to(case, assignee_id=assignee_id, kind="assigned", now=now, actor=actor)


def claim_case(*, case_id: int, user_id: int, now: datetime, actor: str) -> int:
    """Take the case over, from whoever has it. Answers its version; the same again changes nothing."""
    with transaction.atomic():
        return hand_to(_locked(case_id), assignee_id=user_id, kind="claimed", now=now, actor=actor)


def hand_to(case: DefaultCase, *, assignee_id: int | None, kind: str, now: datetime, actor: str) -> int:
    """Set the assignee of this locked case and say so; who had it before is kept, so that it can be undone."""
    if case.assignee_id == assignee_id:
        return case.version
    data = {"assignee": assignee_id or 0, "was": case.assignee_id or 0}
    case.assignee_id = assignee_id
    case.save(update_fields=["assignee"])
    return append([Entry(case_id=case.id, kind=kind, at=now, actor=actor, data=data)])[case.id]


def _locked(case_id: int) -> DefaultCase:
    rows = DefaultCase.objects.select_related("merchant", "customer")
    return rows.select_for_update(of=("self",), no_key=True).get(id=case_id)
