"""Holds: asking is suspended by a date, a fact or a person; and the customer's own stop."""

from datetime import datetime

from django.db import transaction

from accounts.locks import take_contact_locks
from accounts.models import ContactPreference
from accounts.services.persons import records_of
from common.calendar import local_date

from ..agreements import CLAIMED_PAID_BUSINESS_DAYS, after_business_days
from ..models import DefaultCase, Hold
from . import case_facts
from .acts import (
    CALENDAR,
    Refused,
    country_for,
    locked_case,
    open_hold,
    record,
    review_now,
    running_hold,
    zone_for,
)
from .history import Entry, append


def place_hold(
    *, case_id: int, reason: str, now: datetime, actor: str, until: datetime | None = None, note: str = ""
) -> Hold:
    """Suspend asking for one case; `until` exclusive, None: until somebody ends it. `reason` is one of Hold.Reason.

    A running hold of the same reason and end is answered instead of a second one.
    """
    if until is not None and until <= now:
        raise Refused("end_in_the_past", "The end of a hold lies in the future.")
    with locked_case(case_id) as case:
        running = running_hold(case, reason=Hold.Reason(reason), now=now)
        if running and running.until == until:
            return running
        hold = open_hold(case, reason=reason, now=now, until=until, actor=actor, note=note)
        record(case, kind="held", now=now, actor=actor, reason=reason, hold=hold.id, until=_text(until))
    return hold


def hold_customer(
    *, customer_id: int, reason: str, now: datetime, actor: str, until: datetime | None = None, note: str = ""
) -> Hold:
    """Suspend asking for everything this customer owes the merchant, now and later (a minor, a lawyer, a death)."""
    with transaction.atomic():
        take_contact_locks(records_of(customer_id))
        hold = Hold.objects.create(
            customer_id=customer_id,
            reason=Hold.Reason(reason),
            note=note,
            placed_by=actor,
            starts_at=now,
            until=until,
        )
        tell_cases(
            customer_id, kind="held", now=now, actor=actor, reason=reason, hold=hold.id, until=_text(until)
        )
    return hold


def end_hold(*, hold_id: int, now: datetime, actor: str) -> bool:
    """Let asking go on; False when the hold had ended before. The case is reviewed at once.

    Raises Refused(hold_is_needed) while what it belongs to lives: an agreement, a dispute, an incident, …
    """
    with transaction.atomic():
        customer_id = Hold.objects.values_list("customer_id", flat=True).get(id=hold_id)
        take_contact_locks([customer_id])
        if why := Hold.objects.needed().filter(id=hold_id).first():
            raise Refused("hold_is_needed", f"End what it protects instead: {why.get_reason_display()}.")
        if not Hold.objects.filter(id=hold_id, ended_at=None).update(ended_at=now, ended_by=actor):
            return False
        hold = Hold.objects.get(id=hold_id)
        tell_cases(
            customer_id,
            case_id=hold.case_id,
            kind="hold_ended",
            now=now,
            actor=actor,
            reason=hold.reason,
            hold=hold.id,
        )
    return True


def claim_paid(*, case_id: int, now: datetime, actor: str) -> Hold:
    """The customer says it is paid: three business days of silence, for money to show. A repeat is no second one."""
    with locked_case(case_id) as case:
        running = running_hold(case, reason=Hold.Reason.CLAIMED_PAID, now=now)
        if running:
            return running
        zone = zone_for(case)
        until = after_business_days(
            local_date(now, zone),
            CLAIMED_PAID_BUSINESS_DAYS,
            country=country_for(case),
            zone=zone,
            calendar=CALENDAR,
        )
        hold = open_hold(case, reason=Hold.Reason.CLAIMED_PAID, now=now, until=until, actor=actor)
        record(case, kind="claimed_paid", now=now, actor=actor, hold=hold.id, until=_text(until))
    return hold


def stop_contact(*, customer_id: int, now: datetime, actor: str) -> bool:
    """The customer wants no more messages; False when it was so before."""
    with transaction.atomic():
        take_contact_locks(records_of(customer_id))
        ContactPreference.objects.get_or_create(customer_id=customer_id)
        if not ContactPreference.objects.filter(customer=customer_id, stopped_at=None).update(stopped_at=now):
            return False
        tell_cases(customer_id, kind="contact_stopped", now=now, actor=actor)
    return True


def resume_contact(*, customer_id: int, now: datetime, actor: str) -> bool:
    """The customer takes the stop back; False when there was none."""
    with transaction.atomic():
        take_contact_locks(records_of(customer_id))
        stopped = ContactPreference.objects.filter(customer=customer_id, stopped_at__isnull=False)
        if not stopped.update(stopped_at=None):
            return False
        tell_cases(customer_id, kind="contact_resumed", now=now, actor=actor)
    return True


def tell_cases(
    customer_id: int,
    *,
    kind: str,
    now: datetime,
    actor: str,
    case_id: int | None = None,
    reason: str = "",
    **data,
) -> None:
    """Write it into the live cases it concerns and have them reviewed; what they owe is not touched.

    It concerns those of every record of the person, unless `case_id` names the one.
    """
    live = DefaultCase.objects.live().filter(customer__in=records_of(customer_id))
    ids = live.values_list("id", flat=True) if case_id is None else [case_id]
    cases = case_facts.lock_cases(ids)
    review_now(cases, now=now)
    append(
        [Entry(case_id=case.id, kind=kind, at=now, actor=actor, reason=reason, data=data) for case in cases]
    )


def _text(until: datetime | None) -> str:
    return until.isoformat() if until else ""
