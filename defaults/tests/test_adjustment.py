from datetime import UTC, datetime, timedelta

import pytest

from defaults import services
from defaults.models import AdjustmentRequest, Hold

from .world import NOW, World, kinds

pytestmark = pytest.mark.django_db
# Ten business days after Wednesday 2026-11-25 end with Wednesday 2026-12-09 in Seoul.
DECIDE_BY = datetime(2026, 12, 9, 15, tzinfo=UTC)
ROUTES = "We cannot. You may ask the court, or 신용회복위원회 (CCRS)."
STAFF = {"now": NOW, "actor": "staff:mina"}
TICK = timedelta(microseconds=1)


@pytest.fixture
def world() -> World:
    world = World()
    world.opened()
    return world


def _ask(world, **fields) -> AdjustmentRequest:
    told = {"case_id": world.case().id, "text": "Could it be less?", "now": NOW, "actor": "customer"}
    return services.ask_adjustment(**told | fields)


def _offer(asked, **fields) -> AdjustmentRequest:
    return services.offer_adjustment(adjustment_id=asked.id, proposal="Half, in six parts.", **STAFF | fields)


def _running(now=NOW) -> bool:
    return Hold.objects.running(now).filter(reason="protection").exists()


def test_a_request_silences_the_case_and_goes_to_a_person(world):
    asked = _ask(world)
    case = world.case()
    assert (asked.state, asked.decide_by, _running()) == ("requested", DECIDE_BY, True)
    assert (case.needs_staff, case.review_reason) == (True, "adjustment")
    assert kinds(case)[-2:] == ["adjustment_requested", "sent_to_review"]


def test_ten_business_days_over_seollal_end_on_the_22nd(world):
    # From Thursday 2027-02-04 (Seollal follows) the tenth business day is Monday the 22nd; it ends in Seoul.
    asked = _ask(world, now=datetime(2027, 2, 4, 3, tzinfo=UTC))
    assert asked.decide_by == datetime(2027, 2, 22, 15, tzinfo=UTC)


def test_a_request_made_twice_is_one(world):
    assert _ask(world) == _ask(world)


def test_a_hold_for_adjustment_does_not_end_while_it_is_open(world):
    with pytest.raises(services.Refused) as refused:
        services.end_hold(hold_id=_ask(world).hold_id, **STAFF)
    assert refused.value.code == "hold_is_needed"


def test_an_offer_can_be_accepted_for_ten_business_days(world):
    offered = _offer(_ask(world), now=NOW + timedelta(days=1))
    assert (offered.state, offered.accept_by) == ("offered", DECIDE_BY + timedelta(days=1))
    accepted = services.accept_adjustment(
        adjustment_id=offered.id, now=offered.accept_by - TICK, actor="customer"
    )
    assert (accepted.state, _running(offered.accept_by)) == ("accepted", True)


def test_an_offer_is_not_accepted_once_its_time_is_over(world):
    offered = _offer(_ask(world))
    with pytest.raises(services.Refused) as refused:
        services.accept_adjustment(adjustment_id=offered.id, now=offered.accept_by, actor="customer")
    assert refused.value.code == "too_late"


def test_accepting_twice_is_once(world):
    offered = _offer(_ask(world))
    for _ in range(2):
        services.accept_adjustment(adjustment_id=offered.id, now=NOW, actor="customer")
    assert kinds(world.case()).count("adjustment_accepted") == 1


def test_what_was_accepted_is_carried_out_by_staff_who_then_end_the_hold(world):
    offered = _offer(_ask(world))
    services.accept_adjustment(adjustment_id=offered.id, now=NOW, actor="customer")
    assert services.end_hold(hold_id=offered.hold_id, **STAFF)


@pytest.mark.parametrize("refusal", [ROUTES, "법원이나 신용회복위원회에 신청하실 수 있습니다."])
def test_a_refusal_that_names_the_routes_is_given(world, refusal):
    asked = _ask(world)
    assert services.refuse_adjustment(adjustment_id=asked.id, refusal=refusal, **STAFF).state == "refused"


@pytest.mark.parametrize("refusal", ["You may ask the court.", "You may ask the CCRS.", "No."])
def test_a_refusal_that_leaves_out_a_route_is_not(world, refusal):
    asked = _ask(world)
    with pytest.raises(services.Refused) as refused:
        services.refuse_adjustment(adjustment_id=asked.id, refusal=refusal, **STAFF)
    asked.refresh_from_db()
    assert (refused.value.code, asked.state) == ("routes_missing", "requested")


def test_outside_korea_a_refusal_names_the_court():
    world = World(jurisdiction="US", time_zone="America/New_York", currency="USD")
    world.owes("ord-1", 9900, currency="USD")
    world.tick()
    asked = services.ask_adjustment(case_id=world.case().id, now=NOW, actor="customer")
    services.refuse_adjustment(adjustment_id=asked.id, refusal="You may ask a court.", **STAFF)
    assert AdjustmentRequest.objects.get().state == "refused"


def test_after_a_refusal_asking_rests_for_three_business_days(world):
    asked = _ask(world)
    services.refuse_adjustment(adjustment_id=asked.id, refusal=ROUTES, **STAFF)
    end = datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert (_running(end - TICK), _running(end)) == (True, False)


@pytest.mark.parametrize("act", ["offer", "refuse", "accept"])
def test_what_has_ended_is_not_decided_again(world, act):
    asked = _ask(world)
    services.refuse_adjustment(adjustment_id=asked.id, refusal=ROUTES, **STAFF)
    words = {"offer": {"proposal": "Half."}, "refuse": {"refusal": ROUTES}, "accept": {}}[act]
    with pytest.raises(services.Refused) as refused:
        getattr(services, f"{act}_adjustment")(adjustment_id=asked.id, **words, **STAFF)
    assert refused.value.code == "not_possible"


def test_an_offer_that_nobody_accepts_lapses_at_its_end(world):
    offered = _offer(_ask(world))
    assert services.expire_adjustments(now=offered.accept_by - TICK) == 0
    assert services.expire_adjustments(now=offered.accept_by) == 1
    offered.refresh_from_db()
    assert (offered.state, _running(offered.accept_by)) == ("lapsed", False)
    assert "adjustment_lapsed" in kinds(world.case())


def test_a_request_not_decided_in_time_is_called_out_once_and_stays_silent(world):
    _ask(world)
    assert services.expire_adjustments(now=DECIDE_BY - TICK) == 0
    assert [services.expire_adjustments(now=DECIDE_BY + timedelta(days=n)) for n in (0, 1)] == [1, 0]
    assert (world.case().review_reason, _running(DECIDE_BY)) == ("adjustment_overdue", True)


def test_a_case_that_closes_takes_its_request_with_it(world):
    asked = _ask(world)
    world.pays("ord-1")
    world.tick()
    asked.refresh_from_db()
    assert (asked.state, _running()) == ("void", False)


@pytest.mark.parametrize("cases", [2, 12])
def test_lapsing_takes_the_same_queries_for_any_number(world, cases, django_assert_max_num_queries):
    for number in range(cases):
        world.owes(f"a-{number}", by=f"n-{number}")
    world.tick()
    for number in range(cases):
        _offer(services.ask_adjustment(case_id=world.case(f"n-{number}").id, now=NOW, actor="customer"))
    with django_assert_max_num_queries(40):
        assert services.expire_adjustments(now=NOW + timedelta(days=30)) == cases
