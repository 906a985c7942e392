"""The script of a rehearsal: every event once, never before it happened, in whatever order it becomes known."""

from datetime import UTC, date, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import pytest

from reminders.rehearsal.script import Happening, happened_by, moments

ZONE = ZoneInfo("America/Sao_Paulo")
FIRST, LAST = date(2019, 2, 14), date(2019, 2, 18)  # the clocks go back in between
BEGIN = datetime(2019, 2, 14, 1, tzinfo=ZONE).astimezone(UTC)
HAPPENINGS = [
    Happening(BEGIN + timedelta(minutes=31 * number), number, {"id": f"e{number}"}) for number in range(200)
]


def _ids(moment) -> list[str]:
    return [event["id"] for event in chain.from_iterable(moment.batches)]


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_every_event_up_to_the_last_day_comes_once_and_on_its_own_day(seed):
    at = {happening.event["id"]: happening.at for happening in HAPPENINGS}
    told = []
    for moment in moments(HAPPENINGS, first=FIRST, last=LAST, zone=ZONE, seed=seed):
        for event_id in _ids(moment):
            assert at[event_id] <= moment.at
            assert at[event_id].astimezone(ZONE).date() == moment.day
            told.append(event_id)
    assert sorted(told) == sorted(happened_by(HAPPENINGS, LAST, ZONE))
    assert len(set(told)) == len(told)


def test_business_time_never_goes_back():
    instants = [moment.at for moment in moments([], first=FIRST, last=LAST, zone=ZONE, seed=None)]
    assert instants == sorted(set(instants))


def test_a_seed_gives_one_order_and_another_seed_another():
    def order(seed: int | None) -> list[str]:
        told = moments(HAPPENINGS, first=FIRST, last=LAST, zone=ZONE, seed=seed)
        return [event_id for moment in told for event_id in _ids(moment)]

    assert order(1) == order(1)
    assert order(1) != order(2)
    assert order(None) == [happening.event["id"] for happening in HAPPENINGS][: len(order(None))]


def test_what_happened_before_the_first_day_is_known_at_its_first_instant():
    first = next(moments(HAPPENINGS, first=LAST, last=LAST, zone=ZONE, seed=None))
    assert _ids(first)[0] == "e0"
