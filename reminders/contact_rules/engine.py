"""Asking the rules: every one that applies, also after one has said no, and one answer from all."""

from datetime import UTC, datetime
from functools import lru_cache

from ..facts import CaseFacts, ContactClass, Verdict
from .rule import Ask, Asked, Finding, Rule, Ruling, places_of
from .windows import first_open, whole_minute

# The more a verdict forbids the higher; a deferral ends by itself.
_WEIGHT = {Verdict.ALLOW: 0, Verdict.DEFER: 1, Verdict.NEEDS_APPROVAL: 2, Verdict.BLOCK: 3}


@lru_cache(maxsize=4096)
def applicable(rules: tuple[Rule, ...], channel: str, contact_class: ContactClass) -> tuple[Rule, ...]:
    return tuple(
        rule
        for rule in rules
        if contact_class in rule.classes and (not rule.channels or channel in rule.channels)
    )


@lru_cache(maxsize=4096)
def _all_allow(chosen: tuple[Rule, ...]) -> tuple[Asked, ...]:
    return tuple(rule.allowed for rule in chosen)


def evaluate(
    facts: CaseFacts,
    *,
    channel: str,
    contact_class: ContactClass,
    now: datetime,
    rules: tuple[Rule, ...],
) -> Ruling:
    """May this customer be contacted now, on this channel, with this class of content?

    Every rule is asked, also after a block. BLOCK over NEEDS_APPROVAL over DEFER over ALLOW. The `until` of a DEFER
    is the first whole minute at which no rule that defers would object any more and all opening hours are open
    together.
    """
    ask = Ask(channel, contact_class, now, places_of(facts.time_zones, now))
    chosen = applicable(rules, channel, contact_class)
    found = [(rule, finding) for rule in chosen if (finding := rule.check(facts, ask)) is not None]
    if not found:
        return Ruling(channel, contact_class, Verdict.ALLOW, None, "", "", (), _all_allow(chosen))
    rule, finding = found[0]
    for other_rule, other in found:
        if _outweighs(other, finding):
            rule, finding = other_rule, other
    asked = _asked(chosen, found)
    if finding.verdict is not Verdict.DEFER:
        return _ruling(ask, rule, finding, finding.verdict, None, finding.code, asked)
    until = _next_lawful(facts, ask, finding.until or now, chosen)
    if until is None:
        return _ruling(ask, rule, finding, Verdict.BLOCK, None, "never_open", asked)
    return _ruling(ask, rule, finding, Verdict.DEFER, until, finding.code, asked)


def _asked(chosen: tuple[Rule, ...], found: list[tuple[Rule, Finding]]) -> tuple[Asked, ...]:
    answers = {
        rule: Asked(rule.id, rule.version, finding.verdict, finding.until, finding.code, finding.params)
        for rule, finding in found
    }
    return tuple(answers.get(rule, rule.allowed) for rule in chosen)


def _outweighs(finding: Finding, other: Finding) -> bool:
    weight, present = _WEIGHT[finding.verdict], _WEIGHT[other.verdict]
    if weight != present or finding.until is None or other.until is None:
        return weight > present
    return finding.until > other.until


def _next_lawful(facts: CaseFacts, ask: Ask, after: datetime, chosen: tuple[Rule, ...]) -> datetime | None:
    if not ask.places:
        return whole_minute(after.astimezone(UTC))
    opened = (rule.window(facts) for rule in chosen if rule.window is not None)
    windows = tuple(window for window in opened if window is not None)
    return first_open(windows, facts.time_zones, after, facts.calendar)


def _ruling(
    ask: Ask,
    rule: Rule,
    finding: Finding,
    verdict: Verdict,
    until: datetime | None,
    detail: str,
    asked: tuple[Asked, ...],
) -> Ruling:
    return Ruling(
        ask.channel,
        ask.contact_class,
        verdict,
        until,
        rule.id,
        detail,
        finding.params,
        asked,
    )
