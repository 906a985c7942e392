"""The list of customers: who is found, what each owes, and nothing of anybody else's."""

import pytest
from django.test import Client

from accounts.models import Customer
from accounts.tests.factories import merchant
from defaults.reports import customers as report
from defaults.tests.showcase import case, closed_case, pay, phone, songbird, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller():
    return songbird()


@pytest.fixture
def desk(seller) -> Client:
    client = Client()
    client.force_login(staff(merchants=(seller,)))
    return client


def names(page) -> list[str]:
    return [row["customer"].name for row in page.context["rows"]]


def test_the_list_tells_what_each_owes_and_how_many_cases_are_open(desk, seller) -> None:
    case(seller, 1, items=2)
    closed_case(seller, 2)
    pay(case(seller, 3))
    rows = desk.get("/customers/").context["rows"]
    assert [(row["customer"].name, row["owed"], row["live"]) for row in rows] == [
        ("이도윤", ["₩21,000"], 1),
        ("Ji-woo Berg", ["₩9,900"], 0),
        ("박하준", [], 1),
    ]


@pytest.mark.parametrize(
    "text", ["윤", "이도", "reader{0}.1@example.com", "{phone}", "u-{0}-1", "ord-{0}-1-0", "{number}"]
)
def test_customers_are_found_by_what_the_queue_finds_them_by(desk, seller, text) -> None:
    found = case(seller, 1)
    case(seller, 2)
    asked = text.format(seller.pk, phone=phone(seller, 1), number=found.number)
    assert names(desk.get("/customers/", {"q": asked})) == ["이도윤"]


@pytest.mark.parametrize("text", ["이도윤", "u-{0}-1", "reader{0}.1@example.com", "{number}"])
def test_nobody_finds_a_customer_of_another_merchant(desk, text) -> None:
    other = merchant("papercut", name="Papercut")
    theirs = case(other, 1)
    page = desk.get("/customers/", {"q": text.format(other.pk, number=theirs.number)})
    assert names(page) == []
    assert "이도윤" not in page.content.decode().replace(f"“{page.context['asked']['q']}”", "").replace(
        f'value="{page.context["asked"]["q"]}"', ""
    )


def test_another_merchant_in_the_address_shows_nothing(desk) -> None:
    case(merchant("papercut"), 1)
    assert names(desk.get("/customers/", {"merchant": "papercut"})) == []


def test_pages_follow_each_other_and_lead_back(desk, seller) -> None:
    Customer.objects.bulk_create(
        Customer(merchant=seller, reference=f"p-{number:03d}", name=f"P{number:03d}") for number in range(120)
    )
    first = desk.get("/customers/")
    second = desk.get("/customers/" + first.context["later"])
    third = desk.get("/customers/" + second.context["later"])
    assert names(first) + names(second) + names(third) == [f"P{number:03d}" for number in range(120)]
    assert (first.context["earlier"], third.context["later"]) == ("", "")
    assert names(desk.get("/customers/" + third.context["earlier"])) == names(second)


@pytest.mark.parametrize("place", ["x", "1", ".", "999999999999999999999.x", "１.a"])
def test_a_place_that_is_none_shows_the_first_page(desk, seller, place) -> None:
    case(seller, 1)
    assert names(desk.get("/customers/", {"after": place})) == ["이도윤"]


def test_the_list_costs_the_same_queries_however_long(seller, django_assert_num_queries) -> None:
    case(seller, 1)
    with django_assert_num_queries(4):
        report.page(Customer.objects.filter(merchant__in=[seller.pk]))
    for number in range(2, 6):
        case(seller, number)
    with django_assert_num_queries(4):
        report.page(Customer.objects.filter(merchant__in=[seller.pk]))


def test_an_empty_list_says_why(desk, seller) -> None:
    assert "Nobody here yet" in desk.get("/customers/").content.decode()
    assert "Nobody matches “zzz”" in desk.get("/customers/", {"q": "zzz"}).content.decode()


def test_who_is_not_signed_in_sees_nothing() -> None:
    assert Client().get("/customers/").status_code == 302
