"""Taking back an act on many cases as a whole: within a minute, and never over what somebody has changed since."""

from datetime import timedelta

import pytest
from django.db import connection

from defaults.models import DefaultCase, PromiseToPay
from defaults.services.acts import Refused
from defaults.services.desk import add_note
from reminders.models import Job, Message
from reminders.services.job_rows import carry_out_next, rights_of
from reminders.services.jobs import ask_undo, seconds_left
from reminders.services.remind import RECALL_SECONDS

from .bulking import Bulk, rows_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Bulk:
    return Bulk()


def undo(shop: Bulk, job: Job, user=None) -> Job:
    ask_undo(job=job, maker=shop.asker(user).maker)
    return shop.work(job)


def age(job: Job, *, seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE reminders_job SET ended_at = clock_timestamp() - %s * interval '1 s' WHERE id = %s",
            [seconds, job.pk],
        )


def test_everything_is_taken_back(shop) -> None:
    job = undo(shop, shop.bulk("promise", on="2026-11-30"))
    assert (rows_of(job), job.state) == ([("undone", "")] * 3, "done")
    assert set(PromiseToPay.objects.values_list("state", flat=True)) == {"void"}


def test_closed_cases_go_on_in_linked_ones(shop) -> None:
    lead = shop.person("jo", "lead")
    undo(shop, shop.bulk("write-off", user=lead, reason="Too small."), lead)
    live = DefaultCase.objects.exclude(state="closed")
    assert sorted(live.values_list("previous_case", flat=True)) == [case.pk for case in shop.cases]


def test_a_row_changed_since_is_named_and_left(shop) -> None:
    job = shop.bulk("promise", on="2026-11-30")
    add_note(case_id=shop.cases[1].pk, text="Called.", now=shop.now, actor="staff:jo")
    undo(shop, job)
    assert rows_of(job) == [("undone", ""), ("kept", "stale_version"), ("undone", "")]
    assert job.rows.get(case=shop.cases[1]).detail == "Changed since: note by staff:jo."
    assert shop.cases[1].promises.get().state == "made"


def test_a_row_that_was_not_changed_is_not_taken_back_to_before_it(shop) -> None:
    shop.bulk("claim", cases=DefaultCase.objects.filter(pk=shop.cases[0].pk))
    job = undo(shop, shop.bulk("claim"))
    assert rows_of(job) == [("done", "unchanged"), ("undone", ""), ("undone", "")]
    assert DefaultCase.objects.get(pk=shop.cases[0].pk).assignee == shop.mina


@pytest.mark.django_db(transaction=True)
def test_messages_that_have_not_left_are_recalled(shop) -> None:
    job = shop.bulk("remind")
    shop.now += timedelta(seconds=RECALL_SECONDS)
    shop.send(limit=1)
    undo(shop, job)
    assert sorted(rows_of(job)) == [("kept", "already_ended"), ("undone", ""), ("undone", "")]
    assert sorted(Message.objects.values_list("state", flat=True)) == ["cancelled", "cancelled", "sent"]


def test_after_a_minute_it_stands(shop) -> None:
    job = shop.bulk("claim")
    assert 55 < seconds_left(job) <= 60
    age(job, seconds=61)
    with pytest.raises(Refused, match="60 seconds"):
        ask_undo(job=job, maker=shop.asker().maker)


def test_the_minute_begins_when_the_last_case_is_done(shop) -> None:
    job = shop.bulk("claim")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE defaults_caseevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE defaults_caseevent SET recorded_at = recorded_at - interval '1 hour'")
        cursor.execute("ALTER TABLE defaults_caseevent ENABLE TRIGGER USER")
    assert rows_of(undo(shop, job)) == [("undone", "")] * 3


def test_it_is_undone_once(shop) -> None:
    job = undo(shop, shop.bulk("claim"))
    with pytest.raises(Refused, match="before"):
        ask_undo(job=job, maker=shop.asker().maker)


def test_a_running_job_is_stopped_and_what_was_done_is_undone(shop) -> None:
    job = shop.ask("claim")
    Job.objects.update(state="running")
    carry_out_next(job, rights_of(job), now=shop.now)
    undo(shop, job)
    assert rows_of(job) == [("undone", ""), ("dropped", ""), ("dropped", "")]


def test_a_note_stays(shop) -> None:
    assert rows_of(undo(shop, shop.bulk("note", text="Seen."))) == [("kept", "append_only")] * 3


def test_only_who_asked_or_a_lead_undoes_it(shop) -> None:
    job = shop.bulk("claim")
    with pytest.raises(Refused, match="lead"):
        ask_undo(job=job, maker=shop.asker(shop.person("bo")).maker)
    assert rows_of(undo(shop, job, shop.person("jo", "lead"))) == [("undone", "")] * 3
