from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Customer
from accounts.tests.factories import merchant
from defaults import services
from defaults.gain import chance_at, chance_sql, gain_of
from defaults.models import DefaultCase
from defaults.reports.queue_order import ByGain, GainKey, ordered, slice_of

from .showcase import NOW, case, songbird
from .world import World

pytestmark = pytest.mark.django_db

# In Seoul it is already the 21st.
LATE = NOW.replace(hour=16)
TODAY = date(2026, 11, 20)
BOUNDS = [29, 30, 31, 60, 61, 90, 91, 180, 181, 400]

CASES = st.tuples(
    st.sampled_from(["KRW", "USD", "CHF"]),
    st.one_of(st.sampled_from([0, 1, 300, 9_900, 9_901]), st.integers(0, 10**12)),
    st.one_of(st.sampled_from(BOUNDS), st.integers(-3, 1200)),
)


def lay(drawn: list[tuple[str, int, int]]) -> None:
    """Cases of these currencies, sums and ages in days, with their chance kept."""
    seller = merchant("hypothesis")
    for number, (currency, minor, days) in enumerate(drawn):
        person = Customer.objects.create(merchant=seller, reference=f"g-{number}")
        DefaultCase.objects.create(
            merchant=seller,
            customer=person,
            currency=currency,
            state="open",
            claimed_minor=minor,
            oldest_due_on=TODAY - timedelta(days=days),
            opened_at=NOW,
        )
    services.keep_chances(now=NOW)


def pages(cases, *, limit: int, backwards: bool = False) -> list[list[DefaultCase]]:
    order, found = ByGain(now=NOW), []
    place = str(GainKey("ZZZ", 0, 1)) if backwards else ""
    while True:
        given_place = {"before" if backwards else "after": place}
        rows, (before, after) = slice_of(
            cases, order, limit=limit, **{"after": "", "before": ""} | given_place
        )
        found.append(rows)
        place = before if backwards else after
        if not place:
            return found[::-1] if backwards else found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CASES, min_size=1, max_size=14), st.integers(1, 5))
def test_the_order_of_the_database_is_the_order_of_the_rule_page_by_page(drawn, limit) -> None:
    with transaction.atomic():
        lay(drawn)
        cases, order = DefaultCase.objects.all(), ByGain(now=NOW)
        by_rule = sorted(
            cases,
            key=lambda one: (
                one.currency,
                -one.claimed_minor * chance_at((TODAY - one.oldest_due_on).days),
                one.pk,
            ),
        )
        assert list(ordered(cases, order)) == by_rule
        for backwards in (False, True):
            assert [one for page in pages(cases, limit=limit, backwards=backwards) for one in page] == by_rule
        nets = [
            (
                one.currency,
                -gain_of(
                    amount_minor=one.claimed_minor,
                    currency=one.currency,
                    days=(TODAY - one.oldest_due_on).days,
                ).net_minor,
            )
            for one in by_rule
        ]
        assert nets == sorted(nets)
        assert [order.gain(one).chance for one in by_rule] == [
            chance_at((TODAY - one.oldest_due_on).days) for one in by_rule
        ]
        transaction.set_rollback(True)


@pytest.mark.parametrize("days", [-5, 0, *BOUNDS])
def test_the_chance_in_sql_is_the_chance_of_the_rule(days) -> None:
    with connection.cursor() as cursor:
        dates = {"due_on": TODAY - timedelta(days=days), "today": TODAY}
        cursor.execute(f"SELECT {chance_sql('%(due_on)s::date', '%(today)s::date')}", dates)
        assert cursor.fetchone() == (chance_at(days),)


@pytest.mark.parametrize(("due_on", "chance"), [("2026-11-05", 500), ("2026-09-26", 300), ("2025-01-01", 40)])
def test_a_case_opens_with_the_chance_of_its_age(due_on, chance) -> None:
    world = World()
    world.owes("ord-1", due_on=due_on)
    world.tick()
    assert DefaultCase.objects.get().chance == chance


def test_what_is_paid_lowers_what_a_case_is_expected_to_bring_at_once() -> None:
    world = World()
    world.owes("ord-1", 9_900)
    world.tick()
    before = DefaultCase.objects.get()
    world.says("payment.paid", "ord-1", amount=4_000)
    world.tick()
    after = DefaultCase.objects.get()
    assert (before.gain_rank, after.gain_rank) == (-9_900 * before.chance, -5_900 * after.chance)


def test_a_case_falls_to_the_next_chance_on_its_merchants_calendar() -> None:
    seller = songbird()
    made = case(seller, 0, since=TODAY - timedelta(days=30))
    assert (services.keep_chances(now=NOW), services.keep_chances(now=LATE)) == (0, 1)
    made.refresh_from_db()
    assert made.chance == 300
    assert services.keep_chances(now=LATE) == 0


def test_closed_cases_are_not_looked_at_again() -> None:
    made = case(songbird(), 0, since=TODAY - timedelta(days=400))
    DefaultCase.objects.filter(pk=made.pk).update(state="closed", outcome="cured", closed_at=NOW)
    assert services.keep_chances(now=NOW) == 0


def test_a_claim_beyond_all_measure_still_has_a_place() -> None:
    made = case(songbird(), 0)
    DefaultCase.objects.filter(pk=made.pk).update(claimed_minor=2**63 - 1)
    made.refresh_from_db()
    assert made.gain_rank == -(10**15) * made.chance


@pytest.mark.parametrize(
    "place", ["KRW", "KRW.1", "KRW.-1.2", "KRW.1.x", "KR.1.2", "원화원.1.2", "KRW.1." + "9" * 30]
)
def test_a_place_that_is_none_is_no_place(place) -> None:
    assert ByGain(now=NOW).read(place) is None


def test_money_that_bounces_opens_a_case_with_its_chance() -> None:
    world = World()
    world.owes("ord-1", due_on="2026-08-27")
    world.tick()
    world.pays("ord-1")
    world.tick()
    world.says("payment.reversed", "ord-1", amount=9_900, reason="chargeback")
    world.tick()
    assert DefaultCase.objects.live().get().chance == 180
