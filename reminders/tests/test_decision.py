from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reminders.decision import REASONS, decide, recheck
from reminders.facts import ContactClass, HoldFact, MessageFacts, StepDone, Verdict
from reminders.policy import DEFAULT_LADDER

from .making import OPENED_AT, ROLES, SEOUL_NOON, any_facts, facts, near, rules_for

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
KOREAN = rules_for("KR")


def seoul(day, clock="00:00:00"):
    return datetime.fromisoformat(f"2026-11-{day}T{clock}+09:00").astimezone(UTC)


def decided(case, now=OPENED_AT, rules=KOREAN):
    return decide(case, DEFAULT_LADDER, rules, now)


def test_the_first_reminder_goes_out_by_mail():
    found = decided(facts())
    assert (found.kind, found.step_key, found.channel) == ("send", "reminder-1", "email")
    assert found.verdict is Verdict.ALLOW
    assert len(found.asked) > 20


def test_without_a_mail_address_it_goes_out_as_a_text_and_the_mail_ruling_is_kept():
    found = decided(facts(addresses={"sms": "ok"}))
    assert (found.kind, found.channel) == ("send", "sms")
    assert [ruling.rule_id for ruling in found.rulings] == ["BASE-ADDRESS", ""]


def test_at_night_the_step_waits_for_the_morning():
    found = decided(facts(), seoul("02", "23:00:00"))
    assert (found.kind, found.reason, found.rule_id) == ("wait", "deferred", "KR-NIGHT")
    assert found.next_review_at == found.until == seoul("03", "08:00:00")
    assert (found.waiting_step, found.waiting_since) == ("reminder-1", seoul("02", "23:00:00"))


def test_the_channel_deferred_least_is_the_one_waited_for():
    found = decided(facts(addresses={"sms": "ok"}), seoul("02", "23:00:00"))
    assert (found.channel, found.verdict) == ("sms", Verdict.DEFER)


def test_nobody_to_be_reached_is_tried_daily_for_three_days_and_then_passed_over():
    nowhere = facts(addresses={})
    first = decided(nowhere)
    assert (first.reason, first.verdict, first.next_review_at) == ("blocked", Verdict.BLOCK, OPENED_AT + DAY)
    waiting = facts(addresses={}, waiting_step="reminder-1", waiting_since=OPENED_AT)
    assert decided(waiting, OPENED_AT + 3 * DAY - HOUR).reason == "blocked"
    last = decided(waiting, OPENED_AT + 3 * DAY)
    assert (last.kind, last.reason, last.waiting_step) == ("wait", "given_up", None)
    assert last.skipped == (StepDone("reminder-1", 1, OPENED_AT + 3 * DAY, "cancelled"),)


def test_a_kill_switch_does_not_use_up_patience():
    case = facts(sending_paused="merchant", waiting_step="reminder-1", waiting_since=OPENED_AT - 30 * DAY)
    found = decided(case)
    assert (found.reason, found.rule_id, found.waiting_since) == ("deferred", "BASE-PAUSED", None)
    assert found.skipped == ()


def test_a_hold_is_named_by_its_rule_and_reviewed_when_it_ends():
    open_end = decided(facts(holds=(HoldFact("dispute", OPENED_AT),)))
    assert (open_end.kind, open_end.reason, open_end.rule_id) == ("wait", "held", "KR-DISPUTE")
    assert (open_end.verdict, open_end.next_review_at) == (Verdict.BLOCK, None)
    promised = decided(facts(holds=(HoldFact("promise", OPENED_AT, seoul("10")),)))
    assert (promised.rule_id, promised.next_review_at) == ("BASE-PROMISE", seoul("10", "08:00:00"))


def test_a_pooled_case_waits_for_facts():
    found = decided(facts(claimed_minor=500))
    assert (found.kind, found.reason, found.next_review_at) == ("none", "below_threshold", None)


def test_the_ladder_ends_with_the_end_decision():
    steps = tuple(StepDone(step.key, step.position, seoul("05"), "sent") for step in DEFAULT_LADDER.steps)
    found = decided(facts(steps=steps), seoul("12"))
    assert (found.kind, found.reason, found.end_decision) == ("end", "ladder_done", "write_off")


MESSAGE = MessageFacts(
    case_id=1, step_key="reminder-1", position=1, channel="email", contact_class=ContactClass.DEMAND
)


def at_the_gate(case, now=SEOUL_NOON, message=MESSAGE):
    found = recheck(case, message, KOREAN, now)
    return found.outcome, found.reason


def test_what_was_right_and_still_is_is_handed_over():
    assert at_the_gate(facts()) == ("hand_over", "send")


@pytest.mark.parametrize(
    ("changes", "outcome", "reason"),
    [
        ({"claimed_minor": 0}, "cancel", "nothing_owed"),
        ({"claimed_minor": 900}, "cancel", "below_threshold"),
        ({"closed": True}, "cancel", "case_closed"),
        ({"case_id": 2}, "cancel", "other_case"),
        ({"arm": "holdout"}, "cancel", "holdout"),
        ({"stopped_at": SEOUL_NOON - HOUR}, "cancel", "blocked"),
        ({"holds": (HoldFact("dispute", SEOUL_NOON - HOUR),)}, "cancel", "blocked"),
        ({"steps": (StepDone("reminder-2", 2, None, "queued"),)}, "cancel", "step_overtaken"),
        ({"in_flight_until": SEOUL_NOON + HOUR}, "requeue", "deferred"),
    ],
)
def test_the_gate_stops_what_facts_have_overtaken(changes, outcome, reason):
    assert at_the_gate(facts(**changes)) == (outcome, reason)


def test_its_own_step_does_not_overtake_a_message():
    assert at_the_gate(facts(steps=(StepDone("reminder-1", 1, None, "sending"),))) == ("hand_over", "send")


