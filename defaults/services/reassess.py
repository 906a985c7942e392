"""The one door through which a case changes: lock, load the facts, assess, write the difference and its history."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection, transaction

from accounts.locks import take_contact_locks
from accounts.services.bulk import update_rows
from common.calendar import days_past_due

from ..assessment import Assessment, assess
from ..case_states import CaseState
from ..gain import chance_at
from ..models import DefaultCase, Hold, Snooze
from . import case_facts
from .agreement_ends import end_agreements, must_be_recalled, waive_rest
from .case_facts import Loaded
from .chances import merchant_today
from .dispute_facts import keep_disputes, void_with_case
from .history import Entry, append
from .recalls import recall

# Cases with a touched payment that nobody else is working on. What is locked is left for the next tick.
_TOUCHED = """
SELECT c.id
  FROM defaults_defaultcase c
 WHERE c.state <> 'closed' AND c.id IN (
       SELECT i.case_id
         FROM accounts_payment p JOIN defaults_caseitem i ON i.payment_id = p.id AND i.released_at IS NULL
        WHERE p.touched AND p.in_case
        LIMIT %s)
 LIMIT %s FOR NO KEY UPDATE OF c SKIP LOCKED
"""
_SETTLE_PAYMENTS = """
UPDATE accounts_payment p SET touched = false, in_case = i.stays
  FROM (SELECT payment_id, NOT (case_id = ANY(%(closed)s) OR payment_id = ANY(%(leaving)s)) AS stays
          FROM defaults_caseitem WHERE case_id = ANY(%(cases)s) AND released_at IS NULL) i
 WHERE p.id = i.payment_id AND (p.touched OR p.in_case <> i.stays)
"""
_RELEASE_ITEMS = """
UPDATE defaults_caseitem SET released_at = %(now)s
 WHERE released_at IS NULL AND case_id = ANY(%(cases)s)
   AND (case_id = ANY(%(closed)s) OR payment_id = ANY(%(leaving)s))
"""
_CASE_COLUMNS = (
    ("id", "bigint"),
    ("state", "text"),
    ("outcome", "text"),
    ("is_self_cure", "boolean"),
    ("claimed_minor", "bigint"),
    ("oldest_due_on", "date"),
    ("closed_at", "timestamptz"),
    ("next_review_at", "timestamptz"),
    ("review_reason", "text"),
    ("needs_staff", "boolean"),
    ("chance", "smallint"),
)
_SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Reassessed:
    """How many cases were assessed, how many of them changed, how many closed."""

    cases: int
    changed: int
    closed: int


def reassess(*, case_id: int, now: datetime, actor: str, reason: str) -> Assessment | None:
    """Bring one case up to date; None when it is closed or there is no such case (then nothing is written)."""
    with transaction.atomic():
        case_facts.lock_payments([case_id])
        take_contact_locks(DefaultCase.objects.filter(id=case_id).values_list("customer_id", flat=True))
        assessed = settle(case_facts.lock_cases([case_id]), now=now, actor=actor, reason=reason)
    return assessed.get(case_id)


def reassess_touched(*, now: datetime, limit: int = 500) -> Reassessed:
    """Bring up to `limit` cases up to date whose payments changed; the same number of queries however many.

    Waits for nobody: a case or payment in use is found again by the next call. Safe to run twice at once.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_TOUCHED, [limit * 4, limit])
            ids = [case_id for (case_id,) in cursor.fetchall()]
        if not ids:
            return Reassessed(0, 0, 0)
        cases = case_facts.claim_cases(ids)
        before = {case.id: case.version for case in cases}
        assessed = settle(cases, now=now, actor=_SYSTEM, reason="payment events")
        changed = sum(case.version != before[case.id] for case in cases)
    closed = sum(result.state == CaseState.CLOSED for result in assessed.values())
    return Reassessed(len(cases), changed, closed)


