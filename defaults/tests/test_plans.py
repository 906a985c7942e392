from datetime import UTC, date, datetime, timedelta

import pytest

from defaults import services
from defaults.models import Hold, PaymentPlan
from defaults.negotiation import Counter, Refer

from .world import NOW, World, kinds

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 25)
CUSTOMER = {"now": NOW, "actor": "customer", "evidence": {"level": "link"}}


@pytest.fixture
def world() -> World:
    return World()


def _plan(world, **fields) -> PaymentPlan:
    told = {"case_id": world.opened().id, "parts": 3} | CUSTOMER
    return services.propose_plan(**told | fields)


def _dues(plan) -> list[tuple[int, date]]:
    return list(plan.instalments.values_list("amount_minor", "due_on"))


def _missed(world, days: int) -> list[str]:
    """The plan's own entries after so many days without money, looked at daily."""
    end = world.now + timedelta(days=days)
    while world.now < end:
        world.later(days=1)
        services.expire(now=world.now)
    return [kind for kind in kinds(world.case()) if kind.startswith("plan_")]


def _refused(act, *, code) -> None:
    with pytest.raises(services.Refused) as refused:
        act()
    assert refused.value.code == code


def test_instalments_within_the_bounds_are_agreed_at_once(world):
    plan = _plan(world)
    assert _dues(plan) == [(3300, TODAY), (3300, date(2026, 12, 25)), (3300, date(2027, 1, 25))]
    assert (plan.total_minor, plan.hold.until, world.case().state) == (9900, None, "in_plan")
    assert plan.items == [[world.payment("ord-1").id, 9900]]


def test_the_same_plan_proposed_twice_is_one(world):
    first = _plan(world)
    assert services.propose_plan(case_id=first.case_id, parts=3, **CUSTOMER) == first
    assert PaymentPlan.objects.count() == Hold.objects.count() == 1
    _refused(
        lambda: services.propose_plan(case_id=first.case_id, parts=2, **CUSTOMER), code="agreement_stands"
    )


def test_too_many_instalments_are_countered_and_nothing_is_written(world):
    answer = _plan(world, parts=6)
    assert isinstance(answer, Counter)
    assert (answer.code, len(answer.instalments)) == ("too_many_instalments", 3)
    assert not PaymentPlan.objects.exists()
    plan = services.propose_plan(case_id=world.case().id, instalments=answer.instalments, **CUSTOMER)
    assert _dues(plan) == list(answer.instalments)


def test_a_sum_too_small_to_split_goes_to_a_person(world):
    case = world.opened(1500)
    assert services.propose_plan(case_id=case.id, parts=2, **CUSTOMER) == Refer("too_small_to_split")
    assert (world.case().needs_staff, world.case().review_reason) == (True, "plan_asked")


@pytest.mark.parametrize(
    ("instalments", "code"),
    [
        ([(9900, TODAY)], "not_two_to_six"),
        ([(900, TODAY), (900, TODAY + timedelta(days=9))], "sum_differs"),
        ([(9000, TODAY), (900, TODAY)], "dates_out_of_range"),
        ([(9000, TODAY - timedelta(days=1)), (900, TODAY)], "dates_out_of_range"),
    ],
)
def test_a_person_too_keeps_to_two_to_six_that_sum_up(world, instalments, code):
    case = world.opened()
    _refused(
        lambda: services.make_plan(
            case_id=case.id, instalments=instalments, **CUSTOMER | {"actor": "staff:mina"}
        ),
        code=code,
    )


def test_money_pays_instalments_in_their_order_and_completes_the_plan(world):
    plan = _plan(world)
    world.pays("ord-1", 3300)
    world.tick()
    assert [part.paid_at for part in plan.instalments.all()] == [NOW, None, None]
    plan.refresh_from_db()
    assert plan.next_check_at == datetime(2026, 12, 27, 15, tzinfo=UTC)
    world.later(days=1)
    world.pays("ord-1", 6600)
    world.tick()
    plan.refresh_from_db()
    assert (plan.state, world.case().outcome, plan.hold.ended_at) == ("completed", "cured", world.now)


