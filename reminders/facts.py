"""What a decision is made from. Loaded by services, read by the pure rules; nothing here reads anything itself.

Instants are aware; `datetime.UTC` is the cheapest zone to pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from common.calendar import HolidayCalendar


class ContactClass(StrEnum):
    """What a contact says, which decides the rules that bind it (contact-rules.md 2.1)."""

    NOTICE = "N"
    INFO = "I"
    DEMAND = "D"
    OFFER = "O"
    REPLY = "R"
    RECEIPT = "T"
    MARKETING = "M"


# Classes that ask for money.
ASKING = frozenset({ContactClass.DEMAND, ContactClass.OFFER})


class Verdict(StrEnum):
    ALLOW = "allow"
    DEFER = "defer"
    BLOCK = "block"
    NEEDS_APPROVAL = "needs_approval"


class Health(StrEnum):
    """Of an address. No entry at all means there is no address."""

    OK = "ok"
    BOUNCED = "bounced"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step of the ladder that has a message. `ended_at` None: the message is still queued or being sent.

    `state` is the message's. A step passed over counts as ended too (its message is `cancelled`).
    """

    key: str
    position: int
    ended_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class HoldFact:
    """A hold that runs, ran or will run. `until` exclusive: the earlier of its planned and its real end; None: open."""

    reason: str
    starts_at: datetime
    until: datetime | None = None

    def covers(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class BlockedBand:
    """Hours the customer closed, on their own clock. `weekdays`: Monday 0. `ends` <= `starts`: into the next day."""

    weekdays: tuple[int, ...]
    starts: time
    ends: time


NO_OVERRIDES = HolidayCalendar()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """Everything `decide` may know of one case."""

    case_id: int
    state: str
    currency: str
    claimed_minor: int
    threshold_minor: int
    oldest_due_on: date
    opened_at: datetime
    closed: bool = False
    is_placed: bool = False
    has_live_agreement: bool = False
    # Since when the sum is worth asking for; the ladder starts here. None: since opening.
    asking_since: datetime | None = None

    steps: tuple[StepDone, ...] = ()
    # Running and past ones since opening: days held do not age the ladder.
    holds: tuple[HoldFact, ...] = ()
    # The step that was due and not allowed at the last consideration, and since when.
    waiting_step: str | None = None
    waiting_since: datetime | None = None
    arm: str = "treated"

    jurisdictions: tuple[str, ...] = ()
    time_zones: tuple[str, ...] = ()
    legal_role: str = "merchant_first_party"
    birth_date: date | None = None
    purchased_on: date | None = None
    language: str = ""
    stopped_at: datetime | None = None
    blocked_channels: tuple[str, ...] = ()
    blocked_bands: tuple[BlockedBand, ...] = ()
    consented_channels: tuple[str, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    requested_on: date | None = None

    # Payment id to the instants of its counting contacts in the last 8 days (`contact_rules.counting`).
    contacts: Mapping[int, tuple[datetime, ...]] = field(default_factory=dict)
    # Instants of info-only contacts in the last 2 days: the first of a day is free.
    info_sent: tuple[datetime, ...] = ()
    # Kind of legal notice ("mandate", "start", "assignment", "validation") to the day it reached the customer.
    notices: Mapping[str, date] = field(default_factory=dict)
    in_flight_until: datetime | None = None
    limitation_on: date | None = None
    feed_seen_at: datetime | None = None
    feed_silence_limit: timedelta | None = None
    sending_paused: str | None = None
    calendar: HolidayCalendar = NO_OVERRIDES


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFacts:
    """A claimed message just before hand-over. Its own contact and its own step are not in the case's facts.

    `is_answer`: it tells of something that happened, and is no step of the ladder.
    """

    case_id: int
    step_key: str
    position: int | None
    channel: str
    contact_class: ContactClass
    expires_at: datetime | None = None
    is_answer: bool = False
