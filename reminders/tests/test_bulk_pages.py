"""Acts on many cases as pages: what a dialog says, what it does, and that it never reaches further than its viewer."""

import json

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.tests.factories import merchant
from common import clock
from defaults.models import DefaultCase
from defaults.tests.showcase import NOW, admin, case, songbird, staff
from reminders.models import Job, Message
from reminders.services.case_acts import ACTS
from reminders.services.shared_args import SHARED
from reminders.views.bulk_forms import TITLES, titles

from .world import ensure_defaults

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    cache.clear()
    ensure_defaults()
    return songbird()


@pytest.fixture
def cases(seller) -> list[DefaultCase]:
    return [case(seller, number) for number in (5, 4, 3)]


@pytest.fixture
def mina(seller) -> Client:
    return signed_in(staff(merchants=(seller,)))


def signed_in(person) -> Client:
    client = Client(headers={"HX-Request": "true"})
    client.force_login(person)
    return client


def numbers(cases) -> dict:
    return {"number": [one.number for one in cases]}


def told(answer) -> dict:
    return json.loads(answer["HX-Trigger"])


def test_every_act_of_one_case_is_an_act_on_many(seller) -> None:
    assert set(SHARED) == set(ACTS) - {"undo"}
    assert set(titles()) == set(SHARED)


@pytest.mark.parametrize("name", [name for name in TITLES if name != "macro"])
def test_every_dialog_says_how_many_cases_it_is_about(mina, cases, name) -> None:
    page = mina.get(f"/queue/bulk/{name}/", numbers(cases[:2])).content.decode()
    assert "2 cases" in page
    assert "<html" not in page


def test_a_dialog_asked_for_by_itself_is_a_page(mina, cases) -> None:
    page = mina.get("/queue/bulk/note/", numbers(cases), headers={"HX-Request": ""}).content.decode()
    assert "<html" in page


def test_cases_picked_are_acted_on_and_can_be_undone(mina, cases) -> None:
    answer = mina.post("/queue/bulk/claim/", numbers(cases[:2]) | {"action": "claim"})
    assert (answer.status_code, told(answer)["said"]) == (204, "Take them over: 2 done")
    assert DefaultCase.objects.filter(assignee__username="mina").count() == 2
    undone = mina.post(told(answer)["undoable"]["path"])
    assert told(undone)["said"] == "Undone: 2 cases."
    assert DefaultCase.objects.filter(assignee=None).count() == 3


def test_the_whole_list_is_what_its_address_shows(mina, cases) -> None:
    mina.post("/queue/bulk/claim/", numbers(cases[:1]) | {"action": "claim"})
    page = mina.get("/queue/matching/?view=unassigned").content.decode()
    assert "Select all 2 cases in this view" in page
    mina.post("/queue/bulk/note/", {"all": "1", "view": "unassigned", "action": "note", "text": "Seen."})
    assert [one.events.filter(kind="note").count() for one in cases] == [0, 1, 1]
    assert Job.objects.latest("pk").chosen == {"filter": {"view": "unassigned"}}


def test_a_strangers_cases_are_never_reached(mina, cases) -> None:
    other = case(songbird_beside(), 1)
    for chosen in (numbers([other]), {"all": "1"}, {"all": "1", "merchant": other.merchant.slug}):
        mina.post("/queue/bulk/note/", chosen | {"action": "note", "text": "Seen."})
    assert other.events.filter(kind="note").count() == 0


def songbird_beside():
    return merchant("blackbird")


def test_a_strangers_job_is_not_found(mina, cases, seller) -> None:
    mina.post("/queue/bulk/claim/", numbers(cases) | {"action": "claim"})
    job = Job.objects.get()
    stranger = signed_in(staff("bo", merchants=(songbird_beside(),)))
    addresses = [f"/jobs/{job.pk}/", f"/jobs/{job.pk}/csv/"]
    assert {stranger.get(address).status_code for address in addresses} == {404}
    posts = [f"/queue/jobs/{job.pk}/undo/", f"/jobs/{job.pk}/stop/", f"/jobs/{job.pk}/retry/"]
    assert {stranger.post(address).status_code for address in posts} == {404}


def test_what_was_typed_wrongly_is_told_and_kept(mina, cases) -> None:
    page = mina.post(
        "/queue/bulk/offer/",
        numbers(cases) | {"action": "offer", "percent": "120", "expires_on": "2026-12-01"},
    ).content.decode()
    assert 'role="alert"' in page
    assert 'value="120"' in page
    assert Job.objects.count() == 0


def test_what_was_not_done_is_named_with_its_reason(mina, cases) -> None:
    mina.post("/queue/bulk/promise/", numbers(cases[:1]) | {"action": "promise", "on": "2026-11-25"})
    answer = mina.post("/queue/bulk/promise/", numbers(cases) | {"action": "promise", "on": "2026-11-26"})
    page = answer.content.decode()
    assert cases[0].number in page
    assert "A payment date is promised already." in page
    assert told(answer)["said"] == "Payment date promised: 2 done, 1 refused"


def test_reminding_says_first_what_the_rules_will_do(mina, cases) -> None:
    mina.post("/queue/bulk/more/", numbers(cases[:1]) | {"action": "hold", "reason": "hardship"})
    page = mina.get("/queue/bulk/remind/", numbers(cases)).content.decode()
    assert "1 wait" in page or "get nothing" in page
    assert Message.objects.count() == 0


def test_many_cases_go_on_in_the_background(mina, seller, monkeypatch) -> None:
    for number in range(3):
        case(seller, number)
    monkeypatch.setattr("reminders.views.selection.AT_ONCE", 2)
    answer = mina.post("/queue/bulk/claim/", {"all": "1", "action": "claim"})
    job = Job.objects.get()
    assert (answer["HX-Redirect"], job.state) == (f"/jobs/{job.pk}/", "waiting")
    assert 'hx-trigger="every 1s"' in mina.get(f"/jobs/{job.pk}/").content.decode()
    mina.post(f"/jobs/{job.pk}/stop/")
    page = mina.get(f"/jobs/{job.pk}/").content.decode()
    assert 'hx-trigger="every 1s"' not in page.split('id="results"')[0]
    assert "Not begun" in page


def test_the_pages_cost_no_more_for_more_cases(mina, seller, cases, django_assert_max_num_queries) -> None:
    for number in range(11, 31):
        case(seller, number)
    mina.post("/queue/bulk/note/", {"all": "1", "action": "note", "text": "Seen."})
    job = Job.objects.get()
    for address in ("/jobs/", f"/jobs/{job.pk}/?outcome=all", "/queue/bulk/more/?all=1"):
        with django_assert_max_num_queries(12):
            mina.get(address)


def test_an_admin_sees_jobs_of_every_merchant(mina, cases) -> None:
    mina.post("/queue/bulk/claim/", numbers(cases) | {"action": "claim"})
    assert signed_in(admin()).get(f"/jobs/{Job.objects.get().pk}/").status_code == 200
