"""Handing a case to a collection agency: announced to the customer, handed over after the notice, taken back when need be.

KR-OUTSRC: five business days before; KR-TWO: one agency at a time; KR-NOSELL: never what is protected; KR-MANDATE and
contact-rules.md 2.7 point 7: in Korea only an agency with a licence. The customer is told by `reminders`.
"""

from datetime import datetime

from django.db import transaction

from ..agreement_states import LIVE_OFFERS, PlacementState, PlanState
from ..agreements import after_business_days
from ..models import AdjustmentRequest, Agency, DefaultCase, Dispute, Hold, Placement
from . import case_facts
from .acts import CALENDAR, Refused, country_for, locked_case, open_hold, record, zone_for
from .history import Entry
from .reassess import settle
from .recalls import recall

NOTICE_BUSINESS_DAYS = 5
MOST_PLACEMENTS = 3
PROTECTING = (
    Hold.Reason.DISPUTE,
    Hold.Reason.HARDSHIP,
    Hold.Reason.PROTECTION,
    Hold.Reason.MINOR,
    Hold.Reason.FRAUD,
    Hold.Reason.DECEASED,
    Hold.Reason.LAWYER,
    Hold.Reason.CLAIMED_PAID,
)
_AGREED = (Hold.Reason.PROMISE, Hold.Reason.SETTLEMENT, Hold.Reason.PLAN)
_SYSTEM = "system"


def announce(*, case_id: int, agency: Agency, now: datetime, actor: str) -> Placement:
    """Tell the customer that the agency will get the case, and hold until the notice is over.

    Raises Refused: case_closed, unknown_agency, licence_needed, already_placed, too_many_placements, protected,
    agreement_stands, nothing_open.
    """
    with locked_case(case_id) as case:
        _check_agency(case, agency)
        _check_case(case, now=now)
        today = case_facts.today_of(case, now)
        place_at = after_business_days(
            today, NOTICE_BUSINESS_DAYS, country=country_for(case), zone=zone_for(case), calendar=CALENDAR
        )
        hold = open_hold(case, reason=Hold.Reason.PLACEMENT, now=now, until=place_at, actor=actor)
        placement = Placement.objects.create(
            case=case,
            agency=agency,
            state=PlacementState.ANNOUNCED,
            hold=hold,
            announced_by=actor,
            announced_at=now,
            place_at=place_at,
        )
        record(
            case, kind="placement_announced", now=now, actor=actor,
            placement=placement.id, agency=agency.slug, place_at=place_at.isoformat(),
        )  # fmt: skip
    return placement


def place_due(*, now: datetime, limit: int = 500) -> int:
    """Hand over what was announced and whose notice is over; what is protected by now is taken back instead.

    Waits for nobody: what is in use is found again by the next call. Answers how many were handed over.
    """
    with transaction.atomic():
        due = Placement.objects.filter(state=PlacementState.ANNOUNCED, place_at__lte=now)
        ids = list(due.order_by("place_at", "id").values_list("case_id", flat=True)[:limit])
        cases = case_facts.claim_cases(ids) if ids else []
        if not cases:
            return 0
        shielded = _shielded([case.id for case in cases], now=now)
        back = [case for case in cases if case.id in shielded]
        going = [case for case in cases if case.id not in shielded]
        entries = recall(back, reason="protected", now=now) + _hand_over(going, now=now)
        settle(cases, now=now, actor=_SYSTEM, reason="notice over", entries=entries)
    return len(going)


def recall_case(*, case_id: int, reason: str, now: datetime, actor: str) -> None:
    """Take the case back, announced or placed. Raises Refused: case_closed, not_placed."""
    with locked_case(case_id) as case:
        entries = recall([case], reason=reason or "recalled", now=now, actor=actor)
        if not entries:
            raise Refused("not_placed", "No agency has this case, and none was announced.")
        settle([case], now=now, actor=actor, reason="recalled", entries=entries)


