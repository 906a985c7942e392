"""Hours, days of rest and caps, as sentences."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from common.calendar import HolidayCalendar
from reminders.contact_rules import counting, evaluate
from reminders.contact_rules.frequency import AtMost
from reminders.contact_rules.rule import Ask, places_of
from reminders.facts import BlockedBand, ContactClass, Verdict

from .making import SEOUL_NOON, facts, rules_for

DEMAND, INFO = ContactClass.DEMAND, ContactClass.INFO
KOREAN = rules_for("KR")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def ruling(case, contact_class=DEMAND, channel="email", now=SEOUL_NOON, rules=KOREAN):
    return evaluate(case, channel=channel, contact_class=contact_class, now=now, rules=rules)


def seoul(day, clock):
    return datetime.fromisoformat(f"{day}T{clock}+09:00").astimezone(UTC)


def refused_by(case, **more):
    found = ruling(case, **more)
    return found.verdict, found.rule_id


@pytest.mark.parametrize(
    ("clock", "verdict"),
    [
        ("07:59:59", Verdict.DEFER),
        ("08:00:00", Verdict.ALLOW),
        ("20:49:59", Verdict.ALLOW),
        ("20:50:00", Verdict.DEFER),
        ("20:59:59", Verdict.DEFER),
        ("21:00:00", Verdict.DEFER),
    ],
)
def test_korean_nights_close_ten_minutes_early_and_end_at_eight(clock, verdict):
    assert ruling(facts(), now=seoul("2026-11-20", clock)).verdict is verdict


def test_an_evening_demand_waits_for_the_next_morning():
    found = ruling(facts(), now=seoul("2026-11-19", "20:55:00"))
    assert (found.rule_id, found.until) == ("KR-NIGHT", seoul("2026-11-20", "08:00:00"))


def test_a_saturday_evening_demand_waits_for_monday_as_sunday_is_closed():
    assert ruling(facts(), now=seoul("2026-11-21", "22:00:00")).until == seoul("2026-11-23", "08:00:00")


def test_nothing_is_demanded_from_the_saturday_before_seollal_to_its_last_day():
    found = ruling(facts(), now=seoul("2027-02-06", "10:00:00"))
    assert (found.rule_id, found.until) == ("KR-REST", seoul("2027-02-10", "08:00:00"))


def test_a_receipt_may_go_out_on_a_sunday():
    assert ruling(facts(), ContactClass.RECEIPT, now=seoul("2026-11-22", "10:00:00")).verdict is Verdict.ALLOW


def test_a_holiday_decreed_last_week_counts():
    decreed = facts(calendar=HolidayCalendar({("KR", date(2026, 11, 20)): True}))
    assert refused_by(decreed) == (Verdict.DEFER, "KR-REST")


@pytest.mark.parametrize(
    ("jurisdiction", "zone", "now", "rule"),
    [
        ("BR", "America/Sao_Paulo", "2026-11-20T20:50-03:00", "BASE-NIGHT"),
        ("US", "America/Chicago", "2026-11-20T07:59-06:00", "US-TIME"),
        ("GB", "Europe/London", "2026-11-22T12:00+00:00", "UK-REST"),
        ("GB", "Europe/London", "2026-11-20T20:50+00:00", "UK-HOURS"),
        ("DE", "Europe/Berlin", "2026-11-20T19:50+01:00", "EU-HOURS"),
        ("DE", "Europe/Berlin", "2026-10-03T12:00+02:00", "EU-REST"),
    ],
)
def test_each_jurisdiction_keeps_its_own_hours(jurisdiction, zone, now, rule):
    case = facts(jurisdictions=(jurisdiction,), time_zones=(zone,))
    found = ruling(case, now=datetime.fromisoformat(now), rules=rules_for(jurisdiction))
    assert (found.verdict, found.rule_id) == (Verdict.DEFER, rule)


def test_a_brazilian_may_be_asked_on_a_sunday():
    case = facts(time_zones=("America/Sao_Paulo",))
    now = datetime.fromisoformat("2026-11-22T12:00-03:00")
    assert ruling(case, now=now, rules=rules_for("BR")).verdict is Verdict.ALLOW


def test_with_two_possible_zones_both_must_be_open():
    case = facts(time_zones=("America/New_York", "America/Los_Angeles"))
    found = ruling(case, now=datetime(2026, 11, 20, 14, tzinfo=UTC), rules=rules_for("US"))
    assert found.until == datetime(2026, 11, 20, 16, tzinfo=UTC)


@pytest.mark.parametrize("zones", [(), ("Mars/Phobos",), ("Asia/Seoul", "")])
def test_an_unknown_zone_defers_for_a_day(zones):
    found = ruling(facts(time_zones=zones))
    assert (found.verdict, found.detail, found.until) == (Verdict.DEFER, "zone_unknown", SEOUL_NOON + DAY)


def test_an_eighth_contact_in_seven_days_waits_until_the_first_is_seven_days_old():
    week = tuple(seoul(f"2026-11-{day}", "15:00:00") for day in range(13, 20))
    found = ruling(facts(contacts={7: week}), now=seoul("2026-11-20", "12:00:00"))
    assert (found.rule_id, found.until) == ("KR-7IN7", seoul("2026-11-20", "15:00:00"))


def test_seven_calendar_days_count_too_where_a_repeated_hour_makes_them_longer():
    first = datetime.fromisoformat("2026-10-26T00:15-04:00")
    case = facts(time_zones=("America/New_York",), contacts={7: (first,)})
    now = first + 6 * DAY
    ask = Ask("email", DEMAND, now, places_of(case.time_zones, now))
    assert AtMost(1, 7)(case, ask).until == datetime.fromisoformat("2026-11-02T00:00-05:00") > first + 7 * DAY


def test_one_claim_at_its_cap_holds_back_the_message_about_all():
    week = tuple(SEOUL_NOON - shift * HOUR for shift in range(30, 37))
    assert refused_by(facts(contacts={7: week, 8: ()})) == (Verdict.DEFER, "KR-7IN7")


def test_elsewhere_the_fourth_demand_in_seven_days_waits():
    three = tuple(SEOUL_NOON - days * DAY for days in (1, 2, 3))
    assert refused_by(facts(contacts={7: three}), rules=rules_for("BR")) == (Verdict.DEFER, "BASE-3IN7")


def test_a_third_demand_on_one_day_waits_for_the_next_morning():
    found = ruling(facts(contacts={7: (SEOUL_NOON - HOUR, SEOUL_NOON - 2 * HOUR)}))
    assert found.rule_id == "KR-2DAY"
    assert found.until == seoul("2026-11-21", "08:00:00")


def test_the_first_info_only_contact_of_a_day_is_free_and_the_second_is_not():
    full = {7: tuple(SEOUL_NOON - shift * HOUR for shift in range(30, 37))}
    assert ruling(facts(contacts=full), INFO).verdict is Verdict.ALLOW
    assert ruling(facts(contacts=full, info_sent=(SEOUL_NOON - HOUR,)), INFO).verdict is Verdict.DEFER


def test_notices_replies_and_the_first_info_of_a_day_do_not_count():
    sent = [
        (SEOUL_NOON, ContactClass.NOTICE),
        (SEOUL_NOON + HOUR, ContactClass.REPLY),
        (SEOUL_NOON + 2 * HOUR, INFO),
        (SEOUL_NOON + 3 * HOUR, INFO),
        (SEOUL_NOON + 4 * HOUR, DEMAND),
    ]
    assert counting(sent, ("Asia/Seoul",)) == (SEOUL_NOON + 3 * HOUR, SEOUL_NOON + 4 * HOUR)


def test_hours_closed_until_after_midnight_open_when_they_end():
    case = facts(blocked_bands=(BlockedBand((3,), time(18), time(10)),))  # Thursday 18:00 to Friday 10:00
    found = ruling(case, now=seoul("2026-11-20", "09:00:00"))
    assert (found.rule_id, found.until) == ("KR-HOURS", seoul("2026-11-20", "10:00:00"))
    assert ruling(case, now=seoul("2026-11-19", "17:50:00")).verdict is Verdict.DEFER


def test_hours_closed_all_week_block_rather_than_wait_for_ever():
    case = facts(blocked_bands=(BlockedBand(tuple(range(7)), time(0), time(0)),))
    assert refused_by(case) == (Verdict.BLOCK, "KR-HOURS")
