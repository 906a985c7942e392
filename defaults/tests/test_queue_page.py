from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.tests.factories import merchant
from common import clock
from defaults.models import Hold
from defaults.reports import queue as report
from defaults.reports import queue_page

from .showcase import NOW, case, closed_case, phone, songbird, staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    cache.clear()


@pytest.fixture
def seller():
    return songbird()


@pytest.fixture
def desk(seller, monkeypatch) -> Client:
    """An agent of that merchant, signed in, at the world's instant."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client = Client()
    client.force_login(staff(merchants=(seller,)))
    return client


def numbers(page) -> list[str]:
    return [row.number for row in page.context["rows"]]


def test_the_first_page_leads_to_the_queue_and_a_stranger_to_the_sign_in(client) -> None:
    assert client.get("/").url == "/queue/"
    assert client.get("/queue/").url == "/sign-in/?next=/queue/"


def test_the_longest_overdue_case_stands_first(desk, seller) -> None:
    later, sooner = case(seller, 1), case(seller, 3)
    assert numbers(desk.get("/queue/")) == [sooner.number, later.number]


def test_somebody_elses_cases_are_neither_listed_nor_counted_nor_found(desk) -> None:
    foreign = case(merchant("papercut", name="Papercut"), 1)
    page = desk.get("/queue/", {"q": foreign.number})
    assert numbers(page) == []
    assert {tab["count"] for tab in page.context["views"]} == {"0"}


@pytest.mark.parametrize(
    ("view", "fields"),
    [
        ("due", {"next_review_at": NOW - timedelta(minutes=1)}),
        ("staff", {"needs_staff": True}),
        ("promised", {"state": "promised"}),
        ("promised", {"state": "in_plan"}),
    ],
)
def test_a_view_lists_what_it_is_named_for_and_its_count_agrees(desk, seller, view, fields) -> None:
    case(seller, 1)
    wanted = case(seller, 2, **fields)
    page = desk.get("/queue/", {"view": view})
    assert numbers(page) == [wanted.number]
    assert [tab["count"] for tab in page.context["views"] if tab["is_current"]] == ["1"]


def test_held_lists_cases_whose_own_or_whose_customers_hold_runs(desk, seller) -> None:
    own, wide, over, free = (case(seller, number) for number in (4, 3, 2, 1))
    since = {"reason": "staff", "placed_by": "staff:mina", "starts_at": NOW - timedelta(days=1)}
    Hold.objects.create(customer=own.customer, case=own, **since)
    Hold.objects.create(customer=wide.customer, **since)
    Hold.objects.create(customer=over.customer, case=over, until=NOW, **since)
    assert numbers(desk.get("/queue/", {"view": "held"})) == [own.number, wide.number]
    assert free.number in numbers(desk.get("/queue/"))


def test_closed_cases_are_in_their_own_view_only(desk, seller) -> None:
    ended = closed_case(seller, 1)
    assert numbers(desk.get("/queue/")) == []
    assert numbers(desk.get("/queue/", {"view": "closed"})) == [ended.number]


def test_pages_follow_each_other_without_gap_or_repeat_also_backwards(desk, seller, monkeypatch) -> None:
    monkeypatch.setattr(queue_page, "PAGE", 2)
    every = [case(seller, number).number for number in (5, 4, 3, 2, 1)]
    first = desk.get("/queue/")
    second = desk.get("/queue/" + first.context["later"])
    third = desk.get("/queue/" + second.context["later"])
    assert [numbers(first), numbers(second), numbers(third)] == [every[:2], every[2:4], every[4:]]
    assert (first.context["earlier"], third.context["later"]) == ("", "")
    assert numbers(desk.get("/queue/" + third.context["earlier"])) == every[2:4]


@pytest.mark.parametrize(
    "text",
    [
        "{case.number}",
        "{case.customer.reference}",
        "{reference}",
        "이도윤",
        "도윤",
        "READER{case.merchant_id}.1@example.com",
        "{phone}",
    ],
)
def test_a_case_is_found_by_number_reference_name_and_exact_address(desk, seller, text) -> None:
    case(seller, 2)
    wanted = case(seller, 1)
    text = text.format(case=wanted, phone=phone(seller, 1), reference=f"ord-{seller.pk}-1-0")
    assert numbers(desk.get("/queue/", {"q": text})) == [wanted.number]


@pytest.mark.parametrize(
    "text", ["reader@example", "\x00", "AM-99999999999999999999", "%", "'; --", "가" * 300]
)
def test_a_search_for_nothing_sensible_finds_nothing_and_says_where_to_look(desk, seller, text) -> None:
    case(seller, 1)
    page = desk.get("/queue/", {"q": text})
    assert page.status_code == 200
    if text.strip("\x00"):
        assert numbers(page) == []
        assert b"Clear the search" in page.content


@pytest.mark.parametrize(
    "place", ["", "x", "2026-13-01.1", "2026-11-01.-1", "2026-11-01.９", "2026-11-01.9" + "9" * 30]
)
def test_a_place_that_is_none_does_no_harm(desk, seller, place) -> None:
    case(seller, 1)
    assert desk.get("/queue/", {"after": place}).status_code == 200


def test_counts_stop_at_the_limit(desk, seller, monkeypatch) -> None:
    monkeypatch.setattr(report, "COUNT_LIMIT", 2)
    for number in (1, 2, 3):
        case(seller, number)
    assert desk.get("/queue/").context["views"][0]["count"] == "2+"


def test_the_number_of_queries_is_at_most_ten_and_does_not_grow_with_rows(
    desk, seller, django_assert_max_num_queries
) -> None:
    case(seller, 1)
    with django_assert_max_num_queries(10) as few:
        desk.get("/queue/")
    for number in range(2, 12):
        case(seller, number, items=3)
    cache.clear()
    with django_assert_max_num_queries(10) as many:
        desk.get("/queue/")
    assert len(few) == len(many)


def test_each_empty_view_says_what_it_waits_for(desk, seller) -> None:
    said = {desk.get("/queue/", {"view": view}).context["empty"] for view in report.VIEWS}
    assert len(said) == len(report.VIEWS)


def test_the_language_of_the_person_is_the_language_of_the_page(desk, seller) -> None:
    assert b"All open" in desk.get("/queue/").content
    desk.post("/language/", {"language": "ko", "next": "/queue/"})
    page = desk.get("/queue/")
    assert '<html lang="ko"' in page.content.decode()
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_moved_clock_is_announced_on_every_page(desk, seller, settings, tmp_path) -> None:
    assert b"Rehearsal" not in desk.get("/queue/").content
    settings.AMENDS_REHEARSAL, settings.AMENDS_CLOCK_FILE = True, str(tmp_path / "clock")
    assert b"Rehearsal" in desk.get("/queue/").content
