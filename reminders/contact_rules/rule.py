"""What a contact rule is, what it is asked, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from common.calendar import zone_of

from ..facts import CaseFacts, ContactClass, Verdict
from .windows import Window

Params = tuple[tuple[str, str | int], ...]

# Never hand over later than this before a window closes: a provider may hold a message for a while (2.7 point 2).
SAFETY_MARGIN = timedelta(minutes=10)


class Binds(StrEnum):
    """Whom: everyone, the seller collecting its own price, or a collector, assignee or lender."""

    ALL = "all"
    FIRST_PARTY = "first_party"
    THIRD_PARTY = "third_party"


class Basis(StrEnum):
    """Why: a rule whose basis is law for the merchant's role can never be switched off."""

    LAW = "law"
    SUPERVISORY = "supervisory"
    POLICY = "policy"


class Group(IntEnum):
    """The order in which rules are asked (2.7 point 3)."""

    STOP = 1
    ADDRESS = 2
    CONSENT = 3
    HOURS = 4
    FREQUENCY = 5
    CONTENT = 6
    APPROVAL = 7


@dataclass(frozen=True, slots=True)
class Place:
    """One instant as the clock on the wall shows it in one of the customer's zones. `wall` is naive."""

    zone: ZoneInfo
    wall: datetime
    day: date


@dataclass(slots=True, eq=False)
class Ask:
    """The contact in question. `places` empty: where the customer is, is not known."""

    channel: str
    contact_class: ContactClass
    now: datetime
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """Why a contact may not be made. `until`: for DEFER, the instant from which this rule alone would not object."""

    verdict: Verdict
    code: str
    until: datetime | None = None
    params: Params = ()


Check = Callable[[CaseFacts, Ask], Finding | None]
WindowOf = Callable[[CaseFacts], Window | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """One rule's answer, as it is stored. `detail` is a stable code, `params` what a sentence needs besides."""

    rule_id: str
    version: int
    verdict: Verdict
    until: datetime | None = None
    detail: str = ""
    params: Params = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """One rule of the catalogue. Equal only to itself.

    `jurisdiction`: ISO country, "US-MA" for a state, "EU", or "*" for everywhere. `topic`: a default rule gives way
    to a jurisdiction's own rule of the same topic. `channels` empty: any. `window`: for rules about hours, the
    opening hours the rule sees, so that the next lawful minute can be found. `source`, `reviewed_on`: where it stands
    and when we looked.
    """

    id: str
    version: int
    jurisdiction: str
    topic: str
    group: Group
    binds: Binds
    basis: Basis
    channels: frozenset[str]
    classes: frozenset[ContactClass]
    valid_from: date
    valid_until: date | None
    source: str
    reviewed_on: date
    title: str
    check: Check
    window: WindowOf | None
    allowed: Asked


@dataclass(frozen=True, slots=True)
class Ruling:
    """The answer of all rules together. `rule_id`: which one decided; `until`: the next lawful minute, for DEFER."""

    channel: str
    contact_class: ContactClass
    verdict: Verdict
    until: datetime | None
    rule_id: str
    detail: str
    params: Params
    asked: tuple[Asked, ...]


ANY_CHANNEL: frozenset[str] = frozenset()
EVERY_CLASS = frozenset(ContactClass)
_C = ContactClass
ASKS = frozenset({_C.INFO, _C.DEMAND, _C.OFFER})
DEMANDS = frozenset({_C.DEMAND, _C.OFFER})
UNASKED = EVERY_CLASS - {_C.REPLY}

REVIEWED_ON = date(2026, 11, 22)
ALWAYS = date(2000, 1, 1)


def make_rule(
    rule_id: str,
    title: str,
    *,
    jurisdiction: str,
    topic: str,
    group: Group,
    check: Check,
    source: str,
    binds: Binds = Binds.ALL,
    basis: Basis = Basis.POLICY,
    channels: frozenset[str] = ANY_CHANNEL,
    classes: frozenset[ContactClass] = ASKS,
    valid_from: date = ALWAYS,
    valid_until: date | None = None,
    window: WindowOf | None = None,
    version: int = 1,
) -> Rule:
    return Rule(
        id=rule_id,
        version=version,
        jurisdiction=jurisdiction,
        topic=topic,
        group=group,
        binds=binds,
        basis=basis,
        channels=channels,
        classes=classes,
        valid_from=valid_from,
        valid_until=valid_until,
        source=source,
        reviewed_on=REVIEWED_ON,
        title=title,
        check=check,
        window=window,
        allowed=Asked(rule_id, version, Verdict.ALLOW),
    )


@lru_cache(maxsize=8192)
def places_of(time_zones: tuple[str, ...], now: datetime) -> tuple[Place, ...]:
    """The instant in every candidate zone; empty when there is none or one of them is not a zone."""
    zones = [zone_of(name) for name in time_zones]
    if None in zones:
        return ()
    walls = [(zone, now.astimezone(zone).replace(tzinfo=None)) for zone in zones]
    return tuple(Place(zone, wall, wall.date()) for zone, wall in walls)
