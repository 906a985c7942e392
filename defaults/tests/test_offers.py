from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import LedgerEntry
from defaults import services
from defaults.models import Hold, NegotiationTerms, SettlementOffer

from .world import NOW, World, kinds

pytestmark = pytest.mark.django_db
CUSTOMER = {"now": NOW, "actor": "customer"}
EVIDENCE = {"language": "ko", "level": "link"}


@pytest.fixture
def world() -> World:
    world = World()
    NegotiationTerms.objects.create(merchant=world.merchant, currency="KRW", discount_percent=20)
    return world


def _offer(world, **fields) -> SettlementOffer:
    told = {"case_id": world.case().id, "pay_minor": 7000, "expires_at": NOW + timedelta(days=7)}
    return services.make_offer(**told | {"now": NOW, "actor": "staff:mina"} | fields)


def _accepted(world) -> SettlementOffer:
    world.opened()
    return services.accept_offer(offer_id=_offer(world).id, evidence=EVIDENCE, **CUSTOMER)


def _refused(act, *, code) -> None:
    with pytest.raises(services.Refused) as refused:
        act()
    assert refused.value.code == code


def test_the_standing_offer_is_made_once_by_the_terms_and_frozen(world):
    case = world.opened()
    made = services.standing_offer(case_id=case.id, **CUSTOMER)
    NegotiationTerms.objects.update(discount_percent=40)
    assert services.standing_offer(case_id=case.id, **CUSTOMER) == made
    assert (made.pay_minor, made.outstanding_minor, made.floor_minor) == (7920, 9900, 4950)
    assert made.items == [[world.payment("ord-1").id, 9900]]
    assert made.expires_at == datetime(2026, 12, 9, 15, tzinfo=UTC)


def test_no_terms_no_offer():
    world = World()
    assert services.standing_offer(case_id=world.opened().id, **CUSTOMER) is None


def test_an_accepted_offer_holds_the_case_until_it_is_to_be_paid(world):
    offer = _accepted(world)
    assert (offer.state, offer.pay_until) == ("accepted", datetime(2026, 11, 28, 15, tzinfo=UTC))
    assert (world.case().state, offer.hold.until, offer.hold.reason) == (
        "in_plan",
        offer.pay_until,
        "settlement",
    )
    assert offer.evidence == EVIDENCE | {"accepted_by": "customer"}


def test_an_offer_accepted_twice_by_the_same_is_one(world):
    offer = _accepted(world)
    assert services.accept_offer(offer_id=offer.id, evidence=EVIDENCE, **CUSTOMER) == offer
    assert (Hold.objects.count(), kinds(world.case()).count("offer_accepted")) == (1, 1)
    _refused(
        lambda: services.accept_offer(offer_id=offer.id, evidence={}, now=NOW, actor="staff:mina"),
        code="already_accepted",
    )


def test_a_paid_offer_waives_the_rest_and_settles_the_case(world):
    offer = _accepted(world)
    world.pays("ord-1", 7000)
    world.tick()
    offer.refresh_from_db()
    assert (offer.state, world.case().outcome, world.payment("ord-1").outstanding_minor) == (
        "paid",
        "settled",
        0,
    )
    waiver = LedgerEntry.objects.get(kind="waiver")
    assert (waiver.amount_minor, waiver.from_account, waiver.to_account) == (2900, "receivable", "waived")
    assert not Hold.objects.filter(ended_at=None).exists()


def test_money_in_parts_counts_towards_an_accepted_offer(world):
    offer = _accepted(world)
    world.pays("ord-1", 3000)
    world.tick()
    assert (world.case().state, SettlementOffer.objects.get().state) == ("in_plan", "accepted")
    world.pays("ord-1", 4000)
    world.tick()
    offer.refresh_from_db()
    assert (offer.state, world.case().outcome) == ("paid", "settled")


def test_all_paid_is_a_cure_whatever_was_offered(world):
    offer = _accepted(world)
    world.pays("ord-1")
    world.tick()
    offer.refresh_from_db()
    assert (offer.state, world.case().outcome) == ("withdrawn", "cured")


def test_money_before_acceptance_overtakes_an_offer_also_before_anybody_looked(world):
    world.opened()
    offer = _offer(world)
    world.pays("ord-1", 100)
    _refused(
        lambda: services.accept_offer(offer_id=offer.id, evidence=EVIDENCE, **CUSTOMER), code="offer_over"
    )
    world.tick()
    offer.refresh_from_db()
    assert (offer.state, offer.end_reason) == ("withdrawn", "overtaken")


def test_an_accepted_offer_that_is_not_paid_lapses_and_asking_goes_on(world):
    offer = _accepted(world)
    world.later(days=4)
    world.tick()
    offer.refresh_from_db()
    assert (offer.state, world.case().state, world.payment("ord-1").outstanding_minor) == (
        "lapsed",
        "open",
        9900,
    )
    assert services.standing_offer(case_id=world.case().id, now=world.now, actor="customer") is None


def test_money_that_came_in_time_counts_also_when_it_is_looked_at_late(world):
    _accepted(world)
    world.pays("ord-1", 7000)
    services.expire(now=NOW + timedelta(days=9))
    assert SettlementOffer.objects.get().state == "paid"


