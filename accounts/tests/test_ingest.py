"""The fold: every order ends alike, and the entries always lead to the balances."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from accounts import ingest
from accounts.event_reading import event_from

from .factories import due, event, paid

AMOUNTS = st.integers(1, 50_000)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda at: at.isoformat() + "Z")


@st.composite
def happenings(draw):
    """One event about payment ord-1 that is not its first `payment.due`."""
    kind = draw(
        st.sampled_from(["due", "paid", "reversed", "refunded", "credited", "voided", "failed", "in_flight"])
    )
    amount, at = draw(AMOUNTS), draw(INSTANTS)
    data = {
        "due": lambda: due(amount=amount, at=at),
        "paid": lambda: paid(amount=amount, at=at),
        "reversed": lambda: event(
            "payment.reversed", payment="ord-1", amount=amount, reason="returned", at=at
        ),
        "refunded": lambda: event(
            "payment.refunded",
            payment="ord-1",
            amount=amount,
            reason=draw(st.sampled_from(["sale_undone", "overpayment"])),
            at=at,
        ),
        "credited": lambda: event("payment.credited", payment="ord-1", amount=amount, at=at),
        "voided": lambda: event("payment.voided", payment="ord-1", at=at),
        "failed": lambda: event("payment.failed", payment="ord-1", reason="expired", at=at),
        "in_flight": lambda: event("payment.in_flight", payment="ord-1", until="2026-12-01T00:00:00Z", at=at),
    }
    return event_from(data[kind]())[0]


FIRST = event_from(due(amount=9_900))[0]
# What the house did: a sum of the state, and by how much it rose.
ACTS = st.tuples(st.sampled_from(["fees_minor", "waived_minor", "conceded_minor"]), AMOUNTS)
STORIES = st.lists(happenings() | ACTS, max_size=8)


def folded(story):
    """The state after a story, and what is in each account if every entry is posted as it goes."""
    state = ingest.opened_by(FIRST)
    accounts = {"sales": -state.amount_minor, "receivable": state.amount_minor}
    for one in story:
        after = _acted(state, *one) if isinstance(one, tuple) else ingest.applied(state, one)
        _post(accounts, ingest.postings(state, after))
        state = after
    return state, {name: amount for name, amount in accounts.items() if amount}


def _acted(state, name, minor):
    account = {"conceded_account": "written_off"} if name == "conceded_minor" else {}
    return replace(state, **{name: getattr(state, name) + minor}, **account)


def _post(accounts, entries):
    for entry in entries:
        assert entry.amount_minor > 0
        accounts[entry.from_account] = accounts.get(entry.from_account, 0) - entry.amount_minor
        accounts[entry.to_account] = accounts.get(entry.to_account, 0) + entry.amount_minor


@given(STORIES, st.randoms())
def test_any_order_of_events_and_acts_ends_in_the_same_state_and_books(story, random):
    shuffled = list(story)
    random.shuffle(shuffled)
    assert folded(shuffled) == folded(story)


@settings(max_examples=2_000, deadline=None)
@given(st.lists(happenings() | ACTS, max_size=50))
def test_the_entries_always_lead_to_the_balances(story):
    state, accounts = folded(story)
    balance = ingest.balances(state)
    assert accounts.get("receivable", 0) == balance.outstanding
    assert accounts.get("fees", 0) == -balance.fees
    assert accounts.get("waived", 0) == balance.waived
    assert accounts.get("customer_credit", 0) == -balance.credit
    assert accounts.get("written_off", 0) == balance.conceded
    assert sum(accounts.values()) == 0


@given(STORIES)
def test_nobody_is_both_asked_and_over_paid(story):
    balance = ingest.balances(folded(story)[0])
    assert min(balance.outstanding, balance.credit) == 0


@given(STORIES)
def test_fees_never_exceed_the_sale_and_no_more_is_waived_than_was_asked(story):
    balance = ingest.balances(folded(story)[0])
    assert 0 <= balance.fees <= max(balance.sale, 0)
    assert 0 <= balance.waived <= max(balance.sale, 0) + balance.fees


def test_a_fresh_payment_is_charged_as_the_general_rule_says():
    state = ingest.opened_by(FIRST)
    assert [ingest.charge(state)] == ingest.postings(None, state)


def test_a_failed_attempt_ends_the_hope_of_the_one_under_way():
    under_way = event_from(
        event("payment.in_flight", payment="ord-1", until="2026-11-03T00:00:00Z", at="2026-11-02T00:00:00Z")
    )[0]
    failed = event_from(
        event("payment.failed", payment="ord-1", reason="blocked", at="2026-11-02T01:00:00Z")
    )[0]
    assert folded([failed, under_way])[0].in_flight_until is None
    assert folded([under_way])[0].in_flight_until == datetime(2026, 11, 3, tzinfo=UTC)
