"""Checks of facts that forbid a contact whatever the hour: stops, addresses, consent."""

from datetime import date, timedelta

from common.calendar import add_business_days, start_of_day

from ..facts import CaseFacts, Health, HoldFact, Verdict
from .rule import Ask, Check, Finding

# How long to wait before asking again where nobody can say when the obstacle will go.
ASK_AGAIN = timedelta(hours=1)
ASK_TOMORROW = timedelta(days=1)


def _today(ask: Ask) -> date:
    """The latest local date: a day counts as begun where it has begun in any zone the customer may be in."""
    return max((place.day for place in ask.places), default=ask.now.date())


def nothing_owed(facts: CaseFacts, ask: Ask) -> Finding | None:
    if facts.closed:
        return Finding(Verdict.BLOCK, "case_closed")
    if facts.claimed_minor <= 0:
        return Finding(Verdict.BLOCK, "nothing_owed")
    return None


def sending_paused(facts: CaseFacts, ask: Ask) -> Finding | None:
    if facts.sending_paused is None:
        return None
    return Finding(Verdict.DEFER, "sending_paused", ask.now + ASK_AGAIN, (("reason", facts.sending_paused),))


def feed_stale(facts: CaseFacts, ask: Ask) -> Finding | None:
    """A silent feed may be hiding payments."""
    if facts.feed_silence_limit is None:
        return None
    if facts.feed_seen_at is None:
        return Finding(Verdict.DEFER, "feed_never_seen", ask.now + ASK_AGAIN)
    if ask.now - facts.feed_seen_at <= facts.feed_silence_limit:
        return None
    return Finding(
        Verdict.DEFER,
        "feed_stale",
        ask.now + ASK_AGAIN,
        (("seen_at", facts.feed_seen_at.isoformat()),),
    )


def payment_in_flight(facts: CaseFacts, ask: Ask) -> Finding | None:
    if facts.in_flight_until is None or facts.in_flight_until <= ask.now:
        return None
    return Finding(Verdict.DEFER, "payment_in_flight", facts.in_flight_until)


def held(facts: CaseFacts, ask: Ask, reasons: frozenset[str] | None) -> Finding | None:
    """The running hold that lasts longest, of these reasons (None: of any)."""
    lasting: HoldFact | None = None
    for hold in facts.holds:
        if not hold.covers(ask.now) or (reasons is not None and hold.reason not in reasons):
            continue
        if lasting is None or (lasting.until and (hold.until is None or hold.until > lasting.until)):
            lasting = hold
    if lasting is None:
        return None
    params = (("reason", lasting.reason),)
    if lasting.until is None:
        return Finding(Verdict.BLOCK, "hold", None, params)
    return Finding(Verdict.DEFER, "hold_until", lasting.until, params)


def held_for(*reasons: str) -> Check:
    chosen = frozenset(reasons)

    def check(facts: CaseFacts, ask: Ask) -> Finding | None:
        return held(facts, ask, chosen) if facts.holds else None

    return check


def held_for_any(facts: CaseFacts, ask: Ask) -> Finding | None:
    return held(facts, ask, None) if facts.holds else None


def placed_elsewhere(facts: CaseFacts, ask: Ask) -> Finding | None:
    return Finding(Verdict.BLOCK, "placed") if facts.is_placed else None


def under_agreement(facts: CaseFacts, ask: Ask) -> Finding | None:
    return Finding(Verdict.BLOCK, "agreement") if facts.has_live_agreement else None


def minor(age: int) -> Check:
    """Under `age` when the purchase was made (the due date stands in where that day is not known), or still today."""

    def check(facts: CaseFacts, ask: Ask) -> Finding | None:
        if facts.birth_date is None:
            return None
        bought_on = facts.purchased_on or facts.oldest_due_on
        if _age(facts.birth_date, bought_on) >= age:
            return None
        return Finding(Verdict.BLOCK, "minor_at_purchase", None, (("age", age),))

    return check


def _age(birth_date: date, on: date) -> int:
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


def time_barred(facts: CaseFacts, ask: Ask) -> Finding | None:
    if facts.limitation_on is None or _today(ask) < facts.limitation_on:
        return None
    return Finding(Verdict.BLOCK, "time_barred", None, (("on", facts.limitation_on.isoformat()),))


def notice_given(kind: str, business_days: int, country: str) -> Check:
    """A legal notice must have reached the customer, and its business days must have passed."""

    def check(facts: CaseFacts, ask: Ask) -> Finding | None:
        given_on = facts.notices.get(kind)
        if given_on is None:
            return Finding(Verdict.NEEDS_APPROVAL, "notice_missing", None, (("notice", kind),))
        ready_on = add_business_days(given_on, business_days, country, facts.calendar)
        waits = [start_of_day(ready_on, place.zone) for place in ask.places if place.day < ready_on]
        if not waits:
            return None
        params = (("notice", kind), ("on", ready_on.isoformat()))
        return Finding(Verdict.DEFER, "notice_period", max(waits), params)

    return check


def zone_unknown(facts: CaseFacts, ask: Ask) -> Finding | None:
    """Nobody may guess what time it is where the customer is: ask again tomorrow."""
    return None if ask.places else Finding(Verdict.DEFER, "zone_unknown", ask.now + ASK_TOMORROW)


def address_unusable(facts: CaseFacts, ask: Ask) -> Finding | None:
    health = facts.addresses.get(ask.channel)
    if health == Health.OK:
        return None
    code = "address_missing" if health is None else f"address_{health}"
    return Finding(Verdict.BLOCK, code, None, (("channel", ask.channel),))


def asked_to_stop(facts: CaseFacts, ask: Ask) -> Finding | None:
    if facts.stopped_at is None or facts.stopped_at > ask.now:
        return None
    return Finding(Verdict.BLOCK, "stopped", None, (("since", facts.stopped_at.isoformat()),))


def channel_blocked(facts: CaseFacts, ask: Ask) -> Finding | None:
    if ask.channel not in facts.blocked_channels:
        return None
    return Finding(Verdict.BLOCK, "channel_blocked", None, (("channel", ask.channel),))


def consent_missing(facts: CaseFacts, ask: Ask) -> Finding | None:
    if ask.channel in facts.consented_channels:
        return None
    return Finding(Verdict.NEEDS_APPROVAL, "consent_missing", None, (("channel", ask.channel),))


def marketing(facts: CaseFacts, ask: Ask) -> Finding | None:
    return Finding(Verdict.BLOCK, "marketing")


def reply_too_late(facts: CaseFacts, ask: Ask) -> Finding | None:
    """A reply is one only on the day of the request; later it is an ordinary contact."""
    if facts.requested_on is not None and facts.requested_on == _today(ask):
        return None
    return Finding(Verdict.BLOCK, "reply_too_late")