def test_an_offer_nobody_accepts_expires(world):
    world.opened()
    offer = _offer(world)
    world.later(days=7)
    world.tick()
    offer.refresh_from_db()
    assert (offer.state, kinds(world.case())[-1]) == ("expired", "offer_expired")
    _refused(
        lambda: services.accept_offer(offer_id=offer.id, evidence=EVIDENCE, now=world.now, actor="customer"),
        code="offer_over",
    )


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"pay_minor": 4949}, "below_floor"),
        ({"pay_minor": 9900}, "not_less"),
        ({"pay_minor": 0}, "not_less"),
        ({"expires_at": NOW}, "end_in_the_past"),
    ],
)
def test_an_offer_beyond_its_bounds_is_refused(world, fields, code):
    world.opened()
    _refused(lambda: _offer(world, **fields), code=code)
    assert not SettlementOffer.objects.exists()


def test_an_offer_past_its_day_is_no_bar_to_another_before_the_tick(world):
    world.opened()
    first = _offer(world)
    later = NOW + timedelta(days=8)
    second = _offer(world, now=later, expires_at=later + timedelta(days=7))
    first.refresh_from_db()
    assert (first.state, second.state) == ("expired", "live")


def test_a_promise_past_its_day_is_no_bar_to_another_before_the_tick(world):
    case = world.opened()
    first = services.promise(case_id=case.id, on=NOW.date(), **CUSTOMER)
    later = NOW + timedelta(days=32)
    second = services.promise(case_id=case.id, on=later.date(), now=later, actor="customer")
    first.refresh_from_db()
    assert (first.state, second.state) == ("broken", "made")


def test_waiting_brings_no_better_offer_but_by_compliance(world):
    world.opened()
    services.withdraw_offer(offer_id=_offer(world, pay_minor=8000).id, **CUSTOMER)
    _refused(lambda: _offer(world, pay_minor=7999), code="better_for_waiting")
    assert services.standing_offer(case_id=world.case().id, **CUSTOMER).pay_minor == 8000
    services.withdraw_offer(offer_id=SettlementOffer.objects.latest("id").id, **CUSTOMER)
    assert _offer(world, pay_minor=7999, authority="compliance").pay_minor == 7999


def test_a_barred_debt_gets_no_offer(world):
    world.opened()
    world.later(days=3 * 366)
    _refused(
        lambda: _offer(world, now=world.now, expires_at=world.now + timedelta(days=1)), code="time_barred"
    )


def test_an_offer_never_outlives_the_claim(world):
    world.opened()
    now = datetime(2029, 11, 1, 3, tzinfo=UTC)
    offer = _offer(world, now=now, expires_at=now + timedelta(days=30))
    assert offer.expires_at == datetime(2029, 11, 5, 15, tzinfo=UTC)
    assert services.limitation_after_acceptance(case_id=world.case().id, now=now) == date(2032, 11, 1)


def test_accepting_ends_a_promise_and_stands_against_another(world):
    case = world.opened()
    services.promise(case_id=case.id, on=date(2026, 11, 27), **CUSTOMER)
    services.accept_offer(offer_id=_offer(world).id, evidence=EVIDENCE, **CUSTOMER)
    assert (case.promises.get().state, world.case().state) == ("void", "in_plan")
    _refused(
        lambda: services.promise(case_id=case.id, on=date(2026, 11, 27), **CUSTOMER), code="agreement_stands"
    )


def test_a_declined_offer_is_not_made_again_by_the_machine(world):
    case = world.opened()
    offer = services.standing_offer(case_id=case.id, **CUSTOMER)
    assert services.decline_offer(offer_id=offer.id, **CUSTOMER).state == "declined"
    assert services.decline_offer(offer_id=offer.id, **CUSTOMER).state == "declined"
    assert services.standing_offer(case_id=case.id, **CUSTOMER) is None


def test_a_dispute_of_an_offered_payment_takes_the_offer_back(world):
    case = world.opened()
    offer = _offer(world)
    services.dispute(case_id=case.id, reason="not_mine", **CUSTOMER)
    offer.refresh_from_db()
    assert offer.state == "withdrawn"


@pytest.mark.parametrize("cases", [3, 30])
def test_offers_of_a_step_take_the_same_queries_for_any_number(world, cases, django_assert_num_queries):
    for number in range(cases):
        world.owes(f"ord-{number}", by=f"u-{number}")
    world.tick()
    ids = [world.case(f"u-{number}").id for number in range(cases)]
    with django_assert_num_queries(19):
        assert len(services.make_offers(case_ids=ids, now=NOW)) == cases


@pytest.mark.parametrize("cases", [3, 30])
def test_paid_offers_take_the_same_queries_for_any_number(world, cases, django_assert_num_queries):
    for number in range(cases):
        world.owes(f"ord-{number}", by=f"u-{number}")
    world.tick()
    made = services.make_offers(case_ids=[world.case(f"u-{n}").id for n in range(cases)], now=NOW)
    for number, offer in enumerate(made.values()):
        services.accept_offer(offer_id=offer.id, evidence=EVIDENCE, **CUSTOMER)
        world.pays(f"ord-{number}", offer.pay_minor)
    with django_assert_num_queries(30):
        assert services.reassess_touched(now=NOW).closed == cases