def settle(
    cases: Sequence[DefaultCase], *, now: datetime, actor: str, reason: str, entries: Sequence[Entry] = ()
) -> dict[int, Assessment]:
    """Assess these locked live cases and write what differs, after `entries` that say what somebody did to them.

    The caller holds the contact locks of their customers where the act must silence a sender. New facts make an open
    case due for review at once. The given objects are brought up to date.
    """
    if not cases:
        return {}
    loaded, waived = waive_rest(case_facts.load(cases, now=now), now=now)
    loaded, recalled = _without_agencies(loaded, now=now)
    assessed = {one.case.id: assess(one.facts, one.as_of) for one in loaded}
    disputes = keep_disputes(loaded, now=now)
    written = [*entries, *disputes, *end_agreements(loaded, assessed, waived, now=now), *recalled]
    for one in loaded:
        written += _difference(one, assessed[one.case.id], now=now, actor=actor, reason=reason)
        _apply(one.case, assessed[one.case.id], now=now)
    _write(cases, assessed, now=now)
    versions = append(written)
    for case in cases:
        case.version = versions.get(case.id, case.version)
    return assessed


def _without_agencies(loaded: Sequence[Loaded], *, now: datetime) -> tuple[list[Loaded], list[Entry]]:
    """Take back from agencies what closes, shrank or was agreed about; the cases without them, and what to write of it."""
    reasons = {one.case.id: must_be_recalled(one, assess(one.facts, one.as_of)) for one in loaded}
    back = [one for one in loaded if reasons[one.case.id]]
    if not back:
        return list(loaded), []
    entries = [
        entry
        for reason in sorted({reasons[one.case.id] for one in back})
        for entry in recall(
            [one.case for one in back if reasons[one.case.id] == reason], reason=reason, now=now
        )
    ]
    here = {one.case.id: replace(one, facts=replace(one.facts, is_placed=False)) for one in back}
    return [here.get(one.case.id, one) for one in loaded], entries


def _difference(one: Loaded, result: Assessment, *, now: datetime, actor: str, reason: str) -> list[Entry]:
    """The entry that says how the case moved; none if it did not."""
    case = one.case
    if (case.state, case.claimed_minor, case.oldest_due_on) == (
        result.state,
        result.claimed_minor,
        result.oldest_due_on,
    ) and not result.leaving:
        return []
    data = {"claimed_minor": result.claimed_minor, "was_minor": case.claimed_minor, "rule": result.reason}
    if result.leaving:
        data["left"] = sorted(result.leaving)
    kind = "claim_changed" if result.state == case.state else "moved"
    if result.state == CaseState.CLOSED:
        kind = "closed"
        staying = [item for item in one.facts.items if item.payment_id not in result.leaving]
        data["outcome"] = result.outcome.value
        data["paid_minor"] = sum(item.paid_minor for item in staying)
        data["conceded_minor"] = sum(item.conceded_minor for item in staying)
        data["waived_minor"] = sum(item.waived_minor for item in staying)
    entry = Entry(
        case_id=case.id, kind=kind, from_state=str(case.state), to_state=result.state.value,
        at=now, actor=actor, reason=reason, data=data,
    )  # fmt: skip
    return [entry]


def _apply(case: DefaultCase, result: Assessment, *, now: datetime) -> None:
    """The facts are new, so the next step is decided at once; pooling waits for more, closed for nothing."""
    is_closed = result.state == CaseState.CLOSED
    case.state, case.outcome, case.is_self_cure = result.state, result.outcome, result.is_self_cure
    case.claimed_minor, case.oldest_due_on = result.claimed_minor, result.oldest_due_on
    case.chance = chance_at(days_past_due(case.oldest_due_on, merchant_today(case, now)))
    case.closed_at = now if is_closed else None
    case.next_review_at = None if is_closed or result.state == CaseState.POOLING else now
    case.needs_staff = case.needs_staff and not is_closed
    if not case.needs_staff:
        case.review_reason = "" if case.next_review_at is None else "new_facts"


def _write(cases: Sequence[DefaultCase], assessed: dict[int, Assessment], *, now: datetime) -> None:
    """The cases, then what leaves them: payments first, because they are found through the items."""
    update_rows(
        DefaultCase._meta.db_table,
        _CASE_COLUMNS,
        [{name: getattr(case, name) for name, _ in _CASE_COLUMNS} for case in cases],
    )
    closed = [case_id for case_id, result in assessed.items() if result.state == CaseState.CLOSED]
    leaving = [payment_id for result in assessed.values() for payment_id in result.leaving]
    values = {"cases": list(assessed), "closed": closed, "leaving": leaving, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE_PAYMENTS, values)
        if closed or leaving:
            cursor.execute(_RELEASE_ITEMS, values)
    if closed:
        void_with_case(closed, now=now)
        for lasting in (Hold, Snooze):
            lasting.objects.filter(case__in=closed, ended_at=None).update(ended_at=now, ended_by=_SYSTEM)
