"""A call repeated under its `Idempotency-Key`: one effect, one answer, for thirty days. Shown on `POST /runs/`."""

import threading
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import OperationalError, connection, transaction

from accounts.models import IdempotentCall, Merchant, User
from accounts.services.answered import KEPT_FOR, Call, forget_answers
from accounts.tests.api_client import key_of, problem, staff
from accounts.tests.factories import NOW, merchant

pytestmark = pytest.mark.django_db
# A later stage's, which this one must not import.
Run = apps.get_model("reminders", "Run")
KEY = {"Idempotency-Key": "one-call"}
DRY = {"dry_run": True, "merchant": "songbird"}


@pytest.fixture
def lead(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)
    return staff("lead", merchant())


def test_the_same_call_has_one_effect_and_the_same_answer(lead) -> None:
    first, again = (lead.post("runs/", DRY, **KEY) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.content == again.content
    assert first["Location"] == again["Location"]
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert Run.objects.count() == 1


def test_without_a_key_every_call_counts(lead) -> None:
    lead.post("runs/", DRY), lead.post("runs/", DRY)
    assert Run.objects.count() == 2


def test_another_body_under_the_same_key_is_refused(lead) -> None:
    lead.post("runs/", DRY, **KEY)
    answer = lead.post("runs/", DRY | {"dry_run": False}, **KEY)
    assert problem(answer) == (422, "idempotency_key_reused")
    assert Run.objects.count() == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "x" * 256, "a\tb"])
def test_a_key_is_visible_ascii(lead, key: str) -> None:
    assert problem(lead.post("runs/", DRY, **{"Idempotency-Key": key})) == (400, "invalid_idempotency_key")
    assert not Run.objects.exists()


def test_a_refusal_is_remembered_too(lead) -> None:
    unknown = {"merchant": "nobody", "dry_run": True}
    first, again = (lead.post("runs/", unknown, **KEY) for _ in range(2))
    assert first.status_code == again.status_code == 422
    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"


def test_what_failed_on_our_side_is_tried_again(lead, monkeypatch) -> None:
    def away(**_):
        raise OperationalError("the database went away")

    with monkeypatch.context() as broken:
        broken.setattr("reminders.api.runs.start_run", away)
        assert lead.post("runs/", DRY, **KEY).status_code == 503
    assert not IdempotentCall.objects.exists()
    assert lead.post("runs/", DRY, **KEY).status_code == 202


def test_a_wrong_key_is_not_remembered(lead) -> None:
    stranger = key_of(merchant("papercut"))
    stranger.client.defaults["HTTP_AUTHORIZATION"] = "Bearer am_live_nonsense"
    assert stranger.post("runs/", DRY, **KEY).status_code == 401
    assert not IdempotentCall.objects.exists()


def test_a_key_belongs_to_its_holder(lead) -> None:
    lead.post("runs/", DRY, **KEY)
    other = staff("lead", Merchant.objects.get())
    assert "Idempotent-Replayed" not in other.post("runs/", DRY, **KEY)
    assert Run.objects.count() == 2


def test_after_thirty_days_the_key_is_free_again(lead, monkeypatch) -> None:
    lead.post("runs/", DRY, **KEY)
    monkeypatch.setattr("common.clock.now", lambda: NOW + KEPT_FOR + timedelta(seconds=1))
    assert "Idempotent-Replayed" not in lead.post("runs/", DRY, **KEY)
    assert Run.objects.count() == 2


def test_old_answers_are_deleted_and_young_ones_kept(lead) -> None:
    lead.post("runs/", DRY, **KEY)
    assert forget_answers(now=NOW + KEPT_FOR) == 0
    assert forget_answers(now=NOW + KEPT_FOR + timedelta(seconds=1)) == 1


def test_the_answer_rests_sealed(lead) -> None:
    answer = lead.post("runs/", DRY, **KEY)
    assert answer.content not in bytes(IdempotentCall.objects.get().body)


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_have_one_effect(lead) -> None:
    answers, ready = [], threading.Barrier(50)

    def call() -> None:
        ready.wait(30)
        answers.append(lead.post("runs/", DRY, **KEY))
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    statuses = [answer.status_code for answer in answers]
    assert Run.objects.count() == 1
    assert set(statuses) <= {202, 409}
    assert len({answer.content for answer in answers if answer.status_code == 202}) == 1
    assert {problem(answer)[1] for answer in answers if answer.status_code == 409} <= {
        "idempotency_key_in_use"
    }


@pytest.mark.django_db(transaction=True)
def test_while_the_first_call_runs_the_second_is_told_so(lead) -> None:
    holder = f"staff:{User.objects.get(role='lead').pk}"
    holds, let_go = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            assert Call(holder, "POST /api/v1/runs/", "one-call").take_lock()
            holds.set()
            let_go.wait(30)
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    holds.wait(10)
    answer = lead.post("runs/", DRY, **KEY)
    let_go.set()
    thread.join(10)
    assert problem(answer) == (409, "idempotency_key_in_use")
    assert answer["Retry-After"] == "1"
