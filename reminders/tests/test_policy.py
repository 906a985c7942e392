from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.facts import ContactClass, HoldFact, StepDone
from reminders.policy import DEFAULT_LADDER, PolicyVersion, Step, next_action, unheld_day, unheld_instant

from .making import OPENED_AT, facts, near

DAY = timedelta(days=1)


def seoul(day, clock="00:00:00"):
    return datetime.fromisoformat(f"2026-11-{day}T{clock}+09:00").astimezone(UTC)


def action(case, now, policy=DEFAULT_LADDER):
    return next_action(case, policy, now)


def taken(found):
    return found.kind, found.step.key if found.step else None


def done(position, ended_at):
    keys = ("reminder-1", "reminder-2", "offer", "last-notice")
    return StepDone(keys[position - 1], position, ended_at, "sent")


def test_the_default_ladder_is_over_within_thirty_days():
    days = [step.after_days for step in DEFAULT_LADDER.steps]
    assert days == [0, 5, 7, 7]
    assert sum(days) + DEFAULT_LADDER.end_after_days <= 30
    assert [step.channels for step in DEFAULT_LADDER.steps] == [("email", "sms")] * 4
    assert [step.contact_class for step in DEFAULT_LADDER.steps] == list("DDOD")


def test_the_first_reminder_is_due_at_opening():
    assert taken(action(facts(), OPENED_AT)) == ("step", "reminder-1")


def test_the_second_is_due_from_midnight_of_the_fifth_day_after_the_first_ended():
    case = facts(steps=(done(1, seoul("02", "23:30:00")),))
    early = action(case, seoul("06", "23:59:59"))
    assert (*taken(early), early.until) == ("wait", "reminder-2", seoul("07"))
    assert taken(action(case, seoul("07"))) == ("step", "reminder-2")


def test_nothing_follows_a_step_whose_message_is_on_its_way():
    found = action(facts(steps=(done(1, None),)), OPENED_AT + 20 * DAY)
    assert (found.kind, found.reason) == ("wait", "step_in_progress")


def test_days_held_do_not_age_the_ladder():
    held = HoldFact("claimed_paid", seoul("03", "12:00:00"), seoul("06", "12:00:00"))
    case = facts(steps=(done(1, seoul("02", "10:00:00")),), holds=(held,))
    assert action(case, seoul("09", "23:00:00")).until == seoul("10")
    assert taken(action(case, seoul("10"))) == ("step", "reminder-2")


def test_overlapping_holds_count_once():
    holds = (
        HoldFact("dispute", seoul("03"), seoul("06")),
        HoldFact("promise", seoul("04"), seoul("05")),
        HoldFact("staff", seoul("05"), seoul("07")),
    )
    assert unheld_instant(seoul("02"), 5 * DAY, holds) == seoul("11")


def test_after_an_outage_only_the_latest_due_step_is_taken():
    found = action(facts(), OPENED_AT + 13 * DAY)
    assert taken(found) == ("step", "offer")
    assert [skip.key for skip in found.skipped] == ["reminder-1", "reminder-2"]


def test_the_step_after_an_outage_stays_the_same_once_the_skipped_are_recorded():
    now = OPENED_AT + 13 * DAY
    skipped = action(facts(), now).skipped
    again = action(facts(steps=skipped), now)
    assert taken(again) == ("step", "offer")
    assert again.skipped == ()


def test_a_step_being_tried_is_not_overtaken_by_the_next():
    case = facts(waiting_step="reminder-1", waiting_since=OPENED_AT)
    assert taken(action(case, OPENED_AT + 13 * DAY)) == ("step", "reminder-1")


def test_a_step_without_a_gap_does_not_swallow_the_one_before():
    steps = tuple(Step(key, at, 0, ContactClass.DEMAND, ("email",), key) for at, key in enumerate("ab"))
    policy = PolicyVersion(id=1, number=1, steps=steps, end_decision="review", end_after_days=1)
    found = action(facts(), OPENED_AT + 5 * DAY, policy)
    assert (*taken(found), found.skipped) == ("step", "a", ())


