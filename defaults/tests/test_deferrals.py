from datetime import UTC, date, datetime, timedelta

import pytest

from defaults import services
from defaults.models import Deferral, Hold
from defaults.services.deferral import months_later

from .world import NOW, World, kinds

pytestmark = pytest.mark.django_db
# The end of the day three months after Wednesday 2026-11-25 in Seoul.
FIRST_END = datetime(2027, 2, 25, 15, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    world = World()
    world.opened()
    return world


def _defer(world, reason="illness", **fields) -> Deferral:
    told = {"case_id": world.case().id, "reason": reason, "now": world.now, "actor": "customer"}
    return services.defer(**told | fields)


def test_asking_rests_for_three_months_and_the_last_day_is_whole(world):
    noted = _defer(world, text="Surgery on Monday.")
    hold = noted.hold
    assert (hold.reason, hold.until, noted.is_extension) == ("hardship", FIRST_END, False)
    assert Hold.objects.running(FIRST_END - timedelta(seconds=1)).exists()
    assert not Hold.objects.running(FIRST_END).exists()


def test_the_history_does_not_say_why(world):
    _defer(world, text="Surgery on Monday.")
    entry = world.case().events.get(kind="deferral_noted")
    assert "illness" not in f"{entry.reason} {entry.data}"
    assert "Surgery" not in f"{entry.reason} {entry.data}"


@pytest.mark.parametrize("reason", ["disaster", "illness", "bereavement", "wedding"])
def test_the_reasons_of_the_decree_need_nobody(world, reason):
    _defer(world, reason)
    assert not world.case().needs_staff


@pytest.mark.parametrize("reason", ["income", "other"])
def test_other_hardship_rests_as_well_and_is_looked_at(world, reason):
    _defer(world, reason)
    case = world.case()
    assert (case.needs_staff, case.review_reason) == (True, "hardship")
    assert kinds(case)[-2:] == ["deferral_noted", "sent_to_review"]


def test_a_request_repeated_on_its_day_is_one(world):
    first = _defer(world)
    world.later(hours=11)
    assert _defer(world) == first


def test_a_second_request_adds_one_extension_of_the_same_length(world):
    _defer(world)
    world.later(days=80)
    second = _defer(world)
    assert (second.is_extension, second.hold.starts_at) == (True, FIRST_END)
    assert second.hold.until == datetime(2027, 5, 25, 15, tzinfo=UTC)


def test_between_a_deferral_and_its_extension_there_is_no_gap(world):
    _defer(world)
    world.later(days=80)
    second = _defer(world)
    for at in (
        FIRST_END - timedelta(microseconds=1),
        FIRST_END,
        second.hold.until - timedelta(microseconds=1),
    ):
        assert Hold.objects.running(at).exists()


def test_an_extension_asked_for_afterwards_begins_then(world):
    _defer(world)
    world.now = FIRST_END + timedelta(days=3)
    world.tick()
    second = _defer(world)
    assert (second.hold.starts_at, second.hold.until) == (world.now, datetime(2027, 6, 1, 15, tzinfo=UTC))


def test_a_third_request_is_refused(world):
    for days in (0, 1):
        world.later(days=days)
        _defer(world)
    world.later(days=1)
    with pytest.raises(services.Refused) as refused:
        _defer(world)
    assert refused.value.code == "deferral_used"


def test_another_reason_has_its_own(world):
    for days in (0, 1, 1):
        world.later(days=days)
        _defer(world) if days else _defer(world, "wedding")
    assert Deferral.objects.filter(is_extension=True).count() == 1


def test_asking_goes_on_by_itself_after_the_last_day(world):
    _defer(world)
    world.now = FIRST_END
    world.tick()
    assert (kinds(world.case())[-1], world.case().next_review_at) == ("hold_ended", FIRST_END)


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2026, 11, 30), date(2027, 2, 28)),
        (date(2027, 11, 30), date(2028, 2, 29)),
        (date(2026, 10, 31), date(2027, 1, 31)),
        (date(2026, 12, 31), date(2027, 3, 31)),
    ],
)
def test_months_are_counted_by_the_calendar(day, later):
    assert months_later(day, 3) == later


def test_a_closed_case_is_not_deferred(world):
    world.pays("ord-1")
    world.tick()
    with pytest.raises(services.Refused) as refused:
        _defer(world, now=NOW)
    assert refused.value.code == "case_closed"
