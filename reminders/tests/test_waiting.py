"""The number beside the approvals in the bar: what waits for this person, and nothing else."""

import re

import pytest
from django.core.cache import cache

from common import clock
from defaults.models import Approval
from defaults.tests.showcase import admin, staff
from reminders.models import PublishRequest

from .acting import worker
from .policy_desk import client_of, ladder, lead
from .world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(monkeypatch) -> World:
    cache.clear()
    world = World()
    monkeypatch.setattr(clock, "now", lambda: world.now)
    return world


@pytest.fixture
def asked(world) -> list[int]:
    """Two write-offs that mina, an agent, may not do alone."""
    agent = worker("agent", world.merchant, "mina")
    for number in (1, 2):
        agent.act(world.debtor(number), "write-off", reason="No address left.")
    return list(Approval.objects.values_list("pk", flat=True))


def number_in(page) -> int:
    """The number in the bar; 0 where none stands there."""
    link = re.search(r'href="/approvals/"[^>]*>(.*?)</a>', page.content.decode(), re.DOTALL)
    found = re.search(r"\d+", link[1])
    return int(found[0]) if found else 0


def test_a_lead_sees_on_every_page_how_many_acts_wait(world, asked) -> None:
    jo = lead(world.merchant, name="jo")
    assert [number_in(jo.get(path)) for path in ("/queue/", "/runs/", "/approvals/")] == [2, 2, 2]


def test_who_decides_nothing_sees_no_number(world, asked) -> None:
    assert number_in(client_of(staff("ann", merchants=(world.merchant,))).get("/queue/")) == 0


def test_what_one_asked_for_oneself_waits_for_another(world, asked) -> None:
    jo = lead(world.merchant, name="jo")
    Approval.objects.filter(pk=asked[0]).update(asked_by="staff:jo")
    assert number_in(jo.get("/queue/")) == 1


def test_another_merchants_acts_are_not_counted(asked) -> None:
    assert number_in(lead(World().merchant, name="olga").get("/queue/")) == 0


def test_a_decision_is_seen_at_once(world, asked) -> None:
    jo = lead(world.merchant, name="jo")
    assert number_in(jo.get("/queue/")) == 2
    jo.post(f"/approvals/{asked[0]}/refuse/", {"comment": "Not yet.", "back": "case"})
    assert number_in(jo.get("/queue/")) == 1


def test_the_number_equals_what_the_page_lists_for_this_person(world, asked) -> None:
    ladder(world.merchant)
    PublishRequest.objects.create(
        version=ladder(None, slug="everybody"), asked_by="staff:mina", asked_at=world.now, reason="Softer.", edition=1
    )  # fmt: skip
    for person in (lead(world.merchant, name="jo"), client_of(admin())):
        page = person.get("/approvals/")
        grantable = [line for line in page.context["policies"] if line["may_grant"]]
        assert number_in(page) == len(page.context["mine"]) + len(grantable)
    assert number_in(page) == 3
