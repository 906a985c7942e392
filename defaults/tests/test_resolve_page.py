from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client

from accounts.models import ContactPreference
from common import clock
from defaults.models import CaseEvent, DefaultCase, Dispute, Hold, PromiseToPay, ResolutionLink
from defaults.services.links import create_link, revoke_links

from .showcase import NOW, case, closed_case, pay, songbird

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_the_worlds_instant(monkeypatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def owed() -> DefaultCase:
    return case(songbird(), 0, items=2)


@pytest.fixture
def address(owed) -> str:
    return f"/r/{create_link(case_id=owed.pk, now=NOW)}/"


def everything_stored(owed: DefaultCase) -> list:
    """All rows an opened page could have touched, as text."""
    tables = [
        "defaults_defaultcase", "defaults_caseevent", "defaults_hold", "defaults_promisetopay",
        "defaults_dispute", "defaults_resolutionlink", "accounts_contactpreference", "accounts_payment",
        "django_session",
    ]  # fmt: skip
    rows = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
            rows.append(cursor.fetchall())
    return rows


def send(address: str, act: str, **fields):
    """A customer fills in a form: with the page's own cookie and token, origin withheld as `no-referrer` makes it."""
    browser = Client(enforce_csrf_checks=True)
    token = browser.get(address).cookies["csrftoken"].value
    body = urlencode({"act": act, "csrfmiddlewaretoken": token, **fields})
    kind = "application/x-www-form-urlencoded"
    site = {"origin": "null", "sec-fetch-site": "same-origin"}
    return browser.post(address, body, content_type=kind, headers=site, follow=True)


def test_the_page_shows_merchant_live_amount_due_date_and_reference(client, owed, address) -> None:
    page = client.get(address, {"lang": "en"}).content.decode()
    for shown in ("Songbird", "₩21,000", "November 1, 2026", owed.number):
        assert shown in page


def test_the_page_shows_no_personal_data_and_no_item(client, owed, address) -> None:
    page = client.get(address).content.decode()
    customer, items = owed.customer, owed.items.select_related("payment")
    canaries = [customer.name, customer.reference, "example.com", "+8210"]
    canaries += [item.payment.description for item in items] + [item.payment.reference for item in items]
    assert [canary for canary in canaries if canary in page] == []


def test_the_amount_is_live_before_the_case_has_been_looked_at_again(client, owed, address) -> None:
    pay(owed)
    page = client.get(address, {"lang": "en"}).content.decode()
    assert "Nothing is open here" in page
    assert "It is paid" in page


@pytest.mark.parametrize(
    ("outcome", "said"), [("cured", "It is paid"), ("written_off", "This has been closed")]
)
def test_a_closed_case_asks_for_nothing(client, outcome, said) -> None:
    ended = closed_case(songbird(), 1, outcome=outcome)
    page = client.get(f"/r/{create_link(case_id=ended.pk, now=NOW)}/", {"lang": "en"}).content.decode()
    assert said in page
    assert "<form" not in page


def test_a_hundred_openings_change_nothing(client, owed, address) -> None:
    before = everything_stored(owed)
    for _ in range(50):
        assert client.get(address).status_code == 200
        assert client.head(address).status_code == 200
    assert everything_stored(owed) == before


def test_every_link_that_does_not_work_is_answered_alike(client, owed, address) -> None:
    expired = create_link(case_id=owed.pk, now=NOW - timedelta(days=31))
    revoked = create_link(case_id=owed.pk, now=NOW)
    revoke_links(case_id=owed.pk, now=NOW)
    good = address.split("/")[2]
    texts = ["x", good[:-1], good + "A", good.swapcase(), expired, revoked, good, "가나다", "a" * 3000, "%00"]
    answers = [client.get(f"/r/{text}/") for text in texts]
    headers = [{k: v for k, v in answer.items() if k != "X-Request-ID"} for answer in answers]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.content for answer in answers} == {answers[0].content}
    assert all(one == headers[0] for one in headers)
    assert not any(answer.cookies for answer in answers)


def test_neither_page_may_be_kept_indexed_or_tell_where_it_came_from(client, address) -> None:
    for answer in (client.get(address), client.get("/r/nothing/")):
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
        assert "unsafe" not in answer["Content-Security-Policy"]


