"""Views under a name: whose they are, who sees them, who may change them, and that a number is the rows listed."""

import pytest
from django.core.cache import cache
from django.db import IntegrityError
from django.test import Client

from accounts.tests.factories import merchant
from common import clock
from defaults.models import SavedView
from defaults.reports import queue as report
from defaults.services.desk import claim_case

from .showcase import NOW, case, songbird, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller():
    return songbird()


def at_desk(person) -> Client:
    client = Client()
    client.force_login(person)
    client.person = person
    return client


@pytest.fixture
def mina(seller, monkeypatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    cache.clear()
    return at_desk(staff(merchants=(seller,)))


@pytest.fixture
def joon(seller) -> Client:
    return at_desk(staff("joon", merchants=(seller,)))


def save(desk: Client, name: str = "Mine, disputed", **parts):
    return desk.post("/queue/views/", {"name": name, "view": "mine", "disputed": "yes"} | parts)


def names(desk: Client) -> list[str]:
    cache.clear()
    return [line["name"] for line in desk.get("/queue/").context["saved_views"]]


def test_the_present_address_is_kept_under_a_name_and_opened_by_it(mina) -> None:
    answer = save(mina, order="gain", hold="none")
    page = mina.get(answer.url)
    assert page.context["name"] == "Mine, disputed"
    assert page.context["asked"].fields() == {
        "view": "mine", "order": "gain", "disputed": "yes", "hold": "none",
    }  # fmt: skip
    assert [line["is_current"] for line in page.context["saved_views"]] == [True]
    assert not any(tab["is_current"] for tab in page.context["views"])


def test_its_number_is_the_rows_listed(mina, seller) -> None:
    owned = case(seller, 1)
    case(seller, 2)
    claim_case(case_id=owned.pk, user_id=mina.person.pk, now=NOW, actor="staff:mina")
    page = mina.get(save(mina, view="open", disputed="", assignee="me").url)
    assert (
        [line["count"] for line in page.context["saved_views"]] == ["1"] == [str(len(page.context["rows"]))]
    )


def test_what_is_searched_for_is_looked_up_when_it_is_opened_and_not_counted(mina, seller) -> None:
    wanted = case(seller, 1)
    page = mina.get(save(mina, view="open", disputed="", q=wanted.number).url)
    assert [row.number for row in page.context["rows"]] == [wanted.number]
    assert [line["count"] for line in page.context["saved_views"]] == [""]


def test_the_same_name_again_replaces_the_view(mina) -> None:
    save(mina)
    save(mina, view="promised", disputed="")
    assert [view.parts for view in SavedView.objects.all()] == [{"view": "promised"}]


def test_own_views_are_nobody_elses_and_shared_ones_are_everybodys(mina, joon) -> None:
    save(mina, "Own")
    save(mina, "Shared", shared="on")
    assert (names(mina), names(joon)) == (["Own", "Shared"], ["Shared"])


def test_a_shared_view_shows_everybody_their_own_merchants_cases_only(mina, seller) -> None:
    case(seller, 1)
    save(mina, "All", view="open", disputed="", shared="on")
    elsewhere = at_desk(staff("sora", merchants=(merchant("papercut"),)))
    page = elsewhere.get("/queue/", {"view": "open"})
    assert [(line["name"], line["count"]) for line in page.context["saved_views"]] == [("All", "0")]


def test_a_shared_view_of_a_merchant_is_not_there_for_who_may_not_see_that_merchant(mina) -> None:
    save(mina, "Songbird", merchant="songbird", shared="on")
    elsewhere = at_desk(staff("sora", role="lead", merchants=(merchant("papercut"),)))
    view = SavedView.objects.get()
    assert names(elsewhere) == []
    assert elsewhere.post(f"/queue/views/{view.pk}/delete/").status_code == 404


def test_a_search_is_never_shared(mina) -> None:
    told = mina.get(save(mina, q="김서연", shared="on").url).context["told"]
    assert "yours alone" in told
    assert not SavedView.objects.exists()
    with pytest.raises(IntegrityError, match="a_search_is_never_shared"):
        SavedView.objects.create(owner=mina.person, name="x", parts={"q": "김서연"}, is_shared=True)


def test_its_maker_and_a_lead_change_a_shared_view_and_nobody_else(mina, joon, seller) -> None:
    save(mina, "Shared", shared="on")
    view = SavedView.objects.get()
    assert "told=not_your_view" in joon.post(f"/queue/views/{view.pk}/delete/").url
    assert "told=not_your_view" in joon.post(f"/queue/views/{view.pk}/rename/", {"name": "Ours"}).url
    mina.post(f"/queue/views/{view.pk}/rename/", {"name": "Ours"})
    assert names(mina) == ["Ours"]
    lead = at_desk(staff("lead", role="lead", merchants=(seller,)))
    lead.post(f"/queue/views/{view.pk}/delete/")
    assert names(mina) == []


def test_somebodys_own_view_looks_like_none_to_a_lead(mina, seller) -> None:
    save(mina)
    lead = at_desk(staff("lead", role="lead", merchants=(seller,)))
    answers = [lead.post(f"/queue/views/{pk}/delete/") for pk in (SavedView.objects.get().pk, 999_999)]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_taken_name_or_none_is_refused_in_words(mina) -> None:
    save(mina, "One")
    save(mina, "Two")
    view = SavedView.objects.get(name="Two")
    page = mina.get(mina.post(f"/queue/views/{view.pk}/rename/", {"name": "One"}).url)
    assert "already" in page.context["told"]
    assert "needs a name" in mina.get(save(mina, " \x00 ").url).context["told"]


def test_a_person_has_twenty_views_at_most(mina) -> None:
    for number in range(21):
        answer = save(mina, f"View {number}")
    assert "told=too_many_views" in answer.url
    assert SavedView.objects.count() == 20


def test_views_cost_no_query_each(mina, seller, django_assert_max_num_queries) -> None:
    case(seller, 1)
    with django_assert_max_num_queries(10) as without:
        mina.get("/queue/")
    for number in range(12):
        save(mina, f"View {number}", shared="on", view="open", bucket="90+")
    save(mina, "Searched", q="김서연")
    cache.clear()
    with django_assert_max_num_queries(10) as with_many:
        mina.get("/queue/")
    assert len(with_many) == len(without)


def test_signed_out_nothing_is_kept(client) -> None:
    assert client.post("/queue/views/", {"name": "x"}).url.startswith("/sign-in/")
    assert report.VIEWS[0] == "open"