def return_case(*, case_id: int, reason: str, now: datetime, actor: str) -> None:
    """The agency gives the case back. Raises Refused: case_closed, not_placed."""
    with locked_case(case_id) as case:
        placed = Placement.objects.filter(case=case, state=PlacementState.PLACED)
        placement = placed.select_for_update(no_key=True).first()
        if placement is None:
            raise Refused("not_placed", "No agency has this case.")
        placement.state, placement.ended_at = PlacementState.RETURNED, now
        placement.end_reason = (reason or "returned")[:60]
        placement.save(update_fields=["state", "ended_at", "end_reason"])
        record(
            case,
            kind="placement_returned",
            now=now,
            actor=actor,
            reason=reason,
            placement=placement.id,
        )


def _hand_over(cases: list[DefaultCase], *, now: datetime) -> list[Entry]:
    """Mark the announced placements of these locked cases as placed; their notice holds end with them."""
    claimed = {one.case.id: one.open_minor for one in case_facts.load(cases, now=now)} if cases else {}
    announced = list(
        Placement.objects.filter(case__in=cases, state=PlacementState.ANNOUNCED).select_related("agency")
    )
    for one in announced:
        one.state, one.placed_at, one.claimed_minor = PlacementState.PLACED, now, claimed[one.case_id]
    Placement.objects.bulk_update(announced, ["state", "placed_at", "claimed_minor"])
    Hold.objects.filter(id__in=[one.hold_id for one in announced], ended_at=None).update(
        ended_at=now, ended_by=_SYSTEM
    )
    return [
        Entry(
            case_id=one.case_id,
            kind="placed",
            at=now,
            actor=_SYSTEM,
            data={"placement": one.id, "agency": one.agency.slug, "amount_minor": one.claimed_minor},
        )
        for one in announced
    ]


def _check_agency(case: DefaultCase, agency: Agency) -> None:
    if not agency.is_active or not agency.merchants.filter(id=case.merchant_id).exists():
        raise Refused("unknown_agency", "This merchant has no such agency.")
    if country_for(case) == "KR" and not agency.licence_number:
        raise Refused(
            "licence_needed", "In Korea only a licensed agency may collect. Enter its licence first."
        )


def _check_case(case: DefaultCase, *, now: datetime) -> None:
    states = list(Placement.objects.filter(case=case).values_list("state", flat=True))
    if {PlacementState.ANNOUNCED, PlacementState.PLACED} & set(states):
        raise Refused("already_placed", "An agency has this case, or is announced already (KR-TWO).")
    if len(states) >= MOST_PLACEMENTS:
        raise Refused("too_many_placements", "A claim is handed on three times at most (KR-NOSELL).")
    if _shielded([case.id], now=now):
        raise Refused(
            "protected",
            "A dispute, deferral, adjustment request or another protection is open: nothing is handed on (KR-NOSELL).",
        )
    agreed = Hold.objects.running(now).filter(case=case, reason__in=_AGREED).exists()
    offers = case.offers.filter(state__in=LIVE_OFFERS - {"live"}).exists()
    if agreed or offers or case.plans.filter(state=PlanState.LIVE).exists():
        raise Refused(
            "agreement_stands", "The customer keeps to an agreement. Nothing is handed on meanwhile."
        )
    if not case.claimed_minor:
        raise Refused("nothing_open", "Nothing of this case is open and undisputed.")


def _shielded(case_ids: list[int], *, now: datetime) -> set[int]:
    """Those of these cases that may not be handed on (KR-NOSELL); four queries for any number."""
    customers = dict(DefaultCase.objects.filter(id__in=case_ids).values_list("id", "customer_id"))
    holds = Hold.objects.running(now).filter(customer__in=set(customers.values()), reason__in=PROTECTING)
    own, wide = set(), set()
    for case_id, customer_id in holds.values_list("case_id", "customer_id"):
        own.add(case_id) if case_id else wide.add(customer_id)
    disputed = Dispute.objects.filter(case__in=case_ids, state=Dispute.State.RAISED)
    adjusting = AdjustmentRequest.objects.filter(case__in=case_ids, state__in=["requested", "offered"])
    own |= set(disputed.values_list("case_id", flat=True)) | set(adjusting.values_list("case_id", flat=True))
    return {case_id for case_id, customer_id in customers.items() if case_id in own or customer_id in wide}
