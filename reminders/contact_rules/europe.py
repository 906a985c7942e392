"""European Union. No common law on hours or caps: a stricter default, with each member's own holidays."""

from datetime import time
from functools import lru_cache

from . import frequency, hours
from .rule import ASKS, SAFETY_MARGIN, UNASKED, Group, Rule, make_rule
from .windows import RestDays, all_day, daily

# fmt: off
MEMBERS = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})
# fmt: on
_SOURCE = "Product policy (contact-rules.md 2.6)"
_HOURS = daily(time(8), time(20), margin=SAFETY_MARGIN)

_HOURS_RULE = make_rule(
    "EU-HOURS",
    "Only between 08:00 and 20:00",
    jurisdiction="EU",
    topic="night",
    group=Group.HOURS,
    check=hours.within(_HOURS, "night"),
    source=_SOURCE,
    classes=UNASKED,
    window=lambda facts: _HOURS,
)
_CAP_RULE = make_rule(
    "EU-3IN7",
    "At most 3 demands per claim in 7 days",
    jurisdiction="EU",
    topic="cap",
    group=Group.FREQUENCY,
    check=frequency.AtMost(3, 7),
    source=_SOURCE,
)


@lru_cache(maxsize=64)
def rules_of(member: str) -> tuple[Rule, ...]:
    """The rules for one member state; "EU" itself has Sundays only."""
    country = member if member in MEMBERS else ""
    rest = all_day(RestDays(frozenset({6}), country))
    rest_rule = make_rule(
        "EU-REST",
        "Not on Sundays and public holidays",
        jurisdiction=member,
        topic="rest",
        group=Group.HOURS,
        check=hours.within(rest, "rest_day"),
        source=_SOURCE,
        classes=ASKS,
        window=lambda facts: rest,
    )
    return (_HOURS_RULE, rest_rule, _CAP_RULE)
