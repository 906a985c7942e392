"""Debt adjustment on request: decided and told within 10 business days, then 10 to accept (S-PDP 35 to 38, as policy).

While a request is open nothing is asked and nothing is handed on: a hold of its own sees to that (S-PDP 10, 14).
"""

from datetime import datetime

from django.db import connection, transaction

from ..agreement_states import ADJUSTMENT_MOVES, AdjustmentState, can_move
from ..agreements import after_business_days
from ..models import AdjustmentRequest, DefaultCase, Hold
from . import case_facts
from .acts import CALENDAR, Refused, country_for, locked_case, open_hold, record, zone_for
from .history import Entry
from .reassess import settle
from .review_queues import ADJUSTMENT, send_to_queue

BUSINESS_DAYS = 10
SILENT_BUSINESS_DAYS = 3
_OPEN = (AdjustmentState.REQUESTED, AdjustmentState.OFFERED)
_SYSTEM = "system"
# What a refusal must name, each by one of its names: the court, and in Korea the committee for debt adjustment.
_COURT = ("법원", "court")
_COMMITTEE = ("신용회복위원회", "ccrs", "credit counseling")
# Past its day without a decision, and nobody was told so.
_OVERDUE = """
SELECT a.id, a.case_id FROM defaults_adjustmentrequest a
 WHERE a.state = 'requested' AND a.decide_by <= %(now)s
   AND NOT EXISTS (SELECT FROM defaults_caseevent e
                    WHERE e.case_id = a.case_id AND e.kind = 'adjustment_overdue'
                      AND e.data ->> 'adjustment' = a.id::text)
 ORDER BY a.decide_by, a.id LIMIT %(limit)s
"""


def ask_adjustment(*, case_id: int, now: datetime, actor: str, text: str = "") -> AdjustmentRequest:
    """The customer asks to change the debt; silent from now on. Asked again while one is open, that one is answered.

    Raises Refused(case_closed).
    """
    with locked_case(case_id) as case:
        standing = case.adjustments.filter(state__in=_OPEN).first()
        if standing:
            return standing
        asked = AdjustmentRequest.objects.create(
            case=case,
            state=AdjustmentState.REQUESTED,
            text=text,
            hold=open_hold(case, reason=Hold.Reason.PROTECTION, now=now, until=None, actor=actor),
            asked_by=actor,
            asked_at=now,
            decide_by=_end_of(case, BUSINESS_DAYS, now=now),
        )
        record(
            case, kind="adjustment_requested", now=now, actor=actor,
            adjustment=asked.id, decide_by=asked.decide_by.isoformat(),
        )  # fmt: skip
        send_to_queue(case, queue=ADJUSTMENT, now=now, actor=actor)
    return asked


def offer_adjustment(*, adjustment_id: int, proposal: str, now: datetime, actor: str) -> AdjustmentRequest:
    """Grant it in these words: the customer is told, and has 10 business days.

    Raises Refused: text_missing, not_possible, case_closed.
    """
    if not proposal.strip():
        raise Refused("text_missing", "Say what is offered: the customer is told.")
    with locked_case(_case_of(adjustment_id)) as case:
        asked = _moved(adjustment_id, AdjustmentState.OFFERED)
        asked.proposal, asked.decided_at = proposal, now
        asked.accept_by = _end_of(case, BUSINESS_DAYS, now=now)
        asked.save(update_fields=["state", "proposal", "decided_at", "accept_by"])
        record(
            case, kind="adjustment_offered", now=now, actor=actor,
            adjustment=asked.id, accept_by=asked.accept_by.isoformat(),
        )  # fmt: skip
    return asked


def refuse_adjustment(*, adjustment_id: int, refusal: str, now: datetime, actor: str) -> AdjustmentRequest:
    """Refuse it, with the reason and the routes that are left; asking rests three business days more, to let it be read.

    Raises Refused: routes_missing unless the court and, in Korea, the committee (신용회복위원회, CCRS) are named; not_possible,
    case_closed.
    """
    with locked_case(_case_of(adjustment_id)) as case:
        if missing := _missing_routes(refusal, country=country_for(case)):
            raise Refused("routes_missing", f"A refusal names what is left; add: {', '.join(missing)}.")
        refused = _moved(adjustment_id, AdjustmentState.REFUSED)
        refused.refusal, refused.decided_at, refused.ended_at = refusal, now, now
        refused.save(update_fields=["state", "refusal", "decided_at", "ended_at"])
        until = _end_of(case, SILENT_BUSINESS_DAYS, now=now)
        Hold.objects.filter(id=refused.hold_id, ended_at=None).update(until=until)
        record(case, kind="adjustment_refused", now=now, actor=actor, adjustment=refused.id)
    return refused


