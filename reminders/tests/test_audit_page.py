"""The audit log: who sees which entries, how they are narrowed, and whether a history is whole."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent
from accounts.services.audit import note
from accounts.tests.factories import merchant
from common import clock
from defaults.services.chain_check import check_history
from defaults.services.desk import add_note, claim_case
from defaults.services.holds import claim_paid, place_hold
from defaults.tests.showcase import NOW, case, songbird, staff
from reminders.reports import audit as report

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller():
    return songbird()


@pytest.fixture(autouse=True)
def at_noon(monkeypatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def desk(seller, role: str, name: str = "mina") -> Client:
    client = Client()
    client.force_login(staff(name, role=role, merchants=(seller,) if role != "admin" else ()))
    return client


def wrote(made, words: str, *, by: str = "mina", ago: int = 0) -> None:
    add_note(case_id=made.pk, text=words, actor=f"staff:{by}", now=NOW - timedelta(minutes=ago))


def noted(kind: str, *, by: str = "mina", ago: int = 0, **fields) -> AuditEvent:
    return note(actor=f"staff:{by}", kind=kind, now=NOW - timedelta(minutes=ago), **fields)


def told(client: Client, **asked) -> list[tuple[str, str]]:
    return [(line["who"], line["reason"]) for line in client.get("/audit/", asked).context["lines"]]


def test_acts_on_cases_looks_and_settings_are_one_list_newest_first(seller) -> None:
    made = case(seller, 0)
    wrote(made, "first", ago=9)
    noted("detail_shown", reason="second", merchant_id=seller.pk, customer_id=made.customer_id, ago=6)
    wrote(made, "third", ago=3)
    noted("setting_changed", reason="fourth", merchant_id=seller.pk)
    claim_paid(case_id=made.pk, actor="customer", now=NOW)
    assert [reason for _, reason in told(desk(seller, "compliance"))] == [
        "fourth",
        "third",
        "second",
        "first",
    ]


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("agent", ["own"]),
        ("lead", ["own", "colleague's", "looked"]),
        ("compliance", ["own", "colleague's", "looked"]),
        ("admin", ["own", "colleague's", "looked", "of all", "foreign", "foreign look"]),
    ],
)
def test_an_agent_sees_own_acts_others_their_merchants_an_admin_all(seller, role, seen) -> None:
    made, foreign = case(seller, 0), case(merchant("papercut"), 1)
    wrote(made, "own", ago=1)
    wrote(made, "colleague's", by="joon", ago=2)
    noted(
        "detail_shown", by="joon", reason="looked", merchant_id=seller.pk, customer_id=made.customer_id, ago=3
    )
    noted("setting_changed", by="boss", reason="of all", ago=4)
    wrote(foreign, "foreign", by="joon", ago=5)
    noted("exported", by="joon", reason="foreign look", merchant_id=foreign.merchant_id, ago=6)
    assert [reason for _, reason in told(desk(seller, role))] == seen


def test_filters_narrow_the_list_and_what_is_unknown_matches_nothing(seller) -> None:
    made, other = case(seller, 0), case(seller, 1)
    wrote(made, "a", ago=60 * 48)
    wrote(other, "b", by="joon")
    noted("detail_shown", reason="c", merchant_id=seller.pk, customer_id=made.customer_id)
    client = desk(seller, "compliance")
    for asked, seen in (
        ({"who": "joon"}, ["b"]),
        ({"kind": "detail_shown"}, ["c"]),
        ({"case": made.number}, ["c", "a"]),
        ({"case": made.number.lower()}, ["c", "a"]),
        ({"customer": str(other.customer_id)}, ["b"]),
        ({"merchant": "songbird"}, ["c", "b", "a"]),
        ({"merchant": "papercut"}, []),
        ({"since": "2026-11-20"}, ["c", "b"]),
        ({"until": "2026-11-18"}, ["a"]),
        ({"since": "not a day"}, ["c", "b", "a"]),
        ({"case": "AM-999999"}, []),
        ({"customer": "12x"}, []),
        ({"who": "joon", "kind": "detail_shown"}, []),
    ):
        assert [reason for _, reason in told(client, **asked)] == seen, asked


@pytest.mark.parametrize("asked", ["case", "customer"])
def test_a_filter_opens_nothing_of_another_merchant(seller, asked) -> None:
    foreign = case(merchant("papercut", name="Papercut"), 1)
    wrote(foreign, "theirs")
    noted("detail_shown", reason="theirs", merchant_id=foreign.merchant_id, customer_id=foreign.customer_id)
    value = foreign.number if asked == "case" else str(foreign.customer_id)
    page = desk(seller, "compliance").get("/audit/", {asked: value, "verify": "1"})
    assert page.context["lines"] == []
    assert page.context["verdict"] is None
    assert "Papercut" not in page.content.decode()
    assert foreign.customer.name not in page.content.decode()


def test_pages_follow_each_other_without_gap_or_repeat_also_within_one_instant(seller) -> None:
    made = case(seller, 0)
    for number in range(60):
        wrote(made, f"note {number}")
        noted("detail_shown", reason=f"look {number}", merchant_id=seller.pk, customer_id=made.customer_id)
    client, seen, address = desk(seller, "lead"), [], ""
    while address is not None:
        page = client.get("/audit/" + address)
        seen += [line["reason"] for line in page.context["lines"]]
        address = page.context["later"] or None
    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize(
    "place", ["x", "2026-11-20", "2026-11-20T00:00:00,0,1", "2026-11-20T00:00:00+00:00,7,1", ",,"]
)
def test_a_place_that_is_none_is_the_start(place) -> None:
    assert report.read_place(place) is None


def test_before_and_after_stand_as_a_difference(seller) -> None:
    made = case(seller, 0)
    person = staff("joon", first_name="Joon", last_name="Im", merchants=(seller,))
    claim_case(case_id=made.pk, user_id=person.pk, actor="staff:joon", now=NOW - timedelta(minutes=2))
    noted(
        "setting_changed", what="Merchant Songbird", before={"time_zone": "UTC"}, after={"time_zone": "Asia/Seoul"},
        merchant_id=seller.pk,
    )  # fmt: skip
    lines = desk(seller, "compliance").get("/audit/").context["lines"]
    assert [line["changes"] for line in lines] == [
        [("time zone", "UTC", "Asia/Seoul")],
        [("Owner", "", "joon")],
    ]


def test_an_entry_leads_to_its_case_and_customer(seller) -> None:
    made = case(seller, 0)
    place_hold(case_id=made.pk, reason="hardship", actor="staff:mina", now=NOW)
    page = desk(seller, "agent").get("/audit/").content.decode()
    assert f"/case/{made.number}/" in page
    assert f"/customer/{made.customer_id}/" in page


def test_a_whole_history_is_said_to_be_whole(seller) -> None:
    made = case(seller, 0)
    wrote(made, "한글과 “quotes”")
    made.refresh_from_db()
    assert check_history(made).broken_at is None
    page = desk(seller, "lead").get("/audit/", {"case": made.number, "verify": "1"})
    assert "All 2 entries stand as they were written" in page.content.decode()


@pytest.mark.parametrize(
    ("damage", "broken_at"),
    [
        ("UPDATE defaults_caseevent SET reason = 'another' WHERE seq = 2", 2),
        ("UPDATE defaults_caseevent SET digest = decode(repeat('00', 32), 'hex') WHERE seq = 1", 1),
        ("DELETE FROM defaults_caseevent WHERE seq = 2", 2),
        ("DELETE FROM defaults_caseevent WHERE seq = 3", 3),
    ],
)
def test_a_history_that_was_altered_behind_our_back_is_found(seller, damage, broken_at) -> None:
    made = case(seller, 0)
    wrote(made, "two")
    wrote(made, "three")
    made.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE defaults_caseevent DISABLE TRIGGER history_is_append_only")
        cursor.execute(damage)
        cursor.execute("ALTER TABLE defaults_caseevent ENABLE TRIGGER history_is_append_only")
    assert check_history(made).broken_at == broken_at
    page = desk(seller, "lead").get("/audit/", {"case": made.number, "verify": "1"}).content.decode()
    assert f"Entry {broken_at} is missing or is not what was sealed" in page


def test_the_log_costs_the_same_queries_however_long(seller, django_assert_max_num_queries) -> None:
    client = desk(seller, "compliance")
    wrote(case(seller, 0), "one")
    noted("detail_shown", reason="two", merchant_id=seller.pk, customer_id=case(seller, 1).customer_id)
    client.get("/audit/")  # The number in the bar is remembered from here on.
    with django_assert_max_num_queries(12) as few:
        client.get("/audit/")
    for number in range(2, 6):
        made = case(seller, number)
        wrote(made, "more")
        noted("detail_shown", reason="more", merchant_id=seller.pk, customer_id=made.customer_id)
    with django_assert_max_num_queries(12) as many:
        client.get("/audit/")
    assert len(few) == len(many)


def test_reading_the_log_changes_nothing(seller) -> None:
    case(seller, 0)
    client = desk(seller, "admin")
    assert client.post("/audit/").status_code == 405
    client.get("/audit/")
    assert not AuditEvent.objects.exists()
