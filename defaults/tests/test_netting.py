"""What may be added to the next purchase: everything open that nobody has said anything about."""

from datetime import date, timedelta

import pytest

from accounts.tests.api_client import key_of, problem
from defaults import services
from defaults.models import SettlementOffer
from defaults.reports.netting import nettable

from .world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    world = World(nets_purchases=True)
    world.owes("ord-1", 300)
    world.owes("ord-2", 400)
    world.tick()
    return world


def shown(world):
    return {row.reference for row in nettable(world.case().customer, now=world.now)}


def test_a_sum_too_small_to_write_about_can_be_netted(world):
    assert world.case().state == "pooling"
    assert shown(world) == {"ord-1", "ord-2"}


def test_nothing_is_netted_where_the_merchant_has_not_opted_in(world):
    type(world.merchant).objects.update(nets_purchases=False)
    assert shown(world) == set()


def test_what_is_not_overdue_yet_is_left_out(world):
    world.owes("ord-3", 500, due_on="2026-12-24")
    assert shown(world) == {"ord-1", "ord-2"}


def test_a_disputed_payment_is_left_out(world):
    services.dispute(
        case_id=world.case().id,
        payment_ids=[world.payment("ord-1").id],
        reason="not_mine",
        now=world.now,
        actor="customer",
    )
    assert "ord-1" not in shown(world)


def test_a_case_on_hold_is_left_out(world):
    services.place_hold(case_id=world.case().id, reason="hardship", now=world.now, actor="staff:kim")
    assert shown(world) == set()


def test_a_customer_on_hold_is_left_out(world):
    services.hold_customer(
        customer_id=world.case().customer_id, reason="deceased", now=world.now, actor="staff:kim"
    )
    assert shown(world) == set()


def test_a_case_with_an_offer_is_left_out(world):
    SettlementOffer.objects.create(
        case=world.case(),
        state="live",
        pay_minor=500,
        outstanding_minor=700,
        floor_minor=400,
        items=[],
        made_by="system",
        made_at=world.now,
        expires_at=world.now + timedelta(days=7),
    )
    assert shown(world) == set()


def test_a_promised_case_is_left_out(world):
    world.owes("ord-9", 20_000)
    world.tick()
    services.promise(case_id=world.case().id, on=date(2026, 11, 27), now=world.now, actor="customer")
    assert shown(world) == set()


def test_a_payment_under_way_is_left_out(world):
    until = (world.now + timedelta(hours=2)).isoformat()
    world.says("payment.in_flight", "ord-2", until=until)
    assert shown(world) == {"ord-1"}


def test_a_barred_debt_is_left_out(world):
    world.later(days=3 * 366)
    assert shown(world) == set()


def test_the_answer_sums_each_currency(world, monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: world.now)
    body = key_of(world.merchant).get("customers/u-1/netting/").json()
    (netting,) = body["netting"]
    assert (netting["amount"], netting["currency"]) == (700, "KRW")
    assert [row["payment"] for row in netting["payments"]] == ["ord-1", "ord-2"]


def test_another_merchants_customer_is_not_there(world):
    stranger = World(nets_purchases=True)
    assert problem(key_of(stranger.merchant).get("customers/u-1/netting/"))[0] == 404


def test_what_was_netted_is_told_as_any_other_payment(world):
    for reference, amount in (("ord-1", 300), ("ord-2", 400)):
        world.says("payment.paid", reference, amount=amount, method="netting")
    world.tick()
    assert (world.case().outcome, shown(world)) == ("cured", set())
