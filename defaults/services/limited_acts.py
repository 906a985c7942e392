"""The acts that have a limit, from the arguments of the API: the same whether done at once or after an approval."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from common.calendar import start_of_day

from ..authority import COMPLIANCE
from ..models import Agency, DefaultCase
from . import placement, staff_acts
from .acts import Refused, zone_for
from .offers import make_offer
from .reopening import reopen

Args = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Maker:
    """Who acts; `role` of the one who answers for it. None: a merchant's own key, which needs nobody's leave."""

    actor: str
    role: str | None


def _make_offer(case: DefaultCase, args: Args, now: datetime, maker: Maker) -> DefaultCase:
    last = date.fromisoformat(args["expires_on"])
    expires_at = start_of_day(last + timedelta(days=1), zone_for(case))
    make_offer(
        case_id=case.id, pay_minor=args["pay"], expires_at=expires_at, now=now, actor=maker.actor,
        authority=maker.role or COMPLIANCE,
    )  # fmt: skip
    return case


def _waive(case: DefaultCase, args: Args, now: datetime, maker: Maker) -> DefaultCase:
    staff_acts.waive(
        case_id=case.id, amount_minor=args["amount"], reason=args["reason"], now=now, actor=maker.actor
    )
    return case


def _record_payment(case: DefaultCase, args: Args, now: datetime, maker: Maker) -> DefaultCase:
    staff_acts.record_payment(
        case_id=case.id, amount_minor=args["amount"], method=args["method"], now=now, actor=maker.actor
    )
    return case


def _forgive(case: DefaultCase, args: Args, now: datetime, maker: Maker) -> DefaultCase:
    staff_acts.forgive(case_id=case.id, reason=args["reason"], now=now, actor=maker.actor)
    return case


def _write_off(case: DefaultCase, args: Args, now: datetime, maker: Maker) -> DefaultCase:
    staff_acts.write_off(case_id=case.id, reason=args["reason"], now=now, actor=maker.actor)
    return case


def _place(case: DefaultCase, args: Args, now: datetime, maker: Maker) -> DefaultCase:
    agency = Agency.objects.filter(slug=args["agency"]).first()
    if agency is None:
        raise Refused("unknown_agency", "This merchant has no such agency.")
    placement.announce(case_id=case.id, agency=agency, now=now, actor=maker.actor)
    return case


def _reopen(case: DefaultCase, args: Args, now: datetime, maker: Maker) -> DefaultCase:
    return reopen(case=case, reason=args["reason"], now=now, actor=maker.actor)


# Each answers the case that goes on: a linked one after `reopen`.
DO: dict[str, Callable[[DefaultCase, Args, datetime, Maker], DefaultCase]] = {
    "forgive": _forgive,
    "offer": _make_offer,
    "place": _place,
    "record-payment": _record_payment,
    "reopen": _reopen,
    "waive": _waive,
    "write-off": _write_off,
}
LIMITED = frozenset(DO)
