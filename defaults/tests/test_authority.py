"""Who may give up how much: every limit from both sides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defaults.authority import RANKS, Act, Limits, default_limits, may_decide, needed_role

LIMITS = Limits(agent_percent=20, agent_minor=5_000, lead_percent=50, lead_minor=50_000)
ROLES = st.sampled_from(sorted(RANKS))
ACTIONS = st.sampled_from(
    ["waive", "offer", "forgive", "write-off", "place", "reopen", "record-payment", "note"]
)
SUMS = st.integers(0, 10**12)


def act(action: str, minor: int = 0, outstanding: int = 10_000, budget: int | None = None) -> Act:
    return Act(action=action, minor=minor, outstanding_minor=outstanding, budget_left_minor=budget)


@pytest.mark.parametrize(
    ("role", "minor", "outstanding", "needed"),
    [
        ("agent", 2_000, 10_000, None),
        ("agent", 2_001, 10_000, "lead"),
        ("agent", 5_000, 100_000, None),
        ("agent", 5_001, 100_000, "lead"),
        ("agent", 5_001, 10_000, "compliance"),
        ("lead", 5_000, 10_000, None),
        ("lead", 5_001, 10_000, "compliance"),
        ("lead", 50_001, 1_000_000, "compliance"),
        ("compliance", 10_000, 10_000, None),
        ("admin", 10_000, 10_000, None),
    ],
)
@pytest.mark.parametrize("action", ["waive", "offer"])
def test_giving_up_a_part_goes_by_percentage_and_by_amount(action, role, minor, outstanding, needed) -> None:
    assert needed_role(role, act(action, minor, outstanding), LIMITS) == needed


@pytest.mark.parametrize(
    ("role", "minor", "budget", "needed"),
    [
        ("agent", 5_000, 5_000, None),
        ("agent", 5_001, 9_000, "lead"),
        ("lead", 9_000, 9_000, None),
        ("lead", 9_001, 9_000, "compliance"),
        ("compliance", 9_001, 9_000, "compliance"),
        ("admin", 100, None, "compliance"),
    ],
)
def test_forgiving_goes_by_amount_and_beyond_the_budget_takes_two(role, minor, budget, needed) -> None:
    assert needed_role(role, act("forgive", minor, minor, budget), LIMITS) == needed


@pytest.mark.parametrize(
    ("action", "role", "needed"),
    [
        ("write-off", "agent", "lead"),
        ("write-off", "lead", None),
        ("reopen", "agent", "lead"),
        ("reopen", "compliance", None),
        ("place", "agent", "lead"),
        ("place", "lead", "lead"),
        ("place", "admin", "lead"),
    ],
)
def test_a_lead_decides_and_a_hand_over_always_takes_two(action, role, needed) -> None:
    assert needed_role(role, act(action), LIMITS) == needed


def test_anybody_records_what_is_owed_and_a_lead_what_is_more() -> None:
    assert needed_role("agent", act("record-payment", 10_000), LIMITS) is None
    assert needed_role("agent", act("record-payment", 10_001), LIMITS) == "lead"
    assert needed_role("lead", act("record-payment", 10_001), LIMITS) is None


@given(action=ACTIONS, minor=SUMS, outstanding=SUMS)
def test_a_merchants_own_key_is_never_asked(action, minor, outstanding) -> None:
    assert needed_role(None, act(action, minor, outstanding), LIMITS) is None


@given(role=ROLES, action=ACTIONS, minor=SUMS, outstanding=SUMS, budget=st.none() | SUMS)
def test_whoever_is_needed_may_decide_and_ranks_no_lower(role, action, minor, outstanding, budget) -> None:
    needed = needed_role(role, act(action, minor, outstanding, budget), LIMITS)
    assert needed is None or may_decide(needed, needed)


@given(minor=SUMS, more=SUMS, outstanding=SUMS, role=ROLES)
def test_giving_up_more_never_needs_less(minor, more, outstanding, role) -> None:
    ranks = [
        RANKS.get(needed_role(role, act("waive", sum_, outstanding), LIMITS), -1)
        for sum_ in (minor, minor + more)
    ]
    assert ranks[0] <= ranks[1]


def test_a_merchant_without_terms_has_limits_of_its_currency() -> None:
    assert default_limits("KRW") == Limits(20, 5_000, 50, 50_000)
    assert default_limits("USD") == Limits(20, 500, 50, 5_000)
