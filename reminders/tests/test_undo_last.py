"""The key z: what this person did last, wherever it was, and never over what others have changed since."""

import json

import pytest
from django.core.cache import cache
from django.test import Client

from common import clock
from defaults.models import DefaultCase
from defaults.services.desk import add_note, claim_case
from defaults.tests.showcase import NOW, case, songbird, staff

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
    client = Client(headers={"HX-Request": "true"})
    client.force_login(staff(merchants=(seller,)))
    return client


def act(client: Client, made: DefaultCase, action: str, **given) -> dict:
    made.refresh_from_db()
    return told(client.post(f"/case/{made.number}/act/{action}/", {"version": made.version, **given}))


def undo(client: Client) -> dict:
    return told(client.post("/undo/"))


def told(answer) -> dict:
    assert answer.status_code == 204
    return json.loads(answer["HX-Trigger"])


def kinds(made: DefaultCase) -> list[str]:
    return list(made.events.order_by("seq").values_list("kind", flat=True))


def test_the_latest_act_is_undone_and_then_the_one_before(mina, cases) -> None:
    assert act(mina, cases[0], "hold", reason="staff")["undoable"] == {"seconds": 60}
    act(mina, cases[1], "hold", reason="hardship")
    assert cases[1].number in undo(mina)["said"]
    assert cases[0].number in undo(mina)["said"]
    assert "You did nothing" in undo(mina)["said"]


def test_a_note_stays(mina, cases) -> None:
    act(mina, cases[0], "hold", reason="staff")
    act(mina, cases[1], "note", text="Called.")
    assert "stays in the history" in undo(mina)["said"]
    assert "undone" not in kinds(cases[0])


def test_what_somebody_else_changed_since_is_named_and_left(mina, cases, seller) -> None:
    mina.post("/queue/claim/", {"number": cases[0].number})
    joon = staff("joon", merchants=(seller,))
    claim_case(case_id=cases[0].pk, user_id=joon.pk, now=NOW, actor="staff:joon")
    assert "joon (Taken over)" in undo(mina)["said"]
    cases[0].refresh_from_db()
    assert cases[0].assignee == joon


def test_a_note_of_somebody_else_is_no_hindrance(mina, cases) -> None:
    act(mina, cases[0], "hold", reason="staff")
    add_note(case_id=cases[0].pk, text="Seen.", now=NOW, actor="staff:joon")
    assert "Undone" in undo(mina)["said"]


def test_nobody_undoes_what_another_did_last(mina, cases, seller) -> None:
    act(mina, cases[0], "hold", reason="staff")
    other = Client(headers={"HX-Request": "true"})
    other.force_login(staff("joon", merchants=(seller,)))
    assert "You did nothing" in undo(other)["said"]


def test_a_case_closed_by_it_goes_on_in_a_linked_one(mina, cases, seller) -> None:
    lead = Client(headers={"HX-Request": "true"})
    lead.force_login(staff("jo", role="lead", merchants=(seller,)))
    assert act(lead, cases[0], "write-off", reason="Gone.")["closed"] == cases[0].number
    assert undo(lead)["goes-on"] == DefaultCase.objects.get(previous_case=cases[0]).number


def test_acts_done_together_are_undone_together(mina, cases) -> None:
    given = {"number": [one.number for one in cases], "action": "claim"}
    mina.post("/queue/bulk/claim/", given)
    assert undo(mina)["said"] == "Undone: 3 cases."
    assert [kinds(one)[-1] for one in cases] == ["undone"] * 3