def accept_adjustment(*, adjustment_id: int, now: datetime, actor: str) -> AdjustmentRequest:
    """The customer accepts; staff carry it out, and until they end the hold nothing is asked. Accepted twice is once.

    Raises Refused: too_late, not_possible, case_closed.
    """
    with locked_case(_case_of(adjustment_id)) as case:
        standing = AdjustmentRequest.objects.get(id=adjustment_id)
        if standing.state == AdjustmentState.ACCEPTED:
            return standing
        if standing.accept_by and standing.accept_by <= now:
            raise Refused("too_late", "The time to accept has passed.")
        accepted = _moved(adjustment_id, AdjustmentState.ACCEPTED)
        accepted.ended_at = now
        accepted.save(update_fields=["state", "ended_at"])
        record(case, kind="adjustment_accepted", now=now, actor=actor, adjustment=accepted.id)
        send_to_queue(case, queue=ADJUSTMENT, now=now, actor=actor)
    return accepted


def expire_adjustments(*, now: datetime, limit: int = 500) -> int:
    """Lapse what was offered and not accepted in time, and call a person to what was not decided in time.

    The same number of queries however many; waits for nobody: a case in use is found again by the next call. Answers how
    many requests were concerned. An overdue request stays open, and silent.
    """
    over = AdjustmentRequest.objects.filter(state=AdjustmentState.OFFERED, accept_by__lte=now)
    with transaction.atomic():
        late = _overdue(now=now, limit=limit)
        wanted = over.order_by("accept_by", "id").values_list("case_id", flat=True)[:limit]
        found = {*wanted, *(case_id for _, case_id in late)}
        cases = case_facts.claim_cases(found) if found else []
        free = {case.id for case in cases}
        lapsed = list(over.filter(case__in=free))
        still_late = [(adjustment_id, case_id) for adjustment_id, case_id in late if case_id in free]
        entries = [
            *(_entry(one.case_id, "adjustment_lapsed", one.id, now=now) for one in lapsed),
            *(_entry(case_id, "adjustment_overdue", one, now=now) for one, case_id in still_late),
        ]
        AdjustmentRequest.objects.filter(id__in=[one.id for one in lapsed]).update(
            state=AdjustmentState.LAPSED, ended_at=now
        )
        Hold.objects.filter(id__in=[one.hold_id for one in lapsed], ended_at=None).update(
            ended_at=now, ended_by=_SYSTEM
        )
        settle(cases, now=now, actor=_SYSTEM, reason="date passed", entries=entries)
        DefaultCase.objects.filter(id__in=[case_id for _, case_id in still_late]).update(
            needs_staff=True, next_review_at=None, review_reason="adjustment_overdue"
        )
    return len(lapsed) + len(still_late)


def _overdue(*, now: datetime, limit: int) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, {"now": now, "limit": limit})
        return cursor.fetchall()


def _entry(case_id: int, kind: str, adjustment_id: int, *, now: datetime) -> Entry:
    return Entry(case_id=case_id, kind=kind, at=now, actor=_SYSTEM, data={"adjustment": adjustment_id})


def _case_of(adjustment_id: int) -> int:
    return AdjustmentRequest.objects.values_list("case_id", flat=True).get(id=adjustment_id)


def _moved(adjustment_id: int, to: AdjustmentState) -> AdjustmentRequest:
    """The request in its next state, not yet saved; its case is locked."""
    request = AdjustmentRequest.objects.get(id=adjustment_id)
    if not can_move(ADJUSTMENT_MOVES, request.state, to):
        raise Refused("not_possible", f"The request is {request.state}.")
    request.state = to
    return request


def _end_of(case: DefaultCase, business_days: int, *, now: datetime) -> datetime:
    return after_business_days(
        case_facts.today_of(case, now),
        business_days,
        country=country_for(case),
        zone=zone_for(case),
        calendar=CALENDAR,
    )


def _missing_routes(refusal: str, *, country: str) -> list[str]:
    routes = (_COURT, _COMMITTEE) if country == "KR" else (_COURT,)
    said = refusal.casefold()
    return [names[0] for names in routes if not any(name in said for name in names)]
