"""Several acts under one name: shown first, then done wholly or not at all, case by case."""

import json

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client

from common import clock
from defaults.models import CaseEvent, DefaultCase
from defaults.tests.showcase import NOW, admin, case, songbird, staff
from defaults.tests.world import kinds
from reminders.admin.macros import MacroForm
from reminders.models import Job, Macro
from reminders.services.jobs import ask_undo
from reminders.services.macros import args_of

from .bulking import Bulk, rows_of

pytestmark = pytest.mark.django_db
STEPS = [
    {"action": "note", "args": {"text": "Called, will pay."}},
    {"action": "claim", "args": {}},
    {"action": "promise", "args": {"on": {"in_days": 7}}},
]


@pytest.fixture
def will_pay() -> Macro:
    return Macro.objects.create(name="Will pay", steps=STEPS)


@pytest.fixture
def cases(monkeypatch) -> list[DefaultCase]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    cache.clear()
    seller = songbird()
    return [case(seller, number) for number in (5, 4)]


@pytest.fixture
def mina(cases) -> Client:
    staff(merchants=(cases[0].merchant,))
    client = Client(headers={"HX-Request": "true"})
    client.login(username="mina", password="correct-horse-battery")
    return client


def test_its_acts_are_done_in_their_order(will_pay) -> None:
    shop = Bulk(2)
    job = shop.bulk("macro", **args_of(will_pay))
    assert rows_of(job) == [("done", "")] * 2
    assert kinds(shop.cases[0])[-4:-1] == ["note", "claimed", "promised"]


def test_all_of_it_is_done_to_a_case_or_nothing(will_pay) -> None:
    shop = Bulk(2)
    shop.bulk("promise", cases=DefaultCase.objects.filter(pk=shop.cases[0].pk), on="2026-12-24")
    job = shop.bulk("macro", **args_of(will_pay))
    assert rows_of(job) == [("refused", "already_promised"), ("done", "")]
    assert "note" not in kinds(shop.cases[0])


def test_what_needs_a_second_person_is_not_done_by_a_macro() -> None:
    shop = Bulk(1)
    steps = [STEPS[0], {"action": "write-off", "args": {"reason": "Gone."}}]
    job = shop.bulk("macro", **args_of(Macro(pk=1, name="x", steps=steps)))
    assert rows_of(job) == [("refused", "needs_approval_alone")]
    assert kinds(shop.cases[0]) == ["opened"]


def test_it_is_undone_but_for_its_note(will_pay) -> None:
    shop = Bulk(1)
    job = shop.bulk("macro", **args_of(will_pay))
    ask_undo(job=job, maker=shop.asker().maker)
    assert rows_of(shop.work(job)) == [("undone", "")]
    made = DefaultCase.objects.get()
    assert (made.assignee, made.state, made.promises.get().state) == (None, "open", "void")
    assert made.events.filter(kind="note").exists()


def test_its_effects_are_shown_first_and_nothing_is_done(mina, cases, will_pay) -> None:
    before = CaseEvent.objects.count()
    page = mina.get(f"/case/{cases[0].number}/dialog/macro/").content.decode()
    for words in ("Keep the note: “Called, will pay.”", "Payment date promised: Nov 27", "1 Done"):
        assert words in page
    assert CaseEvent.objects.count() == before


def test_it_is_done_to_one_case_and_to_many_through_the_same_door(mina, cases, will_pay) -> None:
    answer = mina.post("/queue/bulk/macro/", {"macro": will_pay.pk, "number": [one.number for one in cases]})
    assert json.loads(answer["HX-Trigger"])["said"] == "Will pay: 2 done"
    assert DefaultCase.objects.filter(state="promised").count() == 2
    assert Job.objects.get().args["steps"] == STEPS


def test_a_strangers_macro_is_not_there(mina, cases) -> None:
    other = Macro.objects.create(name="Theirs", steps=STEPS, merchant=Bulk(1, agent="bo").merchant)
    assert "Theirs" not in mina.get("/queue/bulk/macro/", {"all": "1"}).content.decode()
    assert mina.post("/queue/bulk/macro/", {"macro": other.pk, "all": "1"}).status_code == 404


@pytest.mark.parametrize(
    "steps",
    [
        [], {}, "note", [1], [{"action": "note"}], [{"action": "undo", "args": {}}],
        [{"action": "note", "args": {}}], [{"action": "note", "args": [1]}],
        [{"action": "waive", "args": {"amount": 5, "reason": "x"}}], STEPS * 3,
    ],
)  # fmt: skip
def test_a_macro_that_could_do_nothing_is_not_kept(steps) -> None:
    form = MacroForm({"name": "x", "steps": json.dumps(steps), "is_active": True})
    assert not form.is_valid()
    assert "steps" in form.errors


def test_a_macro_is_made_in_the_settings(cases) -> None:
    client = Client()
    client.force_login(admin())
    client.post(
        "/admin/reminders/macro/add/", {"name": "Will pay", "steps": json.dumps(STEPS), "is_active": "on"}
    )
    assert Macro.objects.get().steps == STEPS


def test_names_are_told_apart(will_pay) -> None:
    with pytest.raises(ValidationError):
        Macro(name="Will pay", steps=STEPS).full_clean()
