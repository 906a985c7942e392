"""A promise to pay: the customer names a date and an amount, and is left in peace until then."""

from datetime import date, datetime

from ..agreements import PROMISE_GRACE_BUSINESS_DAYS, after_business_days, why_no_promise
from ..models import DefaultCase, Hold, PromiseToPay
from .acts import (
    CALENDAR,
    Refused,
    country_for,
    load_current,
    locked_case,
    open_hold,
    record,
    refuse_beside_agreement,
    zone_for,
)
from .bounds import load_bounds

_DETAILS = {
    "amount_out_of_range": "The amount is more than what is open, or nothing.",
    "date_out_of_range": "The date lies in the past or too far ahead.",
}


def promise(
    *, case_id: int, on: date, now: datetime, actor: str, amount_minor: int | None = None
) -> PromiseToPay:
    """Take a promise for the local date `on`, and hold until the business day after it is over.

    `amount_minor` None: everything open.
    The same promise made twice is one. Raises Refused: already_promised, amount_out_of_range, date_out_of_range,
    agreement_stands (an accepted offer, or instalments).
    """
    with locked_case(case_id) as case:
        facts = load_current(case, now=now)
        claimed = sum(i.outstanding_minor for i in facts.claimed.values())
        amount = claimed if amount_minor is None else amount_minor
        if facts.agreed.has_promise:
            return _same_or_refused(facts.agreed.rows.promise, amount_minor=amount, on=on)
        bounds = load_bounds(case.merchant_id, case.currency)
        if reason := why_no_promise(
            amount_minor=amount,
            claimed_minor=claimed,
            on=on,
            today=facts.as_of,
            longest_days=bounds.longest_promise_days,
        ):
            raise Refused(reason, _DETAILS[reason])
        refuse_beside_agreement(facts)
        hold = open_hold(
            case, reason=Hold.Reason.PROMISE, now=now, until=_hold_until(case, on=on), actor=actor
        )
        made = PromiseToPay.objects.create(
            case=case,
            amount_minor=amount,
            outstanding_before_minor=facts.open_minor,
            on=on,
            hold=hold,
            made_at=now,
            state=PromiseToPay.State.MADE,
        )
        record(
            case, kind="promised", now=now, actor=actor,
            promise=made.id, amount_minor=amount, on=on.isoformat(), until=hold.until.isoformat(),
        )  # fmt: skip
    return made


def _same_or_refused(running: PromiseToPay, *, amount_minor: int, on: date) -> PromiseToPay:
    if (running.amount_minor, running.on) == (amount_minor, on):
        return running
    raise Refused("already_promised", f"A payment is promised for {running.on.isoformat()} already.")


def _hold_until(case: DefaultCase, *, on: date) -> datetime:
    return after_business_days(
        on, PROMISE_GRACE_BUSINESS_DAYS, country=country_for(case), zone=zone_for(case), calendar=CALENDAR
    )
