"""Incidents: a fraud or a breakdown hit many payments at once (contact-rules.md 1.9). Held together, ended together.

Every customer concerned is held as a person (FRAUD), so that a case that opens later is silent too. Opening, releasing and
voiding are steps of 500 customers; what a crash leaves undone, the next call of the same or `finish_incidents` does.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef

from accounts.locks import take_contact_locks
from accounts.models import Merchant, Payment
from accounts.services import record_events

from ..models import DefaultCase, Hold, Incident
from . import case_facts
from .acts import Refused, review_now
from .crediting import event_about
from .history import Entry, append
from .incident_lines import Found, find

STEP = 500
_TRIES = 3
_LOCK_NOT_AVAILABLE = "55P03"


def preview_incident(
    *, merchant_id: int, starts_at: datetime, ends_at: datetime, lines: Sequence[str]
) -> list[Found]:
    """What each line stands for, in the order given; writes nothing."""
    return find(merchant_id=merchant_id, starts_at=starts_at, ends_at=ends_at, lines=lines)


def open_incident(
    *,
    merchant_id: int,
    name: str,
    reason: str,
    starts_at: datetime,
    ends_at: datetime,
    lines: Sequence[str],
    now: datetime,
    actor: str,
) -> Incident:
    """Hold the customers of the merchant's payments told of in [starts_at, ends_at) that `lines` name.

    A line is a payment's reference, a phone number or an e-mail address. An open incident of the same name is gone on
    with, so that a call that was cut off can be repeated; more lines join it. Raises Refused: no_payments, range_is_empty.
    """
    if ends_at <= starts_at:
        raise Refused("range_is_empty", "The range ends before it begins.")
    found = find(merchant_id=merchant_id, starts_at=starts_at, ends_at=ends_at, lines=lines)
    payment_ids = sorted({payment_id for line in found for payment_id in line.payment_ids})
    if not payment_ids:
        raise Refused("no_payments", "None of these lines stands for a payment of that time.")
    with transaction.atomic():
        Merchant.objects.select_for_update(no_key=True).get(id=merchant_id)
        incident, _ = Incident.objects.get_or_create(
            merchant_id=merchant_id,
            name=name,
            state=Incident.State.OPEN,
            defaults={
                "reason": reason,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "opened_by": actor,
                "opened_at": now,
            },
        )
        incident.payments.add(*payment_ids)
    _hold_all(incident, now=now, actor=actor)
    return incident


def release_incident(*, incident_id: int, now: datetime, actor: str) -> Incident:
    """It was none, or it is over: asking goes on. Repeated, it ends what was left. Raises Refused(already_voided)."""
    incident = _ended(incident_id, Incident.State.RELEASED, now=now, actor=actor)
    _release_all(incident, now=now, actor=actor)
    return incident


def void_incident(*, incident_id: int, now: datetime, actor: str) -> Incident:
    """Undo the sale of every payment of the incident, then let its customers go. Raises Refused(already_released).

    What was paid becomes credit. Told to the intake under ids of our own, so it counts once however often it is called.
    """
    incident = _ended(incident_id, Incident.State.VOIDED, now=now, actor=actor)
    _void_all(incident, now=now)
    _release_all(incident, now=now, actor=actor)
    return incident


def finish_incidents(*, now: datetime) -> int:
    """Carry out what a crash cut off: open incidents with a customer not held, ended ones with one still held."""
    held = Hold.objects.filter(incidents=OuterRef("incident_id"), customer=OuterRef("payment__customer"))
    unheld = Incident.payments.through.objects.filter(
        ~Exists(held), incident=OuterRef("pk"), incident__state=Incident.State.OPEN
    )
    opening = list(Incident.objects.filter(Exists(unheld)))
    ending = list(
        Incident.objects.exclude(state=Incident.State.OPEN)
        .filter(holds__ended_at=None, holds__isnull=False)
        .distinct()
    )
    for incident in opening:
        _hold_all(incident, now=now, actor=incident.opened_by)
    for incident in ending:
        if incident.state == Incident.State.VOIDED:
            _void_all(incident, now=now)
        _release_all(incident, now=now, actor=incident.ended_by)
    return len(opening) + len(ending)


def _ended(incident_id: int, state: str, *, now: datetime, actor: str) -> Incident:
    with transaction.atomic():
        incident = Incident.objects.select_for_update(no_key=True).get(id=incident_id)
        if incident.state == state:
            return incident
        if incident.state != Incident.State.OPEN:
            raise Refused(f"already_{incident.state}", f"The incident was {incident.get_state_display()}.")
        incident.state, incident.ended_at, incident.ended_by = state, now, actor
        incident.save(update_fields=["state", "ended_at", "ended_by"])
    return incident


def _hold_all(incident: Incident, *, now: datetime, actor: str) -> None:
    """Give each customer of the incident its hold, unless it has one of this incident."""
    customers = Payment.objects.filter(incidents=incident).order_by().values_list("customer_id", flat=True)
    missing = set(customers) - set(incident.holds.values_list("customer_id", flat=True))
    for step in _steps(missing):
        _while_free(lambda step=step: _hold(incident, step, now=now, actor=actor))


def _hold(incident: Incident, customer_ids: Collection[int], *, now: datetime, actor: str) -> None:
    with transaction.atomic():
        take_contact_locks(customer_ids)
        still_open = Incident.objects.select_for_update(no_key=True).filter(
            id=incident.id, state=Incident.State.OPEN
        )
        held = set(incident.holds.filter(customer__in=customer_ids).values_list("customer_id", flat=True))
        fresh = sorted(set(customer_ids) - held) if still_open.exists() else []
        holds = Hold.objects.bulk_create(
            Hold(
                customer_id=customer_id,
                reason=Hold.Reason.FRAUD,
                note=incident.name,
                placed_by=actor,
                starts_at=now,
            )
            for customer_id in fresh
        )
        incident.holds.add(*holds)
        _tell(fresh, incident, kind="held", now=now, actor=actor)


def _release_all(incident: Incident, *, now: datetime, actor: str) -> None:
    running = set(incident.holds.filter(ended_at=None).values_list("customer_id", flat=True))
    for step in _steps(running):
        _while_free(lambda step=step: _release(incident, step, now=now, actor=actor))


def _release(incident: Incident, customer_ids: Collection[int], *, now: datetime, actor: str) -> None:
    with transaction.atomic():
        take_contact_locks(customer_ids)
        running = incident.holds.select_for_update(no_key=True, of=("self",)).filter(
            customer__in=customer_ids, ended_at=None
        )
        freed = dict(running.values_list("id", "customer_id"))
        Hold.objects.filter(id__in=list(freed)).update(ended_at=now, ended_by=actor)
        _tell(set(freed.values()), incident, kind="hold_ended", now=now, actor=actor)


def _void_all(incident: Incident, *, now: datetime) -> None:
    """At the instant at which it was decided, so that telling it again is no other event."""
    payments = incident.payments.order_by("id").only("id", "reference", "currency")
    events = [event_about(p, key=f"incident:{incident.id}", now=incident.ended_at or now) for p in payments]
    for first in range(0, len(events), STEP):
        record_events(merchant_id=incident.merchant_id, events=events[first : first + STEP], now=now)


def _tell(customer_ids: Iterable[int], incident: Incident, *, kind: str, now: datetime, actor: str) -> None:
    live = DefaultCase.objects.live().filter(customer__in=list(customer_ids))
    cases = case_facts.lock_cases(live.values_list("id", flat=True))
    review_now(cases, now=now)
    append(
        [
            Entry(
                case_id=case.id,
                kind=kind,
                at=now,
                actor=actor,
                reason=Hold.Reason.FRAUD,
                data={"incident": incident.id},
            )
            for case in cases
        ]
    )


def _steps(customer_ids: Iterable[int]) -> list[list[int]]:
    ordered = sorted(customer_ids)
    return [ordered[first : first + STEP] for first in range(0, len(ordered), STEP)]


def _while_free(step: Callable[[], None]) -> None:
    """Try again where a message was leaving to one of them; each try waits its two seconds."""
    for tries_left in reversed(range(_TRIES)):
        try:
            step()
            return
        except OperationalError as problem:
            busy = getattr(problem.__cause__, "pgcode", None) == _LOCK_NOT_AVAILABLE
            if not busy or not tries_left:
                raise
