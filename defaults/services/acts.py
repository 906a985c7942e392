"""What every act on a case shares: its locks in their order, and its refusal."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Value, When

from accounts.locks import take_contact_locks
from common.calendar import HolidayCalendar

from ..case_states import CaseState
from ..models import DefaultCase, Hold
from . import case_facts
from .case_facts import Loaded
from .case_facts import zone_for as zone_for
from .history import Entry
from .reassess import settle

CALENDAR = HolidayCalendar()


class Refused(Exception):
    """The act is not possible as the case stands. `code` is stable: case_closed, no_such_case, already_promised, …"""

    def __init__(self, code: str, detail: str):
        super().__init__(detail)
        self.code, self.detail = code, detail


@contextmanager
def locked_case(case_id: int) -> Iterator[DefaultCase]:
    """The live case in a transaction, locked: its payments, then its customer's contact lock, then the case itself.

    Once the block has ended without an error, no message that was decided before it will start.
    Raises Refused for a closed or absent case, OperationalError (55P03) while a message is being handed over.
    """
    with transaction.atomic():
        case_facts.lock_payments([case_id])
        take_contact_locks(DefaultCase.objects.filter(id=case_id).values_list("customer_id", flat=True))
        cases = case_facts.lock_cases([case_id])
        if not cases:
            raise Refused("case_closed", "The case is closed, or there is none.")
        yield cases[0]


def refuse_beside_agreement(loaded: Loaded) -> None:
    """One agreement covers a case at a time: an accepted offer or a plan stands against any other.

    A promise does not: a closer agreement ends it as void. Raises Refused(agreement_stands).
    """
    if loaded.facts.has_plan:
        what = "A settlement is agreed" if loaded.agreed.has_accepted_offer else "Instalments are agreed"
        raise Refused("agreement_stands", f"{what} for this case already.")


def load_current(case: DefaultCase, *, now: datetime) -> Loaded:
    """The facts of a locked case in which nothing lives on past its end: what a date or money has ended is ended first.

    The tick may not have come yet, and another agreement of the kind could not be made beside the old one.
    Raises Refused(case_closed) where nothing is left then.
    """
    (loaded,) = case_facts.load([case], now=now)
    if not loaded.agreed.is_over:
        return loaded
    settle([case], now=now, actor="system", reason="date passed")
    if case.is_closed:
        raise Refused("case_closed", "The case is closed, or there is none.")
    (loaded,) = case_facts.load([case], now=now)
    return loaded


def open_hold(
    case: DefaultCase, *, reason: str, now: datetime, until: datetime | None, actor: str, note: str = ""
) -> Hold:
    return Hold.objects.create(
        customer_id=case.customer_id,
        case=case,
        reason=reason,
        note=note,
        placed_by=actor,
        starts_at=now,
        until=until,
    )


def running_hold(case: DefaultCase, *, reason: str, now: datetime) -> Hold | None:
    """The case's own hold of that reason, if one runs: a click that repeats finds it."""
    holds = Hold.objects.running(now).filter(case=case, reason=reason)
    return holds.order_by("id").first()


def record(
    case: DefaultCase, *, kind: str, now: datetime, actor: str, reason: str = "", **data: object
) -> None:
    """Write what was done, then bring the case up to date, in the transaction of `locked_case`."""
    entry = Entry(case_id=case.id, kind=kind, at=now, actor=actor, reason=reason, data=data)
    settle([case], now=now, actor=actor, reason=reason or kind, entries=[entry])


def review_now(cases: Sequence[DefaultCase], *, now: datetime) -> None:
    """Have the next step of these locked cases decided anew; a pooling case has none. The queue of people stays named."""
    ids = [case.id for case in cases if case.state != CaseState.POOLING]
    DefaultCase.objects.filter(id__in=ids).update(
        next_review_at=now,
        review_reason=Case(When(needs_staff=True, then=F("review_reason")), default=Value("new_facts")),
    )


def country_for(case: DefaultCase) -> str:
    return case.customer.jurisdiction or case.merchant.jurisdiction
