import re
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import ContactPreference
from defaults.models import DefaultCase, ResolutionLink
from defaults.services.links import create_link, revoke_links

from .showcase import NOW, case, closed_case, pay, songbird
from .visiting import FORM, SITE, Customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_worlds_instant")]

# Their rows are written by the tests' own bookkeeping.
_NOT_OURS = ("django_migrations",)


@pytest.fixture
def owed() -> DefaultCase:
    return case(songbird(), 0, items=2)


@pytest.fixture
def address(owed) -> str:
    return f"/r/{create_link(case_id=owed.pk, now=NOW)}/"


def everything_stored() -> str:
    """A digest over every row of every table."""
    with connection.cursor() as cursor:
        names = [name for name in connection.introspection.table_names() if name not in _NOT_OURS]
        rows = " UNION ALL ".join(f"SELECT '{name}' || t::text AS r FROM {name} t" for name in names)
        cursor.execute(f"SELECT md5(string_agg(r, '|' ORDER BY r)) FROM ({rows}) x")
        return cursor.fetchone()[0]


def test_the_link_leads_to_a_page_without_it(client, owed, address) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer["Location"]) == (303, f"/r/case/{owed.number}/")
    assert client.get(answer["Location"]).status_code == 200


def test_the_cookie_is_short_and_nothing_but_a_browser_reads_it(client, owed, address) -> None:
    cookie = client.get(address).cookies[f"amends_{owed.number}"]
    assert (cookie["max-age"], cookie["path"], cookie["samesite"]) == (1800, "/r/", "Lax")
    assert cookie["httponly"]
    assert address.split("/")[2] not in cookie.value


def test_in_production_the_cookie_travels_encrypted_only(client, owed, address, settings) -> None:
    settings.PRODUCTION = True
    assert client.get(address).cookies[f"amends_{owed.number}"]["secure"]


def test_the_page_shows_merchant_live_amount_due_date_and_reference(owed) -> None:
    page = Customer(owed).see()
    for shown in ("Songbird", "₩21,000", "November 1, 2026", owed.number):
        assert shown in page


def test_the_amount_is_live_before_the_case_has_been_looked_at_again(owed) -> None:
    customer = Customer(owed)
    pay(owed)
    page = customer.see()
    assert "Nothing is open here" in page
    assert "It is paid" in page


@pytest.mark.parametrize(
    ("outcome", "said"), [("cured", "It is paid"), ("written_off", "This has been closed")]
)
def test_a_closed_case_asks_for_nothing(outcome, said) -> None:
    page = Customer(closed_case(songbird(), 1, outcome=outcome)).see()
    assert said in page
    assert "/pay/" not in page


def test_a_hundred_openings_by_a_scanner_change_no_row_and_leave_the_link_good(client, owed, address) -> None:
    paths = [address, f"/r/case/{owed.number}/"]
    paths += [
        f"/r/case/{owed.number}/{act}/" for act in ("date", "paid", "stop", "dispute", "you", "you/code")
    ]
    client.get(address)
    before = everything_stored()
    for number in range(100):
        path = paths[number % len(paths)]
        assert (client.get if number % 3 else client.head)(path).status_code in (200, 303)
    assert everything_stored() == before
    assert client.get(address).status_code == 303


def test_a_revoked_link_ends_the_visit_it_began(owed) -> None:
    customer = Customer(owed)
    revoke_links(case_id=owed.pk, now=NOW)
    assert customer.browser.get(customer.address()).status_code == 404


@pytest.mark.parametrize("cookie", ["", "x", "[1,0]:1abc:def"])
def test_without_the_cookie_the_page_is_the_one_of_a_wrong_link(client, owed, address, cookie) -> None:
    client.cookies[f"amends_{owed.number}"] = cookie
    wrong = client.get("/r/nothing/")
    answer = client.get(f"/r/case/{owed.number}/")
    assert (answer.status_code, answer.content) == (404, wrong.content)


def test_the_cookie_of_one_case_opens_no_other(owed) -> None:
    customer, other = Customer(owed), case(owed.merchant, 1)
    value = customer.browser.cookies[f"amends_{owed.number}"].value
    customer.browser.cookies[f"amends_{other.number}"] = value
    assert customer.browser.get(f"/r/case/{other.number}/").status_code == 404


def test_neither_page_may_be_kept_indexed_or_tell_where_it_came_from(client, owed, address) -> None:
    paths = [
        address,
        f"/r/case/{owed.number}/",
        f"/r/case/{owed.number}/date/",
        "/r/nothing/",
        "/r/new-link/",
    ]
    for answer in [client.get(path) for path in paths]:
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
        assert "unsafe" not in answer["Content-Security-Policy"]


def test_a_page_and_its_style_together_stay_under_twenty_kilobytes(owed, settings) -> None:
    customer = Customer(owed, language="ko")
    style = (settings.BASE_DIR / "static" / "public.css").read_bytes()
    for names in ((), ("date",), ("dispute",), ("cannot",), ("you",)):
        assert len(customer.see(*names).encode()) + len(style) <= 20_000


def test_no_page_needs_a_script(owed) -> None:
    customer = Customer(owed)
    assert not [
        names for names in ((), ("date",), ("dispute",), ("paid",)) if "<script" in customer.see(*names)
    ]


@pytest.mark.parametrize(
    "headers", [{}, {"origin": "https://evil.example"}, {"origin": "null", "sec-fetch-site": "cross-site"}]
)
def test_a_form_from_elsewhere_changes_nothing(owed, headers) -> None:
    customer = Customer(owed)
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', customer.see("stop"))[1] if headers else ""
    body = f"confirm=yes&csrfmiddlewaretoken={token}"
    before = everything_stored()
    answer = customer.browser.post(customer.address("stop"), body, content_type=FORM, headers=headers)
    assert answer.status_code == 403
    assert everything_stored() == before


def test_the_same_form_from_the_page_itself_is_taken(owed) -> None:
    customer = Customer(owed)
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', customer.see("stop"))[1]
    body = f"confirm=yes&csrfmiddlewaretoken={token}"
    customer.browser.post(customer.address("stop"), body, content_type=FORM, headers=SITE)
    assert ContactPreference.objects.get(customer=owed.customer).stopped_at == NOW


def test_the_language_is_the_customers_unless_another_is_asked_for(client, owed, address) -> None:
    client.get(address)
    page = f"/r/case/{owed.number}/"
    assert '<html lang="ko">' in client.get(page, headers={"accept-language": "en"}).content.decode()
    assert '<html lang="en">' in client.get(page, {"lang": "en"}).content.decode()
    assert client.get(page, {"lang": "../../etc"}).status_code == 200


def test_following_a_link_leaves_it_as_it_was(client, owed, address) -> None:
    client.get(address)
    link = ResolutionLink.objects.get(case=owed)
    assert (link.revoked_at, link.tries_left, link.expires_at) == (None, 5, NOW + timedelta(days=30))


def test_the_number_of_queries_does_not_grow_with_the_items(django_assert_max_num_queries) -> None:
    seller = songbird()
    for customer in (Customer(case(seller, 0)), Customer(case(seller, 1, items=30))):
        with django_assert_max_num_queries(14):
            customer.see()
