"""Ends that we decide: forgiving, writing off, and handing to a person what the system cannot end itself."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.locks import take_contact_locks
from accounts.services import concede

from ..case_states import Outcome
from ..models import CaseItem, DefaultCase
from . import case_facts
from .acts import review_now
from .history import Entry, append
from .reassess import settle

CONCEDING = frozenset({Outcome.FORGIVEN, Outcome.WRITTEN_OFF})


def close_by_policy(
    *, case_ids: Collection[int], outcome: Outcome, now: datetime, actor: str, reason: str
) -> list[int]:
    """Give up what these cases still claim and close them; the same number of queries however many.

    `outcome` is forgiven or written_off; the ledger moves the receivable there. A case that closed meanwhile is left as
    it is, and one with a dispute stays open on what is disputed. Answers the ids that closed.
    """
    if outcome not in CONCEDING:
        raise ValueError(f"A policy closes as forgiven or written off, not as {outcome}.")
    with transaction.atomic():
        cases = _locked(case_ids)
        disputed = _disputed(cases)
        by_case = CaseItem.objects.filter(case__in=cases, released_at=None).exclude(payment__in=disputed)
        concede(
            payment_ids=sorted(by_case.values_list("payment_id", flat=True)),
            account=outcome.value,
            act=f"{actor}: {reason}"[:80],
            now=now,
        )
        assessed = settle(cases, now=now, actor=actor, reason=reason)
    return [case_id for case_id, result in assessed.items() if result.outcome]


def send_to_review(*, case_ids: Collection[int], now: datetime, actor: str, reason: str) -> int:
    """Ask for a person: the system has no lawful or worthwhile step left. Answers how many cases are newly marked."""
    with transaction.atomic():
        cases = [case for case in case_facts.lock_cases(case_ids) if not case.needs_staff]
        DefaultCase.objects.filter(id__in=[case.id for case in cases]).update(
            needs_staff=True, next_review_at=None, review_reason=reason[:40]
        )
        append([
            Entry(case_id=case.id, kind="sent_to_review", at=now, actor=actor, reason=reason) for case in cases
        ])  # fmt: skip
    return len(cases)


def end_review(*, case_id: int, now: datetime, actor: str, reason: str) -> None:
    """The person is done: the system decides the next step again, at once."""
    with transaction.atomic():
        cases = [case for case in case_facts.lock_cases([case_id]) if case.needs_staff]
        DefaultCase.objects.filter(id__in=[case.id for case in cases]).update(needs_staff=False)
        review_now(cases, now=now)
        append(
            [Entry(case_id=case.id, kind="reviewed", at=now, actor=actor, reason=reason) for case in cases]
        )


def _locked(case_ids: Collection[int]) -> list[DefaultCase]:
    case_facts.lock_payments(list(case_ids))
    take_contact_locks(DefaultCase.objects.filter(id__in=case_ids).values_list("customer_id", flat=True))
    return case_facts.lock_cases(case_ids)


def _disputed(cases: list[DefaultCase]) -> set[int]:
    return set(
        CaseItem.objects.filter(
            case__in=cases, released_at=None, payment__disputes__state="raised"
        ).values_list("payment_id", flat=True)
    )
