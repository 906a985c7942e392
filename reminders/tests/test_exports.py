"""Lists taken away: exactly what is filtered, in the viewer's words and zone, quick, and written down."""

import csv
import io

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent, Customer, Merchant
from accounts.tests.factories import merchant
from common import clock
from defaults.tests.showcase import NOW, case, songbird, staff
from reminders.models import Job
from reminders.views.queue_table import CHUNK

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(monkeypatch) -> Merchant:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    cache.clear()
    return songbird()


def client_of(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def lead(seller) -> Client:
    return client_of(staff("jo", role="lead", merchants=(seller,)))


def rows(answer) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def test_the_rows_of_the_list_stand_in_its_order(lead, seller) -> None:
    cases = [case(seller, number) for number in (7, 9, 8)]
    case(seller, 3, state="promised")
    case(merchant("blackbird"), 1)
    found = rows(lead.post("/queue/csv/?view=open&state=open"))
    assert [row["Case"] for row in found] == [cases[place].number for place in (1, 2, 0)]
    first = found[0]
    assert (first["Amount"], first["Currency"], first["Due"]) == ("9900", "KRW", "2026-09-17")
    assert first["Next review (Asia/Seoul)"] == "2026-11-20 22:00"


def test_the_order_by_gain_has_its_gain(lead, seller) -> None:
    case(seller, 7)
    (row,) = rows(lead.post("/queue/csv/?order=gain"))
    assert int(row["Expected gain"]) < 9900


def test_it_speaks_the_viewers_language(seller) -> None:
    case(seller, 7)
    client = client_of(staff("bo", role="lead", merchants=(seller,), language="ko"))
    client.cookies["django_language"] = "ko"
    (row,) = rows(client.post("/queue/csv/"))
    assert {"케이스", "고객", "금액"} & row.keys()


def test_a_formula_in_a_name_is_text(lead, seller) -> None:
    Customer.objects.filter(pk=case(seller, 7).customer_id).update(name="=1+1")
    (row,) = rows(lead.post("/queue/csv/"))
    assert row["Customer"] == "'=1+1"


def test_an_agent_says_what_it_is_for(seller) -> None:
    case(seller, 7)
    client = client_of(staff(merchants=(seller,)))
    for answer in (client.get("/queue/csv/"), client.post("/queue/csv/", {"reason": "  "})):
        assert "What is it for?" in answer.content.decode()
    assert AuditEvent.objects.count() == 0
    assert len(rows(client.post("/queue/csv/", {"reason": "Month-end"}))) == 1
    note = AuditEvent.objects.get()
    assert (note.actor, note.kind, note.reason, note.merchant) == (
        "staff:mina",
        "exported",
        "Month-end",
        seller,
    )


def test_what_a_lead_takes_is_written_down_too(lead, seller) -> None:
    case(seller, 7)
    lead.post("/queue/csv/?view=open")
    assert AuditEvent.objects.get().what == "queue ?view=open"


def test_to_look_takes_nothing_away(lead, seller) -> None:
    case(seller, 7)
    assert "text/html" in lead.get("/queue/csv/")["Content-Type"]
    assert AuditEvent.objects.count() == 0


def test_the_results_of_a_job_are_taken_away_as_they_are_filtered(lead, seller) -> None:
    made = case(seller, 7)
    lead.post("/queue/bulk/note/", {"number": made.number, "action": "note", "text": "Seen."})
    job = Job.objects.get()
    (row,) = rows(lead.post(f"/jobs/{job.pk}/csv/?outcome=all"))
    assert (row["Case"], row["Result"]) == (made.number, "Done")
    assert rows(lead.post(f"/jobs/{job.pk}/csv/?outcome=failed")) == []


@pytest.mark.parametrize("order", ["due", "gain"])
def test_many_rows_cost_few_queries_and_each_stands_once(
    lead, seller, django_assert_max_num_queries, order
) -> None:
    case(seller, 1)
    many(seller, 2 * CHUNK)
    with django_assert_max_num_queries(20):
        found = rows(lead.post(f"/queue/csv/?order={order}"))
    assert len({row["Case"] for row in found}) == len(found) == 2 * CHUNK + 1


def many(seller: Merchant, number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_CUSTOMERS, [seller.pk, number])
        cursor.execute(_CASES)
        cursor.execute("ANALYZE")


_CUSTOMERS = """
INSERT INTO accounts_customer (merchant_id, reference, name, locale, time_zone, jurisdiction, stamps, created_at)
SELECT %s, 'x-' || n, '김서연 ' || n, 'ko', 'Asia/Seoul', '', '{}', now() FROM generate_series(1, %s) AS n
"""
_CASES = """
INSERT INTO defaults_defaultcase
       (merchant_id, customer_id, currency, state, claimed_minor, oldest_due_on, opened_at, next_review_at)
SELECT merchant_id, id, 'KRW', 'open', 9900, '2026-10-01', now(), now() FROM accounts_customer WHERE reference LIKE 'x-%'
"""
