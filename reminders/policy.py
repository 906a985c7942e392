"""Which step of the ladder is next for a case, before any contact rule is asked. Pure.

Days are calendar days in the customer's zone: a step `after_days` after the one before is due from local midnight of
that day, moved on by the time held in between; the contact rules then pick the hour. Without a known zone UTC stands
in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType

from common.calendar import start_of_day, zone_of

from .facts import CaseFacts, ContactClass, HoldFact, StepDone

_DAY = timedelta(days=1)
# Where only the passing of time can help, look again after this.
LOOK_AGAIN = timedelta(hours=1)
LOOK_AGAIN_TOMORROW = _DAY


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """`after_days`: after the step before ended; the first: after asking began. `channels`: best first."""

    key: str
    position: int
    after_days: int
    contact_class: ContactClass
    channels: tuple[str, ...]
    template_key: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PolicyVersion:
    """One version of a dunning policy; `steps` in order of position.

    A contact is worth it while `uplift_bp` of the claimed sum (the share that it brings in and silence would not, in
    hundredths of a percent) is not under its cost: `cost_minor` by (currency, channel), plus `strain_minor` by
    currency for each contact so far and this one. Unlisted costs are none. Default uplift: 61.9% cured without and
    64.3% with a reminder (domain.md, fact 2). `blocked_days`, `deferred_days`: how long a due step may be refused
    before it is passed over.
    """

    id: int | None
    number: int
    steps: tuple[Step, ...]
    end_decision: str
    end_after_days: int
    holdout_percent: int = 0
    uplift_bp: int = 240
    cost_minor: Mapping[tuple[str, str], int] = field(default_factory=dict)
    strain_minor: Mapping[str, int] = field(default_factory=dict)
    blocked_days: int = 3
    deferred_days: int = 14


_BY_MAIL_THEN_TEXT = ("email", "sms")
_C = ContactClass

DEFAULT_LADDER = PolicyVersion(
    id=None,
    number=1,
    steps=(
        Step("reminder-1", 1, 0, _C.DEMAND, _BY_MAIL_THEN_TEXT, "reminder-1"),
        Step("reminder-2", 2, 5, _C.DEMAND, _BY_MAIL_THEN_TEXT, "reminder-2"),
        Step("offer", 3, 7, _C.OFFER, _BY_MAIL_THEN_TEXT, "offer"),
        Step("last-notice", 4, 7, _C.DEMAND, _BY_MAIL_THEN_TEXT, "last-notice"),
    ),
    end_decision="write_off",
    end_after_days=7,
    cost_minor=MappingProxyType({("KRW", "sms"): 10, ("KRW", "email"): 1}),
)


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """`kind`: none | pool | held | wait | step | end. `until`: when to look again; None: on new facts only.

    `step`: the one to take (or, when held or waiting, the one that would be next). `channels`: of its channels those
    worth their cost. `skipped`: steps passed over, to be recorded as ended.
    """

    kind: str
    reason: str
    until: datetime | None = None
    step: Step | None = None
    channels: tuple[str, ...] = ()
    skipped: tuple[StepDone, ...] = ()


def next_action(facts: CaseFacts, policy: PolicyVersion, now: datetime) -> Action:
    if facts.closed:
        return Action("none", "case_closed")
    if facts.claimed_minor <= 0:
        return Action("none", "nothing_owed")
    if facts.is_placed:
        return Action("none", "placed")
    held = [hold for hold in facts.holds if hold.covers(now)] if facts.holds else ()
    if held:
        return Action("held", "held", _end_of(held), _upcoming(facts, policy))
    if facts.has_live_agreement:
        return Action("held", "agreement", None, _upcoming(facts, policy))
    if facts.claimed_minor < facts.threshold_minor:
        return Action("pool", "below_threshold")
    if any(done.ended_at is None for done in facts.steps):
        return Action("wait", "step_in_progress", now + LOOK_AGAIN_TOMORROW)
    if facts.arm == "holdout":
        days = sum(step.after_days for step in policy.steps) + policy.end_after_days
        return _end_from(asking_from(facts), days, "holdout", facts, now)
    return _on_the_ladder(facts, policy, now)


def _on_the_ladder(facts: CaseFacts, policy: PolicyVersion, now: datetime) -> Action:
    """The latest due step, once. A step that is already being tried is not overtaken by the ones after it."""
    anchor = _last_end(facts)
    passed = _passed(facts)
    due: datetime | None = None
    at, chosen, over = anchor, None, []
    for step in policy.steps:
        if step.position <= passed:
            continue
        if chosen is not None and step.after_days == 0:
            break
        due = unheld_day(at, step.after_days, facts)
        if due is None or due > now:
            break
        if chosen is not None:
            over.append(StepDone(chosen.key, chosen.position, at, "cancelled"))
        chosen, at = step, due
        if step.key == facts.waiting_step:
            break
    if chosen is None:
        upcoming = _upcoming(facts, policy)
        if upcoming is None:
            return _end_from(anchor, policy.end_after_days, "ladder_done", facts, now)
        return Action("wait", "not_due", due, upcoming)
    channels = tuple(name for name in chosen.channels if is_worth_it(facts, policy, name))
    if not channels:
        return _end_from(anchor, policy.end_after_days, "not_worth", facts, now)
    return Action("step", "due", None, chosen, channels, tuple(over))


def is_worth_it(facts: CaseFacts, policy: PolicyVersion, channel: str) -> bool:
    cost = policy.cost_minor.get((facts.currency, channel), 0)
    cost += policy.strain_minor.get(facts.currency, 0) * (len(facts.steps) + 1)
    return facts.claimed_minor * policy.uplift_bp >= cost * 10_000


def _end_from(anchor: datetime, days: int, reason: str, facts: CaseFacts, now: datetime) -> Action:
    """The end decision once its days have passed, but never on facts that may be about to change."""
    due = unheld_day(anchor, days, facts)
    if due is None or due > now:
        return Action("wait", reason, due)
    if facts.in_flight_until is not None and facts.in_flight_until > now:
        return Action("wait", "payment_in_flight", facts.in_flight_until)
    if facts.sending_paused is not None:
        return Action("wait", "sending_paused", now + LOOK_AGAIN)
    limit, seen = facts.feed_silence_limit, facts.feed_seen_at
    if limit is not None and (seen is None or now - seen > limit):
        return Action("wait", "feed_stale", now + LOOK_AGAIN)
    return Action("end", reason)


def asking_from(facts: CaseFacts) -> datetime:
    return facts.asking_since or facts.opened_at


def _last_end(facts: CaseFacts) -> datetime:
    """What the next step's days are counted from. Time below the threshold does not count."""
    anchor = asking_from(facts)
    for done in facts.steps:
        if done.ended_at is not None and done.ended_at > anchor:
            anchor = done.ended_at
    return anchor