def test_money_taken_back_makes_an_instalment_unpaid_again(world):
    plan = _plan(world)
    world.pays("ord-1", 3300)
    world.tick()
    world.says("payment.reversed", "ord-1", amount=3300, reason="chargeback")
    world.tick()
    assert [part.paid_at for part in plan.instalments.all()] == [None, None, None]
    assert kinds(world.case()).count("instalment_reopened") == 1


def test_a_missed_instalment_climbs_the_soft_ladder_to_a_person(world):
    plan = _plan(world)
    assert _missed(world, 2) == ["plan_made"]
    assert _missed(world, 2) == ["plan_made", "plan_missed"]
    assert _missed(world, 4)[-1] == "plan_second_chance"
    first = plan.instalments.first()
    assert (first.shifted_from, first.due_on) == (TODAY, date(2026, 12, 9))
    assert not world.case().needs_staff
    assert _missed(world, 25) == ["plan_made", "plan_missed", "plan_second_chance", "plan_review"]
    assert (world.case().state, world.case().review_reason) == ("in_plan", "plan_review")


def test_an_instalment_paid_after_the_second_chance_ends_the_ladder(world):
    plan = _plan(world)
    _missed(world, 8)
    world.pays("ord-1", 3300)
    world.tick()
    plan.refresh_from_db()
    assert (plan.missed_stage, plan.next_check_at) == ("", datetime(2026, 12, 27, 15, tzinfo=UTC))


def test_the_ladder_waits_while_a_payment_is_disputed(world):
    plan = _plan(world)
    services.dispute(case_id=plan.case_id, reason="not_mine", now=NOW, actor="customer")
    assert _missed(world, 9) == ["plan_made"]


def test_a_plan_is_rescinded_only_after_three_months_and_a_notice(world):
    plan = _plan(world)
    who = {"plan_id": plan.id, "actor": "staff:lead"}
    early = datetime(2027, 2, 24, 3, tzinfo=UTC)
    _refused(lambda: services.tell_rescission(now=early, **who), code="too_early")
    _refused(lambda: services.rescind_plan(now=early, **who), code="not_told")
    told = early + timedelta(days=1)
    services.tell_rescission(now=told, **who)
    _refused(lambda: services.rescind_plan(now=told + timedelta(days=10), **who), code="too_early")
    ended = services.rescind_plan(now=told + timedelta(days=18), **who)
    assert (ended.state, world.case().state, Hold.objects.get().ended_at) == (
        "rescinded",
        "open",
        ended.ended_at,
    )


def test_a_plan_takes_the_place_of_a_promise_and_of_an_open_offer(world):
    case = world.opened()
    services.promise(case_id=case.id, on=TODAY, now=NOW, actor="customer")
    offer = services.make_offer(
        case_id=case.id, pay_minor=9000, expires_at=NOW + timedelta(days=7), now=NOW, actor="staff:mina"
    )
    services.propose_plan(case_id=case.id, parts=2, **CUSTOMER)
    offer.refresh_from_db()
    assert (case.promises.get().state, offer.state, offer.end_reason) == ("void", "withdrawn", "plan made")


def test_a_plan_is_void_when_the_debt_is_taken_back(world):
    plan = _plan(world)
    world.says("payment.voided", "ord-1")
    world.tick()
    plan.refresh_from_db()
    assert (plan.state, world.case().outcome) == ("void", "withdrawn")


def test_a_date_too_far_away_is_countered(world):
    case = world.opened()
    who = {"case_id": case.id, "now": NOW, "actor": "customer"}
    assert services.propose_date(on=date(2027, 3, 1), **who) == Counter(
        "date_too_late", on=date(2026, 12, 25)
    )
    assert services.propose_date(on=date(2026, 12, 25), **who).state == "made"
