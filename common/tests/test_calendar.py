from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.calendar import (
    HolidayCalendar,
    add_business_days,
    days_past_due,
    local_date,
    local_windows,
    next_instant,
    start_of_day,
    zone_of,
)

CALENDAR = HolidayCalendar()
NEW_YORK = ZoneInfo("America/New_York")
SANTIAGO = ZoneInfo("America/Santiago")  # changes its clocks at midnight


def test_ten_business_days_over_seollal_end_on_the_22nd():
    assert add_business_days(date(2027, 2, 4), 10, "KR", CALENDAR) == date(2027, 2, 22)


def test_a_decreed_holiday_lengthens_a_period_and_a_dropped_one_shortens_it():
    decreed = HolidayCalendar({("KR", date(2027, 2, 10)): True})
    dropped = HolidayCalendar({("KR", date(2027, 2, 9)): False})
    assert add_business_days(date(2027, 2, 4), 1, "KR", CALENDAR) == date(2027, 2, 5)
    assert add_business_days(date(2027, 2, 4), 10, "KR", decreed) == date(2027, 2, 23)
    assert add_business_days(date(2027, 2, 4), 10, "KR", dropped) == date(2027, 2, 19)


def test_saturday_is_no_business_day_in_korea_but_is_in_israel():
    assert not CALENDAR.is_business_day(date(2026, 11, 21), "KR")
    assert CALENDAR.is_business_day(date(2026, 11, 22), "IL")


def test_a_country_unknown_to_the_package_has_weekends_only():
    assert CALENDAR.is_business_day(date(2026, 1, 1), "XX")
    assert not CALENDAR.is_business_day(date(2026, 1, 3), "XX")


def test_the_rest_around_seollal_takes_in_the_weekend_beside_it():
    rest = CALENDAR.rest_days("KR", 2026, ("설날", "추석"))
    assert {date(2026, 2, day) for day in range(14, 19)} <= rest  # Saturday 14 to Wednesday 18
    assert date(2026, 2, 13) not in rest
    assert date(2026, 2, 19) not in rest


def test_holiday_names_do_not_depend_on_the_language_of_the_machine(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "th")
    assert date(2029, 2, 12) in HolidayCalendar().rest_days("KR", 2029, ("설날",))


def test_a_payment_is_not_late_on_its_due_date():
    assert days_past_due(date(2026, 11, 22), date(2026, 11, 22)) == 0
    assert days_past_due(date(2026, 11, 22), date(2026, 11, 23)) == 1


def test_one_instant_has_two_dates_in_two_zones():
    instant = datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert local_date(instant, ZoneInfo("Asia/Seoul")) == date(2026, 11, 23)
    assert local_date(instant, NEW_YORK) == date(2026, 11, 22)


@pytest.mark.parametrize("name", ["", "Mars/Phobos", "America", "../etc/passwd", "a\0b", "/etc/localtime"])
def test_what_is_no_zone_is_none(name):
    assert zone_of(name) is None


def test_a_day_starts_where_its_midnight_is_skipped():
    assert start_of_day(date(2026, 9, 6), SANTIAGO) == datetime(2026, 9, 6, 4, tzinfo=UTC)


def test_a_day_starts_at_the_later_midnight_where_the_hour_before_it_repeats():
    assert start_of_day(date(2026, 4, 5), SANTIAGO) == datetime(2026, 4, 5, 4, tzinfo=UTC)


def test_a_window_over_the_repeated_hour_comes_in_two_parts():
    windows = local_windows(date(2026, 11, 1), NEW_YORK, time(0, 30), time(1, 30))
    assert windows == (
        (datetime(2026, 11, 1, 4, 30, tzinfo=UTC), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (datetime(2026, 11, 1, 6, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
    )


def test_a_window_over_the_skipped_hour_is_shorter():
    assert local_windows(date(2026, 3, 8), NEW_YORK, time(1), time(4)) == (
        (datetime(2026, 3, 8, 6, tzinfo=UTC), datetime(2026, 3, 8, 8, tzinfo=UTC)),
    )


ZONES = st.sampled_from(
    ["Asia/Seoul", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Tehran"]
)


@given(zone=ZONES, minute=st.integers(0, 366 * 24 * 60), opens=st.integers(0, 23), hours=st.integers(1, 24))
def test_the_next_opening_is_the_first_open_minute(zone, minute, opens, hours):
    zone = ZoneInfo(zone)
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    open_hours = {(opens + shift) % 24 for shift in range(hours)}

    def seek(wall):
        if wall.hour in open_hours:
            return wall
        wall = wall.replace(minute=0)
        while wall.hour not in open_hours:
            wall += timedelta(hours=1)
        return wall

    found = next_instant(at, zone, seek)
    walked = at
    while walked.astimezone(zone).hour not in open_hours:
        walked += timedelta(minutes=1)
    assert found == walked