def test_queued_before_and_handed_over_after_the_night_begins_goes_back_until_morning():
    found = recheck(facts(), MESSAGE, KOREAN, seoul("20", "20:50:00"))
    assert (found.outcome, found.until) == ("requeue", seoul("21", "08:00:00"))


def test_a_message_that_would_expire_before_its_next_minute_is_cancelled():
    message = MessageFacts(
        case_id=1,
        step_key="reminder-1",
        position=1,
        channel="email",
        contact_class=ContactClass.DEMAND,
        expires_at=seoul("21", "02:00:00"),
    )
    assert at_the_gate(facts(), seoul("20", "21:00:00"), message) == ("cancel", "expired")


def test_a_receipt_leaves_also_when_the_case_is_closed():
    message = MessageFacts(
        case_id=1, step_key="receipt", position=None, channel="email", contact_class=ContactClass.RECEIPT
    )
    assert at_the_gate(facts(closed=True, claimed_minor=0), SEOUL_NOON, message) == ("hand_over", "send")


@given(case=any_facts(), now=near, role=ROLES)
def test_every_case_gets_one_decision_with_a_reason(case, now, role):
    found = decide(case, DEFAULT_LADDER, rules_for(*case.jurisdictions, role=role, on=now.date()), now)
    assert found.kind in {"send", "wait", "end", "none"}
    assert found.reason in REASONS
    assert len(found.reason) <= 40
    assert (found.kind == "send") == (found.reason == "send")
    assert found.next_review_at is None or found.next_review_at > now
    if found.reason in {"deferred", "blocked", "needs_approval", "given_up"}:
        assert found.rule_id
        assert found.next_review_at is not None


@given(case=any_facts(), now=near, contact_class=st.sampled_from(ContactClass))
def test_the_gate_never_hands_over_what_deciding_would_not_send(case, now, contact_class):
    rules = rules_for(*case.jurisdictions, on=now.date())
    planned = decide(case, DEFAULT_LADDER, rules, now)
    message = MessageFacts(
        case_id=case.case_id,
        step_key=planned.step_key,
        position=planned.step_position,
        channel=planned.channel or "email",
        contact_class=ContactClass.DEMAND,
    )
    found = recheck(case, message, rules, now)
    if planned.kind == "send" and planned.contact_class is ContactClass.DEMAND:
        assert found.outcome == "hand_over"
    if found.outcome == "hand_over":
        assert found.verdict is Verdict.ALLOW
        assert case.claimed_minor > 0
        assert not any(hold.covers(now) for hold in case.holds)


def replaced(case, **changes):
    return type(case)(**{field.name: getattr(case, field.name) for field in fields(case)} | changes)


def lived_through(case, rules, days):
    """Decide whenever it is due and store what the decision says; the days on which something was sent, and the end."""
    now, sent = SEOUL_NOON, []
    until = now + days * DAY
    while now < until:
        found = decide(case, DEFAULT_LADDER, rules, now)
        steps = (*case.steps, *found.skipped)
        if found.kind == "send":
            sent.append((found.step_key, found.step_position, now))
            steps = (*steps, StepDone(found.step_key, found.step_position, now, "sent"))
        case = replaced(case, steps=steps, waiting_step=found.waiting_step, waiting_since=found.waiting_since)
        if found.kind in {"end", "none"} or found.next_review_at is None:
            return sent, found, now
        now = found.next_review_at if found.kind != "send" else now + HOUR
    return sent, None, now


LONGEST = 26 + 4 * 14 + 5


@settings(max_examples=200)
@given(case=any_facts(), role=ROLES)
def test_asking_ends_in_bounded_time_and_goes_up_the_ladder_once(case, role):
    case = replaced(
        case,
        holds=(),
        opened_at=SEOUL_NOON - DAY,
        asking_since=None,
        steps=(),
        waiting_step=None,
        waiting_since=None,
        in_flight_until=None,
        sending_paused=None,
        feed_silence_limit=None,
        has_live_agreement=False,
        is_placed=False,
        closed=False,
        claimed_minor=9_900,
    )
    sent, last, ended_at = lived_through(case, rules_for(*case.jurisdictions, role=role), LONGEST)
    assert last is not None
    assert last.kind == "end"
    positions = [position for _, position, _ in sent]
    assert positions == sorted(set(positions))
    gaps = {step.position: step.after_days for step in DEFAULT_LADDER.steps}
    for (_, _, before), (_, position, after) in pairwise(sent):
        assert after - before > (gaps[position] - 1) * DAY
    assert ended_at - SEOUL_NOON <= LONGEST * DAY


def test_a_reachable_customer_hears_four_times_and_is_then_let_go():
    sent, last, ended_at = lived_through(facts(opened_at=SEOUL_NOON), KOREAN, 60)
    assert [key for key, _, _ in sent] == ["reminder-1", "reminder-2", "offer", "last-notice"]
    assert last.end_decision == "write_off"
    assert (ended_at - SEOUL_NOON).days <= 30


def test_a_customer_who_asked_to_stop_hears_nothing_and_is_let_go():
    sent, last, _ = lived_through(facts(opened_at=SEOUL_NOON, stopped_at=SEOUL_NOON), KOREAN, 60)
    assert sent == []
    assert last.kind == "end"


def test_the_same_facts_give_the_same_decision():
    case = facts(steps=(StepDone("reminder-1", 1, OPENED_AT, "sent"),), birth_date=date(1980, 1, 1))
    one, two = decided(case, SEOUL_NOON), decided(case, SEOUL_NOON)
    assert [getattr(one, field.name) for field in fields(one) if field.name != "rulings"] == [
        getattr(two, field.name) for field in fields(two) if field.name != "rulings"
    ]
