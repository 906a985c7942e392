"""Who may give up how much, and which acts always take two people (contact-rules.md section 4, domain.md). Pure.

Staff act up to a percentage of what is open and an amount, a lead further, compliance without a bound. A merchant's own key
gives up the merchant's own money and is never asked.
"""

from dataclasses import dataclass

from .delinquency import default_terms

AGENT, LEAD, COMPLIANCE, ADMIN = "agent", "lead", "compliance", "admin"
RANKS = {AGENT: 0, LEAD: 1, COMPLIANCE: 2, ADMIN: 3}

# In collection thresholds: 5,000 and 50,000 won.
_AGENT_THRESHOLDS, _LEAD_THRESHOLDS = 5, 50
_AGENT_PERCENT, _LEAD_PERCENT = 20, 50

# The least role that decides, whatever the sum.
_LEAD_ACTS = frozenset({"write-off", "place", "reopen"})
# Nobody does these alone.
_ALWAYS_TWO = frozenset({"place"})
_GIVING_UP = frozenset({"waive", "offer"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What `NegotiationTerms` says. `budget_minor` None: the merchant has no forgiveness budget."""

    agent_percent: int
    agent_minor: int
    lead_percent: int
    lead_minor: int
    budget_minor: int | None = None


def default_limits(currency: str) -> Limits:
    """The limits at a merchant who has set none for this currency."""
    threshold = default_terms(currency).collection_threshold_minor
    return Limits(_AGENT_PERCENT, _AGENT_THRESHOLDS * threshold, _LEAD_PERCENT, _LEAD_THRESHOLDS * threshold)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """`minor`: what is given up or, for `record-payment`, received. `budget_left_minor` matters to `forgive` only."""

    action: str
    minor: int = 0
    outstanding_minor: int = 0
    budget_left_minor: int | None = None


def needed_role(role: str | None, act: Act, limits: Limits) -> str | None:
    """The role of the second person this act needs; None: `role` may do it alone. `role` None is a merchant's key."""
    if role is None:
        return None
    least, is_exception = _least_role(act, limits)
    if is_exception or act.action in _ALWAYS_TWO or RANKS[role] < RANKS[least]:
        return least
    return None


def may_decide(role: str | None, needs: str) -> bool:
    return role is not None and RANKS[role] >= RANKS[needs]


def _least_role(act: Act, limits: Limits) -> tuple[str, bool]:
    """The least role that may do it, and whether it is an exception, which even that role does not do alone."""
    if act.action in _LEAD_ACTS:
        return LEAD, False
    if act.action == "record-payment":
        return (LEAD if act.minor > act.outstanding_minor else AGENT), False
    if act.action == "forgive":
        if act.budget_left_minor is None or act.minor > act.budget_left_minor:
            return COMPLIANCE, True
        return _by_amount(act.minor, limits), False
    if act.action in _GIVING_UP:
        return max(_by_amount(act.minor, limits), _by_percent(act, limits), key=RANKS.__getitem__), False
    return AGENT, False


def _by_amount(minor: int, limits: Limits) -> str:
    if minor <= limits.agent_minor:
        return AGENT
    return LEAD if minor <= limits.lead_minor else COMPLIANCE


def _by_percent(act: Act, limits: Limits) -> str:
    """Compared without rounding: a share that is over by a fraction is over."""
    share = act.minor * 100
    if share <= limits.agent_percent * act.outstanding_minor:
        return AGENT
    return LEAD if share <= limits.lead_percent * act.outstanding_minor else COMPLIANCE