def test_page_and_style_together_stay_under_twenty_kilobytes(client, address, settings) -> None:
    style = (settings.BASE_DIR / "static" / "app.css").read_bytes()
    assert len(client.get(address, {"lang": "ko"}).content) + len(style) <= 20_000


def test_i_paid_already_is_a_hold_and_the_page_says_what_comes_next(owed, address) -> None:
    page = send(address + "?lang=en", "paid")
    assert Hold.objects.filter(case=owed, reason="claimed_paid", ended_at=None).count() == 1
    assert "We have noted that you already paid" in page.content.decode()


def test_this_is_not_mine_is_a_dispute_with_its_hold(owed, address) -> None:
    page = send(address + "?lang=en", "not-mine", text="I never bought this\x00")
    raised = Dispute.objects.get(case=owed)
    assert (raised.reason, raised.text, raised.hold.ended_at) == ("not_mine", "I never bought this", None)
    assert "We have noted that this is not yours" in page.content.decode()


def test_stop_ends_messages_to_the_customer(owed, address) -> None:
    page = send(address + "?lang=en", "stop")
    assert ContactPreference.objects.get(customer=owed.customer).stopped_at == NOW
    assert "We send you no more messages" in page.content.decode()


def test_a_payment_date_is_a_promise_with_its_hold(owed, address) -> None:
    page = send(address + "?lang=en", "date", on="2026-11-25")
    promised = PromiseToPay.objects.get(case=owed)
    assert (promised.amount_minor, promised.hold.ended_at) == (21_000, None)
    assert "November 25, 2026" in page.content.decode()


@pytest.mark.parametrize("on", ["", "soon", "2026-11-19", "2026-12-21", "2026-02-30", "９９９９-01-01"])
def test_a_date_that_cannot_be_is_refused_with_the_days_that_can(owed, address, on) -> None:
    page = send(address + "?lang=en", "date", on=on).content.decode()
    assert "Choose a day from November 20, 2026 to December 20, 2026." in page
    assert not PromiseToPay.objects.exists()


@pytest.mark.parametrize("act", ["paid", "not-mine", "stop", "date"])
def test_an_answer_given_twice_is_one_answer(owed, address, act) -> None:
    send(address, act, on="2026-11-25")
    before = everything_stored(owed)
    assert send(address, act, on="2026-11-25").status_code == 200
    assert everything_stored(owed) == before


def test_an_answer_that_is_none_changes_nothing(owed, address) -> None:
    before = everything_stored(owed)
    assert send(address, "pay-me").status_code == 200
    assert everything_stored(owed) == before


@pytest.mark.parametrize(
    "headers", [{}, {"origin": "https://evil.example"}, {"origin": "null", "sec-fetch-site": "cross-site"}]
)
def test_a_form_from_elsewhere_changes_nothing(owed, address, headers) -> None:
    before = everything_stored(owed)
    browser = Client(enforce_csrf_checks=True)
    token = browser.get(address).cookies["csrftoken"].value if headers else ""
    answer = browser.post(address, {"act": "stop", "csrfmiddlewaretoken": token}, headers=headers)
    assert answer.status_code == 403
    assert everything_stored(owed) == before


def test_a_post_to_a_closed_case_changes_nothing() -> None:
    ended = closed_case(songbird(), 1)
    other = case(ended.merchant, 0)
    address = f"/r/{create_link(case_id=other.pk, now=NOW)}/"
    browser = Client(enforce_csrf_checks=True)
    token = browser.get(address).cookies["csrftoken"].value
    closed = f"/r/{create_link(case_id=ended.pk, now=NOW)}/"
    assert browser.post(closed, {"act": "stop", "csrfmiddlewaretoken": token}).status_code == 303
    assert not ContactPreference.objects.exists()


def test_the_language_is_the_customers_unless_another_is_asked_for(client, owed, address) -> None:
    assert '<html lang="ko">' in client.get(address, headers={"accept-language": "en"}).content.decode()
    assert '<html lang="en">' in client.get(address, {"lang": "en"}).content.decode()
    assert client.get(address, {"lang": "../../etc"}).status_code == 200


def test_an_answer_is_written_into_the_history_as_the_customers(owed, address) -> None:
    send(address, "paid")
    assert CaseEvent.objects.filter(case=owed, kind="claimed_paid", actor="customer").exists()
    assert ResolutionLink.objects.filter(case=owed, revoked_at=None).exists()
