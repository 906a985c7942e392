"""Presence: who looks at which case, told to those who may see that case, and forgotten when the page is gone."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from accounts.tests.factories import merchant
from common import clock
from defaults.models import Presence
from defaults.services.presence import SECONDS, forget_presence
from defaults.tests.showcase import NOW, case, songbird, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return songbird()


def at_desk(name: str, *merchants, **fields) -> Client:
    client = Client(headers={"HX-Request": "true"})
    client.force_login(staff(name, merchants=merchants, first_name=name.title(), **fields))
    return client


def beat(desk: Client, at, *, page: str = "pane", **more):
    return desk.post("/presence/", {"case": at.number, "page": page} | more)


def age(seconds: int) -> None:
    Presence.objects.update(seen_at=F("seen_at") - timedelta(seconds=seconds))


def test_the_line_at_the_case_and_the_dot_in_the_row_name_the_other_person(seller) -> None:
    mina, joon, watched = at_desk("mina", seller), at_desk("joon", seller), case(seller, 1)
    assert beat(mina, watched, row=watched.number).status_code == 204
    news = beat(joon, watched, row=watched.number).content.decode()
    assert "Mina Im is viewing" in news
    assert f'id="at-{watched.number}" hx-swap-oob="true"' in news
    assert "Mina Im is viewing" in joon.get(f"/case/{watched.number}/pane/").content.decode()
    assert "Mina Im is viewing" in joon.get(f"/case/{watched.number}/").content.decode()
    assert "MI" in joon.get("/queue/").content.decode()


def test_nobody_is_told_of_themselves(seller) -> None:
    mina, watched = at_desk("mina", seller), case(seller, 1)
    beat(mina, watched)
    assert beat(mina, watched, row=watched.number).status_code == 204
    assert "is viewing" not in mina.get(f"/case/{watched.number}/").content.decode()


def test_only_news_is_answered(seller) -> None:
    mina, joon, watched = at_desk("mina", seller), at_desk("joon", seller), case(seller, 1)
    beat(mina, watched)
    again = beat(joon, watched, shown="Mina Im is viewing", dotted=watched.number)
    assert again["HX-Reswap"] == "none"
    assert beat(joon, watched, shown="Mina Im is viewing").status_code == 204


def test_who_goes_on_to_another_case_has_left_this_one(seller) -> None:
    mina, joon = at_desk("mina", seller), at_desk("joon", seller)
    first, second = case(seller, 2), case(seller, 1)
    beat(mina, first)
    beat(mina, second)
    news = beat(joon, first, shown="Mina Im is viewing", dotted=first.number, row=second.number)
    assert (
        news.content.decode().count("Mina Im is viewing") == 2
    )  # Title and text of one dot, at the second case.
    assert Presence.objects.filter(user__username="mina").count() == 1


def test_a_page_that_falls_silent_is_gone_by_the_databases_clock(seller) -> None:
    mina, joon, watched = at_desk("mina", seller), at_desk("joon", seller), case(seller, 1)
    beat(mina, watched)
    age(SECONDS - 2)
    assert "Mina" in beat(joon, watched).content.decode()
    age(3)
    assert beat(joon, watched, shown="Mina Im is viewing").content == b""


def test_a_page_that_is_closed_is_gone_at_once(seller) -> None:
    mina, watched = at_desk("mina", seller), case(seller, 1)
    beat(mina, watched)
    other = case(seller, 2)
    mina.post("/presence/left/", {"case": other.number, "page": "pane"})
    assert Presence.objects.count() == 1
    mina.post("/presence/left/", {"case": watched.number, "page": "pane"})
    assert not Presence.objects.exists()


def test_somebody_elses_case_tells_nothing_and_takes_nothing(seller) -> None:
    mina, watched = at_desk("mina", seller), case(seller, 1)
    beat(mina, watched)
    papercut = merchant("papercut")
    stranger, own = at_desk("sora", papercut), case(papercut, 3)
    for number in (watched.number, "AM-999999", "x", ""):
        assert stranger.post("/presence/", {"case": number, "page": "pane"}).status_code == 204
    assert beat(stranger, own, row=watched.number).content == b""
    assert not Presence.objects.filter(case=watched).exclude(user__username="mina").exists()


def test_looking_is_never_told_by_reading(seller) -> None:
    mina, watched = at_desk("mina", seller), case(seller, 1)
    mina.get(f"/case/{watched.number}/pane/")
    assert mina.get("/presence/").status_code == 405
    assert not Presence.objects.exists()


def test_what_is_a_minute_old_is_forgotten(seller) -> None:
    mina, watched = at_desk("mina", seller), case(seller, 1)
    beat(mina, watched)
    assert forget_presence() == 0
    age(64)
    assert forget_presence() == 1


def test_a_beat_costs_the_same_with_one_row_and_with_fifty(seller, django_assert_num_queries) -> None:
    mina, watched = at_desk("mina", seller), case(seller, 1)
    rows = [case(seller, number).number for number in range(2, 8)]
    with django_assert_num_queries(5):
        beat(mina, watched, row=rows[0])
    with django_assert_num_queries(5):
        beat(mina, watched, row=rows)
