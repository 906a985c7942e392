"""Which rules apply to a merchant's customer: the union over the jurisdictions either may be under."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from . import base, europe, korea, united_kingdom, united_states
from .rule import Binds, Rule

FIRST_PARTY = "merchant_first_party"
_ALIASES = {"UK": "GB", "EL": "GR"}


@lru_cache(maxsize=4096)
def catalogue(jurisdictions: tuple[str, ...], legal_role: str, on: date) -> tuple[Rule, ...]:
    """The rules in force on a day, in the order they are asked.

    `jurisdictions`: ISO 3166 countries, or a state as "US-MA"; those without rules of their own get the default set,
    and so does nobody's (an empty tuple). `legal_role`: `accounts.models.LegalRole`; every role but the first-party
    merchant's switches on the law for collectors.
    """
    known = tuple(dict.fromkeys(_expanded(jurisdictions))) or (base.EVERYWHERE,)
    is_collector = legal_role != FIRST_PARTY
    chosen: dict[tuple[str, str], Rule] = {}
    for jurisdiction in known:
        binds_sellers = jurisdiction == "US" and not united_states.STATES_BINDING_SELLERS.isdisjoint(known)
        role = Binds.THIRD_PARTY if is_collector or binds_sellers else Binds.FIRST_PARTY
        own = [rule for rule in _own_rules(jurisdiction) if _applies(rule, role, on)]
        topics = {rule.topic for rule in own}
        own += [rule for rule in base.RULES if rule.topic not in topics and _applies(rule, role, on)]
        if "-" in jurisdiction:  # a state adds to its country, which brings the default set
            own = [rule for rule in own if rule.jurisdiction == jurisdiction]
        for rule in own:
            chosen.setdefault((rule.id, rule.jurisdiction), rule)
    specific_first = sorted(chosen.values(), key=lambda rule: rule.jurisdiction == base.EVERYWHERE)
    return tuple(sorted(specific_first, key=lambda rule: rule.group))


def every_rule() -> tuple[Rule, ...]:
    """All rules of the catalogue, whoever they bind: for listings and for the texts that explain them."""
    return (
        *korea.RULES,
        *united_states.RULES,
        *united_kingdom.RULES,
        *europe.rules_of("EU"),
        *base.RULES,
    )


@lru_cache(maxsize=1)
def titles() -> dict[str, str]:
    """Rule id to its English title."""
    return {rule.id: rule.title for rule in every_rule()}


def _expanded(jurisdictions: tuple[str, ...]) -> Iterator[str]:
    for given in jurisdictions:
        code = given.strip().upper()
        if not code:
            continue
        country, _, state = code.partition("-")
        yield _ALIASES.get(country, country)
        if state:
            yield code


def _own_rules(jurisdiction: str) -> tuple[Rule, ...]:
    if jurisdiction in europe.MEMBERS or jurisdiction == "EU":
        return europe.rules_of(jurisdiction)
    country = jurisdiction.partition("-")[0]
    rules = {"KR": korea.RULES, "US": united_states.RULES, "GB": united_kingdom.RULES}.get(country, ())
    return tuple(rule for rule in rules if rule.jurisdiction == jurisdiction)


def _applies(rule: Rule, role: Binds, on: date) -> bool:
    if rule.binds not in (Binds.ALL, role):
        return False
    return rule.valid_from <= on and (rule.valid_until is None or on < rule.valid_until)
