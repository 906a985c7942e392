"""Taking the next case: never the same one to two people."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import Customer, Merchant
from accounts.tests.api_client import Caller, key_of, problem, staff
from accounts.tests.factories import merchant
from defaults.models import CaseEvent, DefaultCase, Hold
from defaults.services.history import Entry, append
from defaults.tests.showcase import NOW, case, closed_case, songbird

pytestmark = pytest.mark.usefixtures("at_the_worlds_instant")
AGENTS, PRESSES = 8, 25


@pytest.fixture
def seller(db) -> Merchant:
    return songbird()


@pytest.fixture
def agent(seller) -> Caller:
    return staff("agent", seller)


def many_cases(seller: Merchant, number: int) -> None:
    people = Customer.objects.bulk_create(
        Customer(merchant=seller, reference=f"u-{place}") for place in range(number)
    )
    made = DefaultCase.objects.bulk_create(
        DefaultCase(
            merchant=seller, customer=person, currency="KRW", state="open", claimed_minor=9900,
            oldest_due_on=NOW.date() - timedelta(days=30), opened_at=NOW,
        )
        for person in people
    )  # fmt: skip
    append([Entry(case_id=one.pk, kind="opened", at=NOW, actor="system", to_state="open") for one in made])


def press(caller: Caller, times: int) -> list[str]:
    try:
        return [caller.post("cases/next/", {}).json()["number"] for _ in range(times)]
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_12_eight_sessions_pressing_at_once_get_two_hundred_different_cases(settings) -> None:
    settings.AMENDS_RATE_BURST = 1_000
    seller = songbird()
    many_cases(seller, AGENTS * PRESSES)
    callers = [staff("agent", seller) for _ in range(AGENTS)]
    with ThreadPoolExecutor(AGENTS) as pool:
        got = [number for some in pool.map(press, callers, [PRESSES] * AGENTS) for number in some]
    assert (len(got), len(set(got))) == (200, 200)
    assert CaseEvent.objects.filter(kind="claimed").count() == 200
    assert callers[0].post("cases/next/", {}).status_code == 204


def test_the_longest_overdue_free_case_is_given_with_its_version(agent, seller) -> None:
    case(seller, 1)
    wanted = case(seller, 5)
    answer = agent.post("cases/next/", {})
    assert (answer.status_code, answer.json()["number"]) == (200, wanted.number)
    assert answer["ETag"] == f'"{DefaultCase.objects.get(pk=wanted.pk).version}"'


def test_by_gain_a_large_young_debt_comes_before_a_small_old_one(agent, seller) -> None:
    case(seller, 9)
    wanted = case(seller, 1, amount=90_000)
    assert agent.post("cases/next/", {"order": "gain"}).json()["number"] == wanted.number


def test_there_is_none_when_every_case_is_taken_held_closed_or_somebody_elses(agent, seller) -> None:
    closed_case(seller, 1)
    case(seller, 2, state="promised")
    held = case(seller, 3)
    Hold.objects.create(customer=held.customer, reason="staff", placed_by="staff:x", starts_at=NOW)
    case(merchant("papercut", name="Papercut"), 4)
    answer = agent.post("cases/next/", {})
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_repeated_call_with_the_same_key_takes_one_case(agent, seller) -> None:
    case(seller, 1)
    case(seller, 2)
    first = agent.post("cases/next/", {}, **{"Idempotency-Key": "k-1"})
    again = agent.post("cases/next/", {}, **{"Idempotency-Key": "k-1"})
    assert first.json() == again.json()
    assert DefaultCase.objects.filter(assignee__isnull=False).count() == 1


def test_a_merchants_key_takes_no_case(seller) -> None:
    case(seller, 1)
    assert problem(key_of(seller).post("cases/next/", {})) == (403, "staff_only")


def test_an_unknown_order_is_refused(agent) -> None:
    assert problem(agent.post("cases/next/", {"order": "luck"}))[0] == 422
