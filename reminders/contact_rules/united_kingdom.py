"""United Kingdom. FCA rules (CONC) bind credit firms; breathing space binds every creditor once it knows."""

from datetime import time

from . import frequency, hours, stops
from .rule import ASKS, SAFETY_MARGIN, UNASKED, Basis, Check, Group, Rule, make_rule
from .windows import RestDays, all_day, daily

_HOURS = daily(time(8), time(21), margin=SAFETY_MARGIN)
_SUNDAYS = all_day(RestDays(frozenset({6})))


def _british(rule_id: str, title: str, topic: str, group: Group, check: Check, source: str, **more) -> Rule:
    return make_rule(
        rule_id, title, jurisdiction="GB", topic=topic, group=group, check=check, source=source, **more
    )


RULES: tuple[Rule, ...] = (
    _british(
        "UK-BS",
        "Breathing space: 60 days without asking",
        "protection",
        Group.STOP,
        stops.held_for("protection", "breathing_space"),
        "Debt Respite Scheme Regulations 2020 (S-BS)",
        basis=Basis.LAW,
    ),
    _british(
        "UK-BS-MH",
        "Mental-health crisis: treatment and 30 days without asking",
        "crisis",
        Group.STOP,
        stops.held_for("mental_health_crisis"),
        "Debt Respite Scheme Regulations 2020 (S-ADR)",
        basis=Basis.LAW,
    ),
    _british(
        "UK-SCOT",
        "Scottish moratorium: 6 months without asking",
        "moratorium",
        Group.STOP,
        stops.held_for("moratorium"),
        "Bankruptcy (Scotland) Act 2016",
        basis=Basis.LAW,
    ),
    _british(
        "UK-CONC7-FB",
        "Forbearance while the customer gets advice or makes a plan",
        "hardship",
        Group.STOP,
        stops.held_for("hardship", "advice"),
        "CONC 7.3 (S-CPAG)",
    ),
    _british(
        "UK-LIM",
        "Nothing is asked after limitation",
        "limitation",
        Group.STOP,
        stops.time_barred,
        "Limitation Act 1980; CONC 7.15",
    ),
    _british(
        "UK-HOURS",
        "Only between 08:00 and 21:00",
        "night",
        Group.HOURS,
        hours.within(_HOURS, "night"),
        "CONC 7.9.4 (no hours given)",
        classes=UNASKED,
        window=lambda facts: _HOURS,
    ),
    _british(
        "UK-REST",
        "Not on Sundays",
        "rest",
        Group.HOURS,
        hours.within(_SUNDAYS, "rest_day"),
        "CONC 7.9.4 (product policy)",
        classes=ASKS,
        window=lambda facts: _SUNDAYS,
    ),
    _british(
        "UK-3IN7",
        "At most 3 demands per claim in 7 days",
        "cap",
        Group.FREQUENCY,
        frequency.AtMost(3, 7),
        "Protection from Harassment Act 1997 (product policy)",
    ),
)
