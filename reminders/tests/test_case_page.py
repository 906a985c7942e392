from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.tests.factories import merchant
from common import clock
from defaults.models import CaseEvent, Hold
from defaults.services.holds import claim_paid, place_hold
from defaults.tests.showcase import NOW, case, closed_case, pay, songbird, staff
from reminders.tests.showcase import refused, sent

pytestmark = pytest.mark.django_db


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


def titles(page) -> list[str]:
    return [line.title for line in page.context["lines"]]


def test_somebody_elses_case_looks_like_none(desk) -> None:
    foreign = case(merchant("papercut", name="Papercut"), 1)
    theirs, none = (desk.get(f"/case/{number}/") for number in (foreign.number, "AM-999999"))
    assert theirs.status_code == none.status_code == 404
    assert theirs.content == none.content


@pytest.mark.parametrize("number", ["AM-1", "AM-", "am-000001", "AM-000001x", "１", "AM-" + "9" * 18])
def test_a_number_that_is_none_is_not_found(desk, number) -> None:
    assert desk.get(f"/case/{number}/").status_code == 404


def test_the_timeline_tells_money_messages_staff_and_customer_newest_first(desk, seller) -> None:
    made = case(seller, 0)
    sent(made)
    claim_paid(case_id=made.pk, actor="customer", now=NOW - timedelta(hours=2))
    desk.post(f"/case/{made.number}/note/", {"text": "Called the bank."})
    page = desk.get(f"/case/{made.number}/")
    assert titles(page)[:2] == ["Note", "Says it is paid"]
    assert {"Reminder by e-mail", "Charged ₩9,900"} <= set(titles(page))


@pytest.mark.parametrize(("show", "title"), [("money", "Charged ₩9,900"), ("messages", "Reminder by e-mail")])
def test_a_filter_shows_one_kind(desk, seller, show, title) -> None:
    made = case(seller, 0)
    sent(made)
    assert titles(desk.get(f"/case/{made.number}/", {"show": show})) == [title]


def test_a_message_is_shown_as_sent_with_policy_and_step(desk, seller) -> None:
    made = case(seller, 0)
    sent(made, body="결제가 확인되지 않았습니다.\n감사합니다.")
    page = desk.get(f"/case/{made.number}/").content.decode()
    for shown in (
        "결제가 확인되지 않았습니다.",
        "r•••@example.com",
        "Standard ladder v1, step reminder-1",
        "delivered",
    ):
        assert shown in page


def test_why_nobody_was_contacted_names_every_rule_with_verdict_and_source(desk, seller) -> None:
    made = case(seller, 0)
    refused(made)
    page = desk.get(f"/case/{made.number}/")
    rules = page.context["why"]["rules"]
    assert [rule["word"] for rule in rules if rule["id"] == "KR-NIGHT"] == ["not yet"]
    assert all(rule["source"] and rule["title"] for rule in rules)
    assert "Next lawful minute" in page.content.decode()


def test_money_that_came_is_seen_before_the_case_is_looked_at_again(desk, seller) -> None:
    made = case(seller, 0)
    pay(made)
    page = desk.get(f"/case/{made.number}/")
    assert page.context["claimed"] == "₩0"
    assert "Paid ₩9,900" in titles(page)


def test_a_note_is_kept_with_its_author(desk, seller) -> None:
    made = case(seller, 0)
    assert desk.post(f"/case/{made.number}/note/", {"text": " Called. "}).status_code == 302
    kept = CaseEvent.objects.get(case=made, kind="note")
    assert (kept.actor, kept.reason) == ("staff:mina", "Called.")


def test_an_empty_note_is_refused_in_words(desk, seller) -> None:
    made = case(seller, 0)
    assert "A note needs words." in desk.post(f"/case/{made.number}/note/", {"text": " "}).content.decode()
    assert not CaseEvent.objects.filter(kind="note").exists()


def test_a_hold_runs_to_the_end_of_its_last_day_where_staff_are(desk, seller) -> None:
    made = case(seller, 0)
    desk.post(
        f"/case/{made.number}/hold/",
        {"reason": "hardship", "until": "2026-11-30", "version": made.version, "text": "lost the job"},
    )
    placed = Hold.objects.get(case=made)
    assert (placed.reason, placed.note, placed.placed_by) == ("hardship", "lost the job", "staff:mina")
    assert placed.until == datetime(2026, 11, 30, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": "because"},
        {"reason": "dispute"},
        {"until": "2026-02-30"},
        {"until": "2026-11-01"},
        {"version": "0"},
    ],
)
def test_a_hold_that_cannot_be_is_refused_and_the_words_are_kept(desk, seller, fields) -> None:
    made = case(seller, 0)
    asked = {"reason": "staff", "version": made.version, "text": "my words"} | fields
    page = desk.post(f"/case/{made.number}/hold/", asked)
    assert not Hold.objects.exists()
    assert page.context["error"]
    assert "my words" in page.content.decode()


def test_a_closed_case_cannot_be_held(desk, seller) -> None:
    ended = closed_case(seller, 0)
    desk.post(f"/case/{ended.number}/hold/", {"reason": "staff", "version": ended.version})
    assert not Hold.objects.exists()


def test_a_hold_is_ended_once_and_only_through_its_own_case(desk, seller) -> None:
    made, other = case(seller, 0), case(seller, 1)
    placed = place_hold(case_id=made.pk, reason="staff", actor="staff:mina", now=NOW - timedelta(hours=1))
    desk.post(f"/case/{other.number}/hold/{placed.pk}/end/")
    assert Hold.objects.get().ended_at is None
    desk.post(f"/case/{made.number}/hold/{placed.pk}/end/")
    assert (Hold.objects.get().ended_at, Hold.objects.get().ended_by) == (NOW, "staff:mina")


@pytest.mark.parametrize("act", ["note", "hold", "hold/1/end"])
def test_nobody_acts_on_somebody_elses_case_nor_by_get(desk, act) -> None:
    foreign = case(merchant("papercut"), 1)
    assert desk.post(f"/case/{foreign.number}/{act}/", {"text": "x", "reason": "staff"}).status_code == 404
    assert desk.get(f"/case/{foreign.number}/{act}/").status_code == 405
    assert not CaseEvent.objects.filter(kind__in=["note", "held"]).exists()


def test_the_customers_other_cases_stand_beside(desk, seller) -> None:
    made = case(seller, 0)
    before = closed_case(seller, 1)
    type(before).objects.filter(pk=before.pk).update(customer=made.customer)
    assert [other["number"] for other in desk.get(f"/case/{made.number}/").context["others"]] == [
        before.number
    ]


def test_the_number_of_queries_does_not_grow_with_what_happened(
    desk, seller, django_assert_max_num_queries
) -> None:
    made = case(seller, 0)
    sent(made)
    refused(made)
    with django_assert_max_num_queries(46) as few:
        desk.get(f"/case/{made.number}/")
    for number in range(2, 6):
        sent(made, step=f"reminder-{number}")
        refused(made)
        desk.post(f"/case/{made.number}/note/", {"text": f"note {number}"})
    with django_assert_max_num_queries(46) as many:
        desk.get(f"/case/{made.number}/")
    assert len(few) == len(many)
