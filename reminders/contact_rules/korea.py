"""Korea. The act on fair collection (S-FDC) binds collectors, assignees and lenders; the act on personal financial
debts (S-PDP, decree S-PDPD) binds lenders. A merchant collecting its own price keeps both as policy, switched on.

Not here, because no fact decides them: KR-FEAR and KR-REPEAT (kept by the caps), KR-ID, KR-OPEN, KR-FALSE, KR-EVENT,
KR-BORROW (texts), KR-THIRD (only the customer's own addresses are known), KR-TWO and KR-ASSIGN-CIV (placement),
KR-AD-* (no marketing).
"""

from datetime import date, time

from ..facts import CaseFacts
from . import frequency, hours, stops
from .rule import (
    ASKS,
    DEMANDS,
    SAFETY_MARGIN,
    UNASKED,
    Ask,
    Basis,
    Binds,
    Check,
    Finding,
    Group,
    Rule,
    make_rule,
)
from .windows import RestDays, all_day, daily

_PDP_IN_FORCE = date(2024, 10, 17)
_SUNDAY = 6


_NIGHT = daily(time(8), time(21), margin=SAFETY_MARGIN)
_REST = all_day(RestDays(frozenset({_SUNDAY}), "KR", ("설날", "추석")))


def _korean(rule_id: str, title: str, topic: str, group: Group, check: Check, source: str, **more) -> Rule:
    return make_rule(
        rule_id, title, jurisdiction="KR", topic=topic, group=group, check=check, source=source, **more
    )


def _law_for_collectors(*args, **more) -> tuple[Rule, Rule]:
    """Law for a collector, the same as policy for the seller itself."""
    return (
        _korean(*args, binds=Binds.THIRD_PARTY, basis=Basis.LAW, **more),
        _korean(*args, binds=Binds.FIRST_PARTY, basis=Basis.POLICY, **more),
    )


def _when_assigned(check: Check) -> Check:
    def asked(facts: CaseFacts, ask: Ask) -> Finding | None:
        return check(facts, ask) if facts.legal_role == "assignee" else None

    return asked


RULES: tuple[Rule, ...] = (
    _korean(
        "KR-CCRS",
        "Asking stops with an application for debt adjustment",
        "protection",
        Group.STOP,
        stops.held_for("protection", "ccrs"),
        "S-FINDA, S-FN25; S-PDP 10, 14",
        basis=Basis.LAW,
    ),
    *_law_for_collectors(
        "KR-INSOLV",
        "Asking stops with rehabilitation or bankruptcy",
        "insolvency",
        Group.STOP,
        stops.held_for("insolvency"),
        "S-FDC 12(3-2),(4)",
    ),
    _korean(
        "KR-DISPUTE",
        "An objection is open: 14 days to answer",
        "dispute",
        Group.STOP,
        stops.held_for("dispute"),
        "S-NET 58(3); S-NETD 66-9(3)",
    ),
    _korean(
        "KR-DEFER",
        "Asking is deferred for disaster, illness, death or marriage in the family",
        "hardship",
        Group.STOP,
        stops.held_for("hardship"),
        "S-PDP 17; S-PDPD 16",
    ),
    *_law_for_collectors(
        "KR-LAWYER",
        "A lawyer speaks for the customer",
        "lawyer",
        Group.STOP,
        stops.held_for("lawyer"),
        "S-FDC 8-2",
    ),
    _korean(
        "KR-NOSELL",
        "Nothing is collected while identity theft or missing documents are looked into",
        "fraud",
        Group.STOP,
        stops.held_for("fraud", "documents"),
        "S-PDP 10, 14; S-PDPD 9, 13",
    ),
    _korean(
        "KR-PROOF",
        "A statement of the debt was asked for and not yet given",
        "proof",
        Group.STOP,
        stops.held_for("statement"),
        "S-FDC 5; S-PDP 14(2)",
    ),
    _korean(
        "KR-MINOR",
        "No asking of who was under 19 at purchase",
        "minor",
        Group.STOP,
        stops.minor(19),
        "민법 5 (S-MIN); S-ECA 13(3)",
        classes=UNASKED,
    ),
    _korean(
        "KR-TBAR",
        "No demand and no offer after limitation",
        "limitation",
        Group.STOP,
        stops.time_barred,
        "S-FSS; S-CIV 163",
        basis=Basis.SUPERVISORY,
    ),
    _korean(
        "KR-MANDATE",
        "The mandate is notified in writing before collecting starts",
        "mandate",
        Group.STOP,
        stops.notice_given("mandate", 0, "KR"),
        "S-FDC 6",
        binds=Binds.THIRD_PARTY,
        basis=Basis.LAW,
    ),
    _korean(
        "KR-ASSIGN",
        "10 business days after the notice of assignment",
        "assignment",
        Group.STOP,
        _when_assigned(stops.notice_given("assignment", 10, "KR")),
        "S-PDP 11; S-PDPD 10",
        binds=Binds.THIRD_PARTY,
        valid_from=_PDP_IN_FORCE,
    ),
    _korean(
        "KR-CHANNEL",
        "The customer closed this channel",
        "channel",
        Group.CONSENT,
        stops.channel_blocked,
        "S-PDP 18; S-PDPD 17(1)2",
        classes=UNASKED,
    ),
    *_law_for_collectors(
        "KR-NIGHT",
        "Nothing between 21:00 and 08:00",
        "night",
        Group.HOURS,
        hours.within(_NIGHT, "night"),
        "S-FDC 9(2),(3), 15(2)",
        classes=UNASKED,
        window=lambda facts: _NIGHT,
    ),
    _korean(
        "KR-HOURS",
        "The customer closed these hours",
        "own_hours",
        Group.HOURS,
        hours.within_own_hours,
        "S-PDP 18; S-PDPD 17",
        classes=UNASKED,
        window=hours.own_hours,
    ),
    _korean(
        "KR-REST",
        "No demand on Sundays, public holidays and the days around Seollal and Chuseok",
        "rest",
        Group.HOURS,
        hours.within(_REST, "rest_day"),
        "Product policy (contact-rules.md 5)",
        classes=DEMANDS,
        window=lambda facts: _REST,
    ),
    _korean(
        "KR-7IN7",
        "At most 7 contacts per claim in 7 days",
        "cap",
        Group.FREQUENCY,
        frequency.AtMost(7, 7),
        "S-PDP 16, 52(3); S-PDPD 15",
        classes=ASKS,
        valid_from=_PDP_IN_FORCE,
    ),
    _korean(
        "KR-2DAY",
        "At most 2 demands per claim on a day",
        "day_cap",
        Group.FREQUENCY,
        frequency.at_most_in_a_day(2),
        "S-2DAY, S-GL24 (superseded by KR-7IN7; kept against bunching)",
        classes=ASKS,
        valid_from=date(2016, 11, 7),
    ),
)
