"""What a case is, from its facts alone: the same for every order in which they came. Pure (domain.md, section 3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .case_states import CaseState, Outcome
from .delinquency import DefaultTerms, joins_on
from .limitation import is_barred


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """A payment of the case. `paid_minor` is net of reversals and of what was given back; it never exceeds the sale."""

    payment_id: int
    due_on: date
    outstanding_minor: int
    paid_minor: int = 0
    conceded_minor: int = 0
    conceded_account: str = ""
    waived_minor: int = 0
    is_disputed: bool = False
    is_upheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """Everything `assess` may know. `anything_sent`: a message about the case was handed over at some time.

    `has_plan`: a live plan or an accepted offer covers the case. `has_paid_offer`: one was paid, so the rest was waived.
    """

    items: tuple[ItemFacts, ...]
    terms: DefaultTerms
    oldest_due_on: date
    anything_sent: bool = False
    has_promise: bool = False
    has_plan: bool = False
    has_paid_offer: bool = False
    is_placed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """`leaving`: payments that are owed but may not be asked for here (not due, barred, or rightly disputed)."""

    state: CaseState
    outcome: Outcome | None
    claimed_minor: int
    is_self_cure: bool
    oldest_due_on: date
    reason: str
    leaving: frozenset[int] = frozenset()


def assess(facts: CaseFacts, as_of: date) -> Assessment:
    """The case on the customer's local date `as_of`; `outcome` is given if and only if the state is closed."""
    leaving = leaving_of(facts.items, facts.terms, as_of)
    staying = [item for item in facts.items if item.payment_id not in leaving]
    claimed = [item for item in staying if item.outstanding_minor and not item.is_disputed]
    claimed_minor = sum(item.outstanding_minor for item in claimed)
    disputed = any(item.outstanding_minor and item.is_disputed for item in staying)
    state, outcome, reason = (
        _live(facts, claimed_minor) if claimed or disputed else _closed(facts, staying, as_of)
    )
    return Assessment(
        state=state,
        outcome=outcome,
        claimed_minor=claimed_minor,
        is_self_cure=outcome == Outcome.CURED and not facts.anything_sent,
        oldest_due_on=min((item.due_on for item in claimed), default=facts.oldest_due_on),
        reason=reason,
        leaving=leaving,
    )


def leaving_of(items: Iterable[ItemFacts], terms: DefaultTerms, as_of: date) -> frozenset[int]:
    """The payments that are owed but may not be asked for here: not due, barred, or rightly disputed."""
    return frozenset(item.payment_id for item in items if _leaves(item, terms, as_of))


def _leaves(item: ItemFacts, terms: DefaultTerms, as_of: date) -> bool:
    if not item.outstanding_minor:
        return False
    return (
        item.is_upheld
        or as_of < joins_on(item.due_on, terms.grace_days)
        or is_barred(item.due_on, years=terms.limitation_years, as_of=as_of)
    )


def _live(facts: CaseFacts, claimed_minor: int) -> tuple[CaseState, None, str]:
    if facts.is_placed:
        return CaseState.PLACED, None, "placed"
    if facts.has_plan:
        return CaseState.IN_PLAN, None, "plan"
    if facts.has_promise:
        return CaseState.PROMISED, None, "promise"
    if not claimed_minor:
        return CaseState.OPEN, None, "all_disputed"
    if claimed_minor < facts.terms.collection_threshold_minor:
        return CaseState.POOLING, None, "below_threshold"
    return CaseState.OPEN, None, "claimed"


def _closed(facts: CaseFacts, staying: list[ItemFacts], as_of: date) -> tuple[CaseState, Outcome, str]:
    """Nothing is left to ask for. Only money cures: what was conceded, barred or never owed goes by its own name."""
    conceded = {item.conceded_account for item in staying if item.conceded_minor}
    barred = any(
        item.outstanding_minor and is_barred(item.due_on, years=facts.terms.limitation_years, as_of=as_of)
        for item in facts.items
    )
    if facts.has_paid_offer:
        return CaseState.CLOSED, Outcome.SETTLED, "offer_paid"
    if conceded:
        outcome = Outcome.FORGIVEN if conceded == {"forgiven"} else Outcome.WRITTEN_OFF
        return CaseState.CLOSED, outcome, "conceded"
    if barred:
        return CaseState.CLOSED, Outcome.BARRED, "limitation"
    waived = any(item.waived_minor > 0 for item in staying)
    if any(item.paid_minor > 0 for item in staying):
        return CaseState.CLOSED, *((Outcome.SETTLED, "rest_waived") if waived else (Outcome.CURED, "paid"))
    if waived:
        return CaseState.CLOSED, Outcome.FORGIVEN, "waived"
    return CaseState.CLOSED, Outcome.WITHDRAWN, "not_owed"
