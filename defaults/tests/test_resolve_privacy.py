import re
from datetime import timedelta

import pytest

from accounts.services import record_events
from accounts.tests.factories import due
from common import clock
from defaults.models import DefaultCase
from defaults.services import open_cases

from .showcase import NOW, songbird
from .visiting import Customer, phone_end

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_worlds_instant")]
PERSON = {
    "reference": "canary-person-77",
    "name": "Canary Kim",
    "email": "canary.kim@example.org",
    "phone": "+821077318842",
    "birth_date": "1977-03-09",
    "locale": "en",
}
CANARIES = [
    "canary-person-77", "Canary Kim", "canary.kim@example.org", "77318842", "8842", "1977", "canary item", "canary-ord",
    "canary product", "canary words", "canary reason", "canary wish",
]  # fmt: skip
ACTS = ["pay", "offer", "date", "instalments", "paid", "dispute", "cannot", "change", "change-offer", "preferences",
        "stop", "messages-again", "messages", "you"]  # fmt: skip
TOKEN = re.compile(r"[\w-]{30,}")


@pytest.fixture
def owed() -> DefaultCase:
    told = due(
        "canary-ord-1",
        customer=PERSON,
        description="canary item",
        product="canary product",
        due_on="2026-10-01",
    )
    record_events(merchant_id=songbird().pk, events=[told], now=NOW)
    open_cases(now=NOW)
    return DefaultCase.objects.get()


@pytest.fixture
def customer(owed) -> Customer:
    visitor = Customer(owed)
    visitor.agree("dispute", reason="not_mine", text="canary words")
    visitor.agree("cannot", reason="illness", text="canary reason")
    visitor.agree("change", text="canary wish")
    return visitor


def every_page(customer: Customer) -> list[str]:
    """What anybody with the link can be shown: pages, receipts, wrong forms, documents."""
    paths = [customer.address(), *(customer.address(act) for act in ACTS)]
    paths += [customer.address(act, "done") for act in ACTS]
    paths += [
        customer.address("papers", f"{name}.pdf")[:-1] for name in ("statement", "certificate", "receipt-1")
    ]
    paths += ["/r/nothing/", "/r/new-link/", f"/r/{customer.link}/"]
    shown = [customer.browser.get(path, {"lang": "en"}, follow=True) for path in paths]
    shown += [customer.send(act, confirm="yes") for act in ACTS]
    shown += [
        customer.send("you", phone="0000", year="1900"),
        customer.browser.post(customer.address("stop")),
    ]
    # A random token holds any four digits now and then.
    return [TOKEN.sub("…", answer.content.decode() + str(answer.headers)) for answer in shown]


def test_no_page_and_no_error_tells_who_it_is_before_the_second_factor(customer) -> None:
    pages = every_page(customer)
    assert [(canary, page[:300]) for page in pages for canary in CANARIES if canary in page] == []


def test_the_same_words_are_there_for_who_is_known(customer, monkeypatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=1))
    customer.send("you", phone=phone_end(customer.case), year="1977")
    assert "canary item" in customer.see()


def test_the_cookie_tells_nothing_of_the_customer(customer) -> None:
    value = customer.browser.cookies[f"amends_{customer.case.number}"].value
    assert not [canary for canary in CANARIES if canary in value]
