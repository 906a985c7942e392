from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from defaults.assessment import CaseFacts, ItemFacts, assess
from defaults.case_states import CaseState, Outcome
from defaults.delinquency import default_terms, default_thresholds, joins_on
from defaults.limitation import is_barred, limitation_day

TODAY = date(2026, 11, 25)
TERMS = default_terms("KRW")
DUE_ON = date(2026, 11, 5)


def _item(payment_id: int = 1, outstanding: int = 9900, **fields) -> ItemFacts:
    return ItemFacts(
        **{"payment_id": payment_id, "due_on": DUE_ON, "outstanding_minor": outstanding} | fields
    )


def _facts(*items: ItemFacts, **fields) -> CaseFacts:
    return CaseFacts(items=items, terms=TERMS, oldest_due_on=DUE_ON, **fields)


@st.composite
def _items(draw) -> list[ItemFacts]:
    made = []
    for payment_id in range(draw(st.integers(1, 6))):
        conceded = draw(st.sampled_from([0, 0, 500]))
        made.append(_item(
            payment_id,
            draw(st.sampled_from([0, 1, 999, 1000, 50_000])),
            due_on=TODAY - timedelta(days=draw(st.sampled_from([-3, 0, 5, 6, 90, 1094, 1095, 1097, 2000]))),
            paid_minor=draw(st.sampled_from([0, 700])),
            conceded_minor=conceded,
            conceded_account=draw(st.sampled_from(["forgiven", "written_off"])) if conceded else "",
            is_disputed=draw(st.booleans()),
            is_upheld=draw(st.booleans()),
        ))  # fmt: skip
    return made


@st.composite
def _any_facts(draw) -> CaseFacts:
    flags = ("anything_sent", "has_promise", "has_plan", "has_paid_offer", "is_placed")
    return _facts(*draw(_items()), **{flag: draw(st.booleans()) for flag in flags})


@given(_any_facts(), st.randoms())
def test_the_order_of_facts_does_not_matter(facts, random):
    shuffled = list(facts.items)
    random.shuffle(shuffled)
    assert assess(replace(facts, items=tuple(shuffled)), TODAY) == assess(facts, TODAY)


@given(_any_facts())
def test_a_case_is_closed_exactly_when_nothing_in_it_may_be_asked_for_or_is_disputed(facts):
    result = assess(facts, TODAY)
    staying = [item for item in facts.items if item.payment_id not in result.leaving]
    assert (result.state == CaseState.CLOSED) == (sum(item.outstanding_minor for item in staying) == 0)
    assert (result.outcome is None) == (result.state != CaseState.CLOSED)


@given(_any_facts())
def test_what_is_claimed_is_due_not_barred_and_not_disputed(facts):
    claimable = sum(
        item.outstanding_minor
        for item in facts.items
        if not item.is_disputed
        and not item.is_upheld
        and (TODAY - item.due_on).days > TERMS.grace_days
        and not is_barred(item.due_on, years=TERMS.limitation_years, as_of=TODAY)
    )
    assert assess(facts, TODAY).claimed_minor == claimable


@given(_any_facts())
def test_a_case_is_cured_only_through_payments(facts):
    result = assess(facts, TODAY)
    if result.outcome == Outcome.CURED:
        staying = [item for item in facts.items if item.payment_id not in result.leaving]
        assert any(item.paid_minor for item in staying)
        assert not any(item.conceded_minor for item in staying)
    assert not result.is_self_cure or (result.outcome == Outcome.CURED and not facts.anything_sent)


@given(_any_facts())
def test_a_case_that_asks_nothing_more_stays_closed_when_nothing_changes(facts):
    first = assess(facts, TODAY)
    staying = tuple(item for item in facts.items if item.payment_id not in first.leaving)
    again = assess(replace(facts, items=staying), TODAY)
    assert (again.state == CaseState.CLOSED, again.claimed_minor) == (
        first.state == CaseState.CLOSED,
        first.claimed_minor,
    )


def test_below_the_threshold_a_case_pools_unless_something_is_agreed():
    small = _facts(_item(outstanding=999))
    assert assess(small, TODAY).state == CaseState.POOLING
    assert assess(replace(small, has_promise=True), TODAY).state == CaseState.PROMISED
    assert assess(_facts(_item(outstanding=1000)), TODAY).state == CaseState.OPEN


def test_a_case_disputed_as_a_whole_stays_open():
    result = assess(_facts(_item(is_disputed=True)), TODAY)
    assert (result.state, result.claimed_minor) == (CaseState.OPEN, 0)


def test_mixed_concessions_are_a_write_off():
    items = [
        _item(1, 0, conceded_minor=5, conceded_account="forgiven"),
        _item(2, 0, conceded_minor=5, conceded_account="written_off"),
    ]
    assert assess(_facts(*items), TODAY).outcome == Outcome.WRITTEN_OFF
    assert assess(_facts(items[0]), TODAY).outcome == Outcome.FORGIVEN


def test_grace_is_over_on_the_sixth_day_past_due():
    assert joins_on(date(2026, 11, 5), 5) == date(2026, 11, 11)


def test_a_claim_lasts_to_the_same_day_three_years_on_or_the_last_of_its_month():
    assert limitation_day(date(2024, 2, 29), 3) == date(2027, 2, 28)
    assert not is_barred(date(2023, 11, 25), years=3, as_of=date(2026, 11, 25))
    assert is_barred(date(2023, 11, 25), years=3, as_of=date(2026, 11, 26))


def test_thresholds_follow_the_currency():
    thresholds = default_thresholds()
    assert {code: thresholds[code] for code in ("KRW", "USD", "BRL", "KWD", "CLP")} == {
        "KRW": 1000, "USD": 100, "BRL": 500, "KWD": 1000, "CLP": 1,
    }  # fmt: skip


def test_a_case_whose_rest_was_waived_by_a_person_is_settled_and_not_cured():
    result = assess(_facts(_item(outstanding=0, paid_minor=9000, waived_minor=900)), TODAY)
    assert (result.outcome, result.reason) == (Outcome.SETTLED, "rest_waived")


def test_a_case_of_which_everything_was_waived_is_forgiven():
    result = assess(_facts(_item(outstanding=0, waived_minor=9900)), TODAY)
    assert (result.outcome, result.reason) == (Outcome.FORGIVEN, "waived")