def test_after_the_last_step_comes_the_end_decision_and_nothing_before_its_day():
    case = facts(steps=tuple(done(position, seoul("10")) for position in (1, 2, 3, 4)))
    assert action(case, seoul("16", "12:00:00")).until == seoul("17")
    found = action(case, seoul("17"))
    assert (found.kind, found.reason) == ("end", "ladder_done")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"in_flight_until": seoul("29")}, "payment_in_flight"),
        ({"sending_paused": "merchant"}, "sending_paused"),
        ({"feed_silence_limit": DAY, "feed_seen_at": seoul("10")}, "feed_stale"),
    ],
)
def test_the_end_decision_waits_for_facts_about_to_change(changes, reason):
    case = facts(steps=(done(4, seoul("10")),), **changes)
    found = action(case, seoul("28"))
    assert (found.kind, found.reason) == ("wait", reason)
    assert found.until > seoul("28")


def test_a_sum_below_the_threshold_is_pooled():
    assert action(facts(claimed_minor=999), OPENED_AT).kind == "pool"


def test_time_in_the_pool_does_not_age_the_ladder():
    case = facts(asking_since=seoul("20"))
    assert taken(action(case, seoul("20", "10:00:00"))) == ("step", "reminder-1")


def test_what_brings_less_than_it_costs_is_left_to_the_end_decision():
    small = facts(claimed_minor=400, threshold_minor=100)
    assert action(small, OPENED_AT).channels == ("email",)
    dear = PolicyVersion(
        id=1,
        number=1,
        steps=DEFAULT_LADDER.steps,
        end_decision="forgive",
        end_after_days=7,
        strain_minor={"KRW": 300},
    )
    found = action(facts(), OPENED_AT, dear)
    assert (found.kind, found.reason, found.until) == ("wait", "not_worth", seoul("09"))
    assert action(facts(), seoul("09"), dear).kind == "end"


def test_strain_grows_with_every_contact():
    policy = PolicyVersion(
        id=1,
        number=1,
        steps=DEFAULT_LADDER.steps,
        end_decision="forgive",
        end_after_days=7,
        strain_minor={"KRW": 100},
    )
    assert action(facts(), OPENED_AT, policy).kind == "step"
    late = facts(steps=(done(1, OPENED_AT), done(2, OPENED_AT + 5 * DAY)))
    assert action(late, OPENED_AT + 13 * DAY, policy).reason == "not_worth"


def test_the_holdout_is_left_alone_until_the_ladder_of_the_others_is_over():
    case = facts(arm="holdout")
    assert action(case, OPENED_AT).until == seoul("28")
    found = action(case, seoul("28"))
    assert (found.kind, found.reason) == ("end", "holdout")


@pytest.mark.parametrize(
    ("changes", "kind", "reason"),
    [
        ({"closed": True}, "none", "case_closed"),
        ({"claimed_minor": 0}, "none", "nothing_owed"),
        ({"is_placed": True}, "none", "placed"),
        ({"has_live_agreement": True}, "held", "agreement"),
        ({"holds": (HoldFact("dispute", OPENED_AT),)}, "held", "held"),
    ],
)
def test_a_case_that_is_not_to_be_asked_waits_for_facts(changes, kind, reason):
    found = action(facts(**changes), OPENED_AT)
    assert (found.kind, found.reason, found.until) == (kind, reason, None)


@given(
    anchor=near,
    days=st.integers(0, 20),
    holds=st.lists(st.builds(HoldFact, st.just("staff"), near, near), max_size=4).map(tuple),
)
def test_the_days_between_two_steps_less_the_time_held_are_the_gap(anchor, days, holds):
    due = unheld_instant(anchor, days * DAY, holds)
    held = sum(
        any(hold.starts_at <= anchor + minutes * timedelta(minutes=30) < hold.until for hold in holds)
        for minutes in range(int((due - anchor) / timedelta(minutes=30)))
    )
    assert abs((due - anchor) - days * DAY - held * timedelta(minutes=30)) <= 4 * timedelta(minutes=30)
    assert unheld_day(anchor, days, facts(holds=holds)) <= due
