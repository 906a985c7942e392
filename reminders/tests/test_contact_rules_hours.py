"""The hours of every zone, minute by minute against a plain reading of the clock on the wall."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from common.calendar import HolidayCalendar
from reminders.contact_rules import evaluate
from reminders.contact_rules.windows import RestDays, all_day, daily, first_open, outside
from reminders.facts import BlockedBand, ContactClass, HoldFact, Verdict

from .making import (
    ROLES,
    ZONES,
    any_facts,
    bands,
    channels,
    classes,
    facts,
    holds,
    instants,
    known_zones,
    near,
    passing_facts,
    rules_for,
)

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CALENDAR = HolidayCalendar()
DEMAND = ContactClass.DEMAND
# The days on which the clocks of one of the zones change, and two ordinary ones.
CHANGES = [
    date(2026, 3, 8),
    date(2026, 3, 29),
    date(2026, 4, 5),
    date(2026, 9, 6),
    date(2026, 10, 4),
    date(2026, 10, 25),
    date(2026, 11, 1),
    date(2026, 6, 10),
    date(2026, 12, 31),
]
HOURS = {"KR": (8, 21), "BR": (8, 21), "US": (8, 21), "GB": (8, 21), "DE": (8, 20)}


def demanded(case, now, jurisdiction):
    rules = rules_for(jurisdiction, on=now.date())
    return evaluate(case, channel="email", contact_class=DEMAND, now=now, rules=rules)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("jurisdiction", HOURS)
def test_no_minute_outside_the_hours_is_allowed(zone, jurisdiction):
    opens, closes = HOURS[jurisdiction]
    case = facts(time_zones=(zone,), jurisdictions=(jurisdiction,))
    for day in CHANGES:
        start = datetime.combine(day, time.min, UTC) - DAY / 2
        for minutes in range(0, 36 * 60, 5):
            now = start + minutes * MINUTE
            local = now.astimezone(ZoneInfo(zone))
            if demanded(case, now, jurisdiction).verdict is Verdict.ALLOW:
                assert opens <= local.hour
                assert (local.hour, local.minute) < (closes - 1, 50)


@pytest.mark.parametrize("zone", ZONES)
def test_the_edges_of_the_hours_are_exact_to_the_minute_for_two_weeks_around_each_change(zone):
    case = facts(time_zones=(zone,), jurisdictions=("BR",))
    rules = rules_for("BR")
    for change in CHANGES[:7]:
        for shift in range(-7, 8):
            for wall, verdict in _edges(change + shift * DAY):
                now = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
                found = evaluate(case, channel="email", contact_class=DEMAND, now=now, rules=rules)
                assert found.verdict is verdict


def _edges(day):
    midnight = datetime.combine(day, time.min)
    for hour, minute, verdict in ((8, 0, Verdict.ALLOW), (20, 50, Verdict.DEFER)):
        before = Verdict.ALLOW if verdict is Verdict.DEFER else Verdict.DEFER
        edge = midnight + timedelta(hours=hour, minutes=minute)
        for minutes in range(-15, 0):
            yield edge + minutes * MINUTE, before
        for minutes in range(15):
            yield edge + minutes * MINUTE, verdict


@given(now=instants, zones=known_zones, closed=st.lists(bands, max_size=2).map(tuple))
def test_the_next_lawful_minute_is_open_and_none_before_it_is(now, zones, closed):
    windows = (
        daily(time(8), time(20), margin=10 * MINUTE),
        all_day(RestDays(frozenset({6}), "KR", ("설날", "추석"))),
        outside(closed, 10 * MINUTE),
    )
    found = first_open(windows, zones, now, CALENDAR)
    assume(found is not None and found - now < 4 * DAY)
    walked = now
    while not _all_open(windows, zones, walked):
        walked += MINUTE
    assert walked == found


def _all_open(windows, zones, at):
    walls = [at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in zones]
    return all(window.is_open(wall, CALENDAR) for window in windows for wall in walls)


@given(band=bands, now=instants)
def test_a_closed_band_is_closed_on_its_days_and_over_its_midnight(band, now):
    wall = now.replace(tzinfo=None)
    is_open = outside((band,), timedelta()).is_open(wall, CALENDAR)
    assert is_open is not _in_band(band, wall)


def _in_band(band: BlockedBand, wall: datetime) -> bool:
    for back in (0, 1):
        day = wall.date() - back * DAY
        start = datetime.combine(day, band.starts)
        end = datetime.combine(day, band.ends)
        end += DAY if end <= start else timedelta()
        if day.weekday() in band.weekdays and start <= wall < end:
            return True
    return False


@given(case=passing_facts(), now=near, contact_class=st.sampled_from("DONT"), channel=channels)
def test_what_is_deferred_is_allowed_when_its_minute_comes(case, now, contact_class, channel):
    rules = rules_for(*case.jurisdictions)
    asked = {"channel": channel, "contact_class": ContactClass(contact_class), "rules": rules}
    found = evaluate(case, now=now, **asked)
    assume(found.verdict is Verdict.DEFER)
    assert found.until > now
    assert found.until == found.until.replace(second=0, microsecond=0)
    assert evaluate(case, now=found.until, **asked).verdict is Verdict.ALLOW
    before = evaluate(case, now=found.until - MINUTE, **asked)
    assert before.verdict is Verdict.DEFER
    assert before.until == found.until


@given(case=any_facts(), now=near, contact_class=classes, channel=channels, hold=holds, role=ROLES)
def test_one_more_hold_never_allows_what_was_refused(case, now, contact_class, channel, hold, role):
    rules = rules_for(*case.jurisdictions, role=role)
    held = _changed(case, holds=(*case.holds, hold))
    before = evaluate(case, channel=channel, contact_class=contact_class, now=now, rules=rules)
    after = evaluate(held, channel=channel, contact_class=contact_class, now=now, rules=rules)
    assert before.verdict is Verdict.ALLOW or after.verdict is not Verdict.ALLOW
    assert before.verdict is not Verdict.BLOCK or after.verdict is Verdict.BLOCK


@given(case=any_facts(), now=near, contact_class=classes, channel=channels, stopped_at=near)
def test_a_wish_to_stop_never_allows_what_was_refused(case, now, contact_class, channel, stopped_at):
    assume(case.stopped_at is None)
    rules = rules_for(*case.jurisdictions)
    stopped = _changed(case, stopped_at=stopped_at)
    before = evaluate(case, channel=channel, contact_class=contact_class, now=now, rules=rules)
    after = evaluate(stopped, channel=channel, contact_class=contact_class, now=now, rules=rules)
    assert before.verdict is Verdict.ALLOW or after.verdict is not Verdict.ALLOW
    assert before.verdict is not Verdict.BLOCK or after.verdict is Verdict.BLOCK


def _changed(case, **changes):
    return type(case)(**{name: getattr(case, name) for name in case.__slots__} | changes)


@settings(max_examples=50)
@given(gaps=st.lists(st.integers(1, 60 * 30), min_size=20, max_size=40), zone=st.sampled_from(ZONES))
def test_whoever_tries_again_and_again_never_gets_an_eighth_contact_in(gaps, zone):
    now = datetime(2026, 10, 20, tzinfo=UTC)
    sent = []
    for gap in gaps:
        now += gap * MINUTE
        case = facts(time_zones=(zone,), contacts={1: tuple(at for at in sent if at > now - 8 * DAY)})
        found = demanded(case, now, "KR")
        if found.verdict is Verdict.DEFER:
            now = found.until
            found = demanded(facts(time_zones=(zone,), contacts={1: tuple(sent)}), now, "KR")
        if found.verdict is Verdict.ALLOW:
            sent.append(now)
    for last in range(7, len(sent)):
        assert sent[last] - sent[last - 7] >= 7 * DAY
        days = [at.astimezone(ZoneInfo(zone)).date() for at in sent]
        assert days[last] - days[last - 7] >= 7 * DAY


def test_a_hold_without_end_is_a_block_also_at_night():
    case = facts(holds=(HoldFact("dispute", datetime(2026, 11, 1, tzinfo=UTC)),))
    assert demanded(case, datetime(2026, 11, 20, 15, tzinfo=UTC), "KR").verdict is Verdict.BLOCK
