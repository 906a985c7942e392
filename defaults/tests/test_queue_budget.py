"""The queue's budget of queries, and the lists by holds, whichever way the database goes about them."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils.http import urlencode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.services.names import read_names
from accounts.tests.factories import merchant
from common import clock
from defaults.models import DefaultCase, Hold
from defaults.reports.queue import COUNT_LIMIT, VIEWS, counts, view_of
from defaults.reports.queue_holds import held, not_held

from .showcase import NOW, case, songbird, staff

pytestmark = pytest.mark.django_db

MOST_QUERIES = 10
# Whether many have the name, and who has it.
FOR_A_NAME = 2


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    cache.clear()


@pytest.fixture
def seller():
    return songbird()


@pytest.fixture
def desk(seller, monkeypatch) -> Client:
    """An agent of that merchant and another one, signed in, at the world's instant."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client = Client()
    client.force_login(staff(merchants=(seller, merchant("papercut"))))
    return client


@pytest.mark.parametrize(
    "asked",
    [
        *({"view": view} for view in VIEWS),
        {"order": "gain"},
        {"view": "closed", "order": "gain"},
        {"after": "2026-10-01.1"},
        {"before": "KRW.1.1", "order": "gain"},
        {"q": "이도윤"},
        {"q": "AM-0000"},
        {"q": "ord-7-7", "order": "gain"},
        {"q": "reader@example.com", "view": "held"},
        {
            "state": "open",
            "bucket": "31-60",
            "amount": "1000",
            "assignee": "none",
            "hold": "none",
            "disputed": "no",
            "q": "이",
        },
    ],
    ids=lambda asked: urlencode(asked),
)
def test_a_list_takes_at_most_ten_queries_and_two_for_a_name_however_long_it_is(
    desk, seller, django_assert_max_num_queries, asked
) -> None:
    most = MOST_QUERIES + FOR_A_NAME * asked.get("q", "").isalpha()
    case(seller, 1)
    read_names()
    with django_assert_max_num_queries(most) as few:
        desk.get("/queue/", asked)
    for number in range(2, 9):
        case(seller, number, items=2)
    read_names()
    cache.clear()
    with django_assert_max_num_queries(most) as many:
        desk.get("/queue/", asked)
    assert len(many) <= len(few) + 2, "rows bring their holds and promises, once for all"


HOLD = st.fixed_dictionaries({
    "reason": st.sampled_from(["staff", "dispute"]),
    "starts_at": st.sampled_from([NOW - timedelta(hours=1), NOW, NOW + timedelta(hours=1)]),
    "until": st.sampled_from([None, NOW, NOW + timedelta(hours=1)]),
    "ended_at": st.sampled_from([None, None, NOW]),
})  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.lists(st.tuples(st.sampled_from([0, 1]), st.booleans(), HOLD), max_size=5))
def test_held_and_not_held_are_each_case_once_and_together_all(drawn) -> None:
    with transaction.atomic():
        seller = merchant("hypothesis")
        made = [case(seller, number) for number in (1, 2)]
        for place, is_wide, fields in drawn:
            one = made[place]
            Hold.objects.create(
                customer=one.customer, case=None if is_wide else one, placed_by="system", **fields
            )
        cases = DefaultCase.objects.filter(merchant=seller)
        for reason in ("", "staff", "dispute"):
            running = Hold.objects.running(NOW).filter(**{"reason": reason} if reason else {})
            wanted = set(running.values_list("customer_id", flat=True))
            found = list(held(cases, now=NOW, reason=reason))
            assert sorted(one.pk for one in found) == [one.pk for one in made if one.customer_id in wanted]
        rest, resting = not_held(cases, now=NOW), held(cases, now=NOW)
        assert sorted(one.pk for one in [*rest, *resting]) == [one.pk for one in made]
        transaction.set_rollback(True)


def test_every_number_is_the_rows_of_its_view_in_one_query(seller, django_assert_num_queries) -> None:
    person = staff(merchants=(seller,))
    own, wide = case(seller, 1, assignee=person, needs_staff=True), case(seller, 2, state="promised")
    case(seller, 3, next_review_at=NOW)
    Hold.objects.create(customer=own.customer, case=own, reason="dispute", placed_by="x", starts_at=NOW)
    Hold.objects.create(customer=wide.customer, reason="staff", placed_by="x", starts_at=NOW)
    asked = {"merchant_ids": [seller.pk], "user_id": person.pk, "now": NOW}
    with django_assert_num_queries(1):
        numbers = counts(**asked)
    ids = asked.pop("merchant_ids")
    assert numbers == {view: view_of(view, ids, **asked)[: COUNT_LIMIT + 1].count() for view in VIEWS}
    assert numbers["disputed"] == 1
