from datetime import timedelta

import pytest

from defaults import services
from defaults.models import Hold

from .world import NOW, World, kinds

pytestmark = pytest.mark.django_db


def _bought(birth_date, **merchant) -> World:
    """A case about something that fell due on 2026-11-05 (told of earlier: see the assertion)."""
    world = World(**merchant)
    world.owes("ord-1", customer={"reference": "u-1", "birth_date": birth_date})
    world.tick()
    return world


@pytest.mark.parametrize(("years", "held"), [(19, 0), (18, 1)])
def test_in_korea_who_was_under_19_is_held_and_waits_for_trained_people(years, held):
    told_on = min(_bought("1990-01-01").payment("ord-1").told_at.date(), NOW.date())
    world = _bought(told_on.replace(year=told_on.year - years).isoformat())
    assert services.hold_minors(now=NOW) == held
    case = world.case()
    assert Hold.objects.running(NOW).filter(case=case, reason="minor").count() == held
    assert (case.needs_staff, case.review_reason == "minor") == (bool(held), bool(held))


def test_the_day_before_the_birthday_is_still_under_age():
    told_on = _bought("1990-01-01").payment("ord-1").told_at.date()
    _bought((told_on.replace(year=told_on.year - 19) + timedelta(days=1)).isoformat())
    assert services.hold_minors(now=NOW) == 1


def test_elsewhere_the_age_is_18():
    told_on = _bought("1990-01-01").payment("ord-1").told_at.date()
    _bought(told_on.replace(year=told_on.year - 18).isoformat(), jurisdiction="DE")
    assert services.hold_minors(now=NOW) == 0


def test_what_a_person_decided_is_not_turned_round():
    world = _bought("2015-01-01")
    services.hold_minors(now=NOW)
    hold = Hold.objects.get()
    services.end_hold(hold_id=hold.id, now=NOW, actor="staff:mina")
    assert services.hold_minors(now=NOW) == 0
    assert kinds(world.case()) == ["opened", "held", "sent_to_review", "hold_ended"]


def test_a_customer_whose_age_is_not_known_is_not_held():
    world = World()
    world.opened()
    assert services.hold_minors(now=NOW) == 0
