"""Disputes: the customer says a payment is not owed. Only its payments leave the claim.

정보통신망법 art. 58(3) and decree 66-9(3) (answer within two weeks), 58(2) (statement of purchases), 58-2(1) (who bought).
The case itself is held where nothing undisputed is left (`dispute_facts`), and as a whole for a minor or a fraud
(contact-rules.md 1.8, 1.9): those wait for people trained for them. Nobody writes to a guardian: the product has no such
contact, and only a customer's own addresses are known.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.models import Payment

from ..agreements import DISPUTE_ANSWER_DAYS, after_business_days
from ..models import DefaultCase, Dispute, Hold
from . import case_facts, review_queues
from .acts import CALENDAR, Refused, country_for, locked_case, open_hold, record, zone_for
from .case_facts import load
from .crediting import lock_payments_of, take_off
from .history import Entry, append

BUYER_INFORMATION_DAYS = 3
STATEMENT_DAYS = 14
SILENT_BUSINESS_DAYS = 3
_ASKS_WHO_BOUGHT = frozenset({Dispute.Reason.NOT_MINE, Dispute.Reason.MADE_BY_MINOR, Dispute.Reason.FRAUD})
# The reason, the hold of the whole case, and the queue that looks at it.
_WHOLE_CASE = {
    Dispute.Reason.MADE_BY_MINOR: (Hold.Reason.MINOR, review_queues.MINOR),
    Dispute.Reason.FRAUD: (Hold.Reason.FRAUD, review_queues.FRAUD),
}


def dispute(
    *,
    case_id: int,
    reason: str,
    now: datetime,
    actor: str,
    payment_ids: Iterable[int] | None = None,
    text: str = "",
) -> Dispute:
    """Raise a dispute about some payments of the case; None: all that are open. They are not asked for until it is answered.

    `reason` is one of Dispute.Reason. Payments disputed already are not disputed again: a repeated click answers the
    dispute that stands. Raises Refused(not_in_case) for a payment that is not open in this case.
    """
    with locked_case(case_id) as case:
        (facts,) = load([case], now=now)
        open_items = {i.payment_id: i for i in facts.facts.items if i.outstanding_minor}
        wanted = set(open_items) if payment_ids is None else set(payment_ids)
        if not wanted or wanted - set(open_items):
            raise Refused("not_in_case", "Only payments open in this case can be disputed.")
        fresh = sorted(payment_id for payment_id in wanted if not open_items[payment_id].is_disputed)
        if not fresh:
            return (
                case.disputes.filter(state=Dispute.State.RAISED, payments__in=wanted).order_by("id").first()
            )
        raised = _raise(case, reason=reason, now=now, actor=actor, text=text, today=facts.as_of)
        raised.payments.set(Payment.objects.filter(id__in=fresh))
        record(
            case, kind="disputed", now=now, actor=actor, reason=reason,
            dispute=raised.id, payments=fresh, answer_due_on=raised.answer_due_on.isoformat(),
        )  # fmt: skip
        if raised.reason in _WHOLE_CASE:
            _, queue = _WHOLE_CASE[raised.reason]
            review_queues.send_to_queue(case, queue=queue, now=now, actor=actor)
        raised.refresh_from_db()
    return raised


def resolve_dispute(
    *,
    dispute_id: int,
    state: str,
    now: datetime,
    actor: str,
    reason: str = "",
    answer: str = "",
    credited: Mapping[int, int] | None = None,
) -> Dispute:
    """Answer a dispute, and tell the customer: `upheld` undoes the sale of its payments, `rejected` claims them again.

    What was paid of an undone sale becomes credit. `credited` with `rejected`: the amount was wrong by so much (payment id
    → minor units), the rest is owed. After `rejected` nothing is asked for three business days, so that the answer comes first.
    The same answer twice is one. Raises Refused: already_resolved (somebody was quicker, with the other answer),
    answer_missing, not_in_dispute, more_than_sold, case_closed.
    """
    if state not in (Dispute.State.UPHELD, Dispute.State.REJECTED):
        raise ValueError(f"A dispute ends upheld or rejected, not {state!r}.")
    standing = Dispute.objects.get(id=dispute_id)
    if standing.state == state:
        return standing
    if state == Dispute.State.REJECTED and not answer.strip():
        raise Refused("answer_missing", "Say why: the customer is told.")
    with transaction.atomic():
        lock_payments_of(standing)
        with locked_case(standing.case_id) as case:
            resolved = Dispute.objects.select_for_update(no_key=True).get(id=dispute_id)
            if resolved.state == state:
                return resolved
            if resolved.state != Dispute.State.RAISED:
                raise Refused("already_resolved", f"The dispute was {resolved.get_state_display()} already.")
            if state == Dispute.State.UPHELD:
                taken_off = take_off(resolved, key=f"dispute:{resolved.id}", now=now)
            else:
                taken_off = take_off(resolved, key=f"dispute:{resolved.id}", now=now, parts=credited or {})
            _end(resolved, case, state=state, answer=answer, now=now, actor=actor)
            record(
                case, kind=f"dispute_{state}", now=now, actor=actor, reason=reason,
                dispute=resolved.id, credited=sorted([list(part) for part in taken_off.items()]),
            )  # fmt: skip
    resolved.refresh_from_db()
    return resolved


def ask_statement(*, dispute_id: int, now: datetime, actor: str) -> Dispute:
    """The customer asks for a written statement of the purchases: two weeks to give it (정보통신망법 art. 58(2)).

    Asked twice, the first clock runs. Raises Refused: already_resolved, case_closed.
    """
    case_id = Dispute.objects.values_list("case_id", flat=True).get(id=dispute_id)
    with locked_case(case_id) as case:
        asked = Dispute.objects.select_for_update(no_key=True).get(id=dispute_id)
        if asked.state != Dispute.State.RAISED:
            raise Refused("already_resolved", "The dispute has been answered.")
        if asked.statement_due_on is None:
            asked.statement_due_on = case_facts.today_of(case, now) + timedelta(days=STATEMENT_DAYS)
            asked.save(update_fields=["statement_due_on"])
            data = {"dispute": asked.id, "due_on": asked.statement_due_on.isoformat()}
            append([Entry(case_id=case.id, kind="statement_asked", at=now, actor=actor, data=data)])
    return asked


def _raise(case: DefaultCase, *, reason: str, now: datetime, actor: str, text: str, today: date) -> Dispute:
    why = Dispute.Reason(reason)
    hold = None
    if why in _WHOLE_CASE:
        hold = open_hold(case, reason=_WHOLE_CASE[why][0], now=now, until=None, actor=actor)
    asks_who = why in _ASKS_WHO_BOUGHT
    return Dispute.objects.create(
        case=case,
        reason=why,
        text=text,
        hold=hold,
        raised_at=now,
        answer_due_on=today + timedelta(days=DISPUTE_ANSWER_DAYS),
        buyer_information_due_on=today + timedelta(days=BUYER_INFORMATION_DAYS) if asks_who else None,
        state=Dispute.State.RAISED,
        evidence=[],
    )


def _end(resolved: Dispute, case: DefaultCase, *, state: str, answer: str, now: datetime, actor: str) -> None:
    """Its hold ends; after a no, asking rests until the customer has had the answer for three business days."""
    Hold.objects.filter(id=resolved.hold_id, ended_at=None).update(ended_at=now, ended_by=actor)
    if state == Dispute.State.REJECTED:
        today = case_facts.today_of(case, now)
        until = after_business_days(
            today, SILENT_BUSINESS_DAYS, country=country_for(case), zone=zone_for(case), calendar=CALENDAR
        )
        resolved.hold = open_hold(case, reason=Hold.Reason.DISPUTE, now=now, until=until, actor=actor)
    resolved.state, resolved.answer, resolved.ended_at = state, answer, now
    resolved.save(update_fields=["state", "answer", "ended_at", "hold"])