def _passed(facts: CaseFacts) -> int:
    return max((done.position for done in facts.steps), default=-1)


def _upcoming(facts: CaseFacts, policy: PolicyVersion) -> Step | None:
    passed = _passed(facts)
    return next((step for step in policy.steps if step.position > passed), None)


def _end_of(holds: list[HoldFact]) -> datetime | None:
    ends = [hold.until for hold in holds]
    return None if None in ends else max(ends)


def unheld_day(anchor: datetime, days: int, facts: CaseFacts) -> datetime | None:
    """The first instant of the local day on which `days` days not held have passed since `anchor`; None: never.

    With no days it is the anchor itself, or the end of the hold over it.
    """
    held = timedelta()
    if facts.holds:
        due = unheld_instant(anchor, days * _DAY, facts.holds)
        if due is None:
            return None
        held = due - anchor - days * _DAY
    if days == 0:
        return anchor + held
    zone: tzinfo | None = zone_of(facts.time_zones[0]) if facts.time_zones else None
    if zone is None:
        zone = UTC
    wall = anchor.astimezone(zone).replace(tzinfo=None) + days * _DAY + held
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=zone)
    if zone is not UTC and midnight.utcoffset() != midnight.replace(hour=3).utcoffset():
        return start_of_day(wall.date(), zone)
    return midnight.astimezone(UTC)


def unheld_instant(anchor: datetime, length: timedelta, holds: tuple[HoldFact, ...]) -> datetime | None:
    """`anchor` plus `length`, not counting time covered by any hold; None when an open hold covers the rest."""
    due = anchor + length
    counted_to = anchor
    for hold in sorted(holds, key=lambda hold: hold.starts_at):
        starts_at = max(hold.starts_at, counted_to)
        if starts_at > due or (starts_at == due and length):
            break
        if hold.until is None:
            return None
        if hold.until > starts_at:
            due += hold.until - starts_at
            counted_to = hold.until
    return due
