import threading
from datetime import timedelta

import pytest
from django.db import connection

from common import clock
from defaults.models import CaseEvent, DefaultCase, ResolutionLink
from defaults.services.links import code_of, create_link
from defaults.services.second_factor import try_facts

from .showcase import ITEMS, NOW, case, songbird
from .visiting import BIRTH_YEAR, Customer, is_born, phone_end

pytestmark = pytest.mark.usefixtures("at_the_worlds_instant")


@pytest.fixture
def owed(db) -> DefaultCase:
    made = case(songbird(), 0, items=2)
    is_born(made)
    return made


@pytest.fixture
def customer(owed) -> Customer:
    return Customer(owed)


def link_of(owed: DefaultCase) -> ResolutionLink:
    return ResolutionLink.objects.get(case=owed)


def test_phone_and_birth_year_show_items_and_documents(customer) -> None:
    customer.shows_who_they_are()
    page = customer.see()
    assert ITEMS[0] in page
    assert "statement.pdf" in page


@pytest.mark.parametrize(
    ("phone", "year"), [("", ""), (None, "1991"), ("9999", BIRTH_YEAR), ("９９９９", "x")]
)
def test_one_wrong_of_the_two_shows_nothing_and_costs_a_try(owed, customer, phone, year) -> None:
    said = {"phone": phone_end(owed) if phone is None else phone, "year": year}
    page = customer.send("you", **said).content.decode()
    assert "4 tries left" in page
    assert ITEMS[0] not in customer.see()


def test_after_five_tries_the_right_answer_is_not_heard_and_a_code_is_offered(owed, customer) -> None:
    for _ in range(5):
        customer.send("you", phone="9999", year="1900")
    page = customer.send("you", phone=phone_end(owed), year=BIRTH_YEAR).content.decode()
    assert "Send me a code" in page
    assert 'name="phone"' not in page
    assert link_of(owed).tries_left == 0


def test_a_code_is_told_by_the_history_and_opens(owed, customer) -> None:
    page = customer.send("you", "code").content.decode()
    assert "A code is on its way" in page
    assert CaseEvent.objects.get(case=owed, kind="code_asked").data == {"link": link_of(owed).pk}
    customer.send("you", code=code_of(link_of(owed)))
    assert ITEMS[0] in customer.see()


def test_a_code_opens_once(owed, customer) -> None:
    customer.send("you", "code")
    code = code_of(link_of(owed))
    customer.send("you", code=code)
    other = Customer.__new__(Customer)
    other.__dict__ |= customer.__dict__
    other.browser = type(customer.browser)(enforce_csrf_checks=True)
    other.browser.get(f"/r/{customer.link}/")
    assert "does not match" in other.send("you", code=code).content.decode()


def test_five_wrong_codes_use_a_code_up(owed, customer) -> None:
    customer.send("you", "code")
    right = code_of(link_of(owed))
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        customer.send("you", code=wrong)
    customer.send("you", code=right)
    assert ITEMS[0] not in customer.see()


def test_a_code_is_good_for_ten_minutes(owed, customer, monkeypatch) -> None:
    customer.send("you", "code")
    code = code_of(link_of(owed))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=10))
    customer.send("you", code=code)
    assert ITEMS[0] not in customer.see()


def test_codes_cannot_be_asked_for_in_a_row(owed, customer, monkeypatch) -> None:
    customer.send("you", "code")
    customer.send("you", "code")
    assert CaseEvent.objects.filter(kind="code_asked").count() == 1
    for minute in range(2, 20, 2):
        monkeypatch.setattr(clock, "now", lambda minute=minute: NOW + timedelta(minutes=minute))
        customer.send("you", "code")
    assert CaseEvent.objects.filter(kind="code_asked").count() == 5


def test_without_a_birth_date_only_a_code_is_offered(db) -> None:
    page = Customer(case(songbird(), 0)).see("you")
    assert "Send me a code" in page
    assert 'name="year"' not in page


def test_where_nothing_is_known_a_person_is_named(owed, customer) -> None:
    owed.customer.contact_points.all().delete()
    page = customer.see("you")
    assert "We cannot check this here. Please ask: Songbird 고객센터 02-555-0199" in page


def test_being_known_lasts_half_an_hour(customer, monkeypatch) -> None:
    customer.shows_who_they_are()
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=29))
    assert ITEMS[0] in customer.see()
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=30))
    assert ITEMS[0] not in customer.see()


def test_being_known_on_one_case_is_nothing_on_another(owed, customer) -> None:
    customer.shows_who_they_are()
    other = case(owed.merchant, 1)
    customer.browser.get(f"/r/{create_link(case_id=other.pk, now=NOW)}/")
    page = customer.browser.get(f"/r/case/{other.number}/", {"lang": "en"}).content.decode()
    assert "You show first that it is you." in page


@pytest.mark.django_db(transaction=True)
def test_tries_in_parallel_are_counted_one_by_one() -> None:
    owed = case(songbird(), 0)
    is_born(owed)
    create_link(case_id=owed.pk, now=NOW)
    link, heard = link_of(owed), []

    def attempt(number: int) -> None:
        heard.append(try_facts(link_id=link.pk, phone_end=f"{number:04d}", birth_year="1900"))
        connection.close()

    threads = [threading.Thread(target=attempt, args=[number]) for number in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert heard == [False] * 8
    assert link_of(owed).tries_left == 0
