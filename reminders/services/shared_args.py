"""One body for many cases: parts of what is claimed instead of sums, days from now instead of dates, and no ids of rows.

An amount is {"percent"} of what the case claims, or {"amount", "currency"}: a bare number would be won here and cents
there. A date is itself or {"in_days"} from the customer's today. Instalments may be {"parts", "in_days", "every_days"}.
What the act is about (an offer, a dispute) is left out: each case has one, or the row is refused.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from django.db.models import Q, QuerySet
from msgspec import Struct

from common.calendar import local_date
from defaults.agreement_states import AdjustmentState, OfferState
from defaults.models import AdjustmentRequest, DefaultCase, Dispute, Hold, SettlementOffer
from defaults.services.acts import zone_for

from ..message_states import MessageState
from ..models import Message
from .act_args import Unfit
from .case_acts import ACTS, ENDS_WITH

# Undoing many is undoing their job.
SHARED = tuple(name for name in ACTS if name != "undo")
AMOUNTS = frozenset({"amount", "pay"})
MOST_PARTS = 6
MOST_DAYS = 3660
# Long enough to pass wherever a sum or a row is meant.
_ANY_MINOR = _ANY_ROW = 1


def check_shared(action: str, args: Mapping[str, Any]) -> Struct:
    """The body as it would be for some case, which shows its form to be right.

    Raises msgspec.ValidationError with its place, or Unfit with the field; KeyError for an action that is not SHARED.
    """
    body = _plain(args, minor_of=lambda percent: _ANY_MINOR, today=date(2000, 1, 1))
    for name in (OWN[action][0],) if action in OWN else ():
        body.setdefault(name, _ANY_ROW)
    return msgspec.convert(body, ACTS[action].shape)


def body_for(case: DefaultCase, action: str, args: Mapping[str, Any], *, now: datetime) -> Struct:
    """What the act takes for this case. Raises Unfit where the case has no such row, or several."""

    def minor_of(percent: int) -> int:
        return case.claimed_minor * percent // 100

    body = _plain(args, minor_of=minor_of, today=local_date(now, zone_for(case)), claimed=case.claimed_minor)
    if action in OWN and OWN[action][0] not in body:
        body[OWN[action][0]] = _own(case, action, now=now)
    try:
        return msgspec.convert(body, ACTS[action].shape)
    except msgspec.ValidationError as problem:
        raise Unfit("amount", "amount_out_of_range", f"It does not fit this case: {problem}") from problem


def _plain(
    args: Mapping[str, Any], *, minor_of: Callable[[int], int], today: date, claimed: int = 1200
) -> dict[str, Any]:
    found = {}
    for name, value in args.items():
        if name in AMOUNTS:
            value = _amount(name, value, minor_of)
        elif name == "instalments" and isinstance(value, dict):
            value = _instalments(value, claimed=claimed, today=today)
        elif isinstance(value, dict) and value.keys() == {"in_days"}:
            value = _day(name, value["in_days"], today=today).isoformat()
        found[name] = value
    return found


def _amount(name: str, value: Any, minor_of: Callable[[int], int]) -> Any:
    if isinstance(value, dict) and value.keys() == {"percent"}:
        return minor_of(_whole(name, value["percent"], least=1, most=100))
    if isinstance(value, int):
        raise Unfit(
            name, "currency_needed", 'Say it as {"percent": 50}, or as {"amount": 9900, "currency": "KRW"}.'
        )
    return value


def _instalments(terms: Mapping[str, Any], *, claimed: int, today: date) -> list[dict[str, Any]]:
    """Equal parts; what does not divide is in the first."""
    if terms.keys() != {"parts", "in_days", "every_days"}:
        raise Unfit("instalments", "invalid_value", "Say parts, in_days and every_days.")
    parts = _whole("instalments", terms["parts"], least=2, most=MOST_PARTS)
    every = _whole("instalments", terms["every_days"], least=1, most=MOST_DAYS)
    first, each = _day("instalments", terms["in_days"], today=today), claimed // parts
    sums = [claimed - each * (parts - 1), *[each] * (parts - 1)]
    return [
        {"amount": minor, "on": (first + timedelta(days=every * place)).isoformat()}
        for place, minor in enumerate(sums)
    ]


def _day(name: str, days: Any, *, today: date) -> date:
    return today + timedelta(days=_whole(name, days, least=0, most=MOST_DAYS))


def _whole(name: str, value: Any, *, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Unfit(name, "invalid_value", f"A whole number from {least} to {most}.")
    return value


def _own(case: DefaultCase, action: str, *, now: datetime) -> int:
    name, rows_of = OWN[action]
    found = list(rows_of(case, now).values_list("pk", flat=True)[:2])
    if not found:
        raise Unfit(name, f"unknown_{name}", f"The case has no such {name}.")
    if len(found) > 1:
        raise Unfit(name, f"several_{name}s", "The case has several. Choose one on its page.")
    return found[0]


def _holds(case: DefaultCase, now: datetime) -> QuerySet:
    running = Hold.objects.running(now).filter(Q(case=case) | Q(case=None), customer=case.customer_id)
    return running.exclude(reason__in=ENDS_WITH)


def _offers(case: DefaultCase, now: datetime) -> QuerySet:
    return SettlementOffer.objects.filter(case=case, state=OfferState.LIVE)


def _disputes(case: DefaultCase, now: datetime) -> QuerySet:
    return Dispute.objects.filter(case=case, state=Dispute.State.RAISED)


def _requests(case: DefaultCase, now: datetime) -> QuerySet:
    return AdjustmentRequest.objects.filter(case=case, state=AdjustmentState.REQUESTED)


def _granted(case: DefaultCase, now: datetime) -> QuerySet:
    return AdjustmentRequest.objects.filter(case=case, state=AdjustmentState.OFFERED)


def _queued(case: DefaultCase, now: datetime) -> QuerySet:
    return Message.objects.filter(case=case, state=MessageState.QUEUED)


# What an act is about: the member of its body, and the rows of the case that can be meant.
OWN: dict[str, tuple[str, Callable[[DefaultCase, datetime], QuerySet]]] = {
    "release": ("hold", _holds),
    "accept-offer": ("offer", _offers),
    "resolve-dispute": ("dispute", _disputes),
    "note-evidence": ("dispute", _disputes),
    "offer-adjustment": ("adjustment", _requests),
    "refuse-adjustment": ("adjustment", _requests),
    "accept-adjustment": ("adjustment", _granted),
    "cancel-message": ("message", _queued),
}
