"""Handing a case to an agency: by two people, after the notice, never what is protected, and back within minutes."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from accounts.tests.api_client import problem
from common.tables import inert
from defaults.models import DefaultCase, Hold, Placement
from defaults.services.holds import place_hold
from defaults.services.placement import place_due
from defaults.tests.world import kinds
from reminders.services.agencies import tell_agencies
from reminders.services.correspondence import answer as answer_customers

from .acting import agency, worker
from .world import World

pytestmark = pytest.mark.django_db
# Five business days after Wednesday the 25th are over.
NOTICE_OVER = datetime(2026, 12, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def world(monkeypatch, settings) -> World:
    world = World(contact_line="02-555-0199")
    monkeypatch.setattr("common.clock.now", lambda: world.now)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    world.agency = agency(world)
    return world


@pytest.fixture
def lead(world):
    return worker("lead", world.merchant, "jo")


@pytest.fixture
def checker(world):
    return worker("lead", world.merchant, "kim")


def announced(world, lead, checker, number: int = 1) -> DefaultCase:
    case = world.debtor(number)
    asked = lead.act(case, "place", agency="fairway")
    assert asked.json()["code"] == "needs_approval", asked.content
    assert checker.post(f"approvals/{asked.json()['approval']['id']}/grant/", {}).status_code == 200
    return case


def placed(world, lead, checker) -> DefaultCase:
    case = announced(world, lead, checker)
    world.now = NOTICE_OVER
    assert place_due(now=world.now) == 1
    return case


def state(case: DefaultCase) -> tuple[str, str]:
    return DefaultCase.objects.get(pk=case.pk).state, Placement.objects.get(case=case).state


def test_a_lead_alone_hands_nothing_over(world, lead) -> None:
    case = world.debtor()
    answer = lead.act(case, "place", agency="fairway")
    assert (answer.status_code, answer.json()["approval"]["needs_role"]) == (403, "lead")
    assert not Placement.objects.exists()


def test_the_customer_is_told_first_and_left_in_peace_for_five_business_days(world, lead, checker) -> None:
    case = announced(world, lead, checker)
    placement = Placement.objects.get()
    assert (placement.state, placement.place_at) == ("announced", NOTICE_OVER)
    assert (placement.hold.reason, placement.hold.until) == ("placement", NOTICE_OVER)
    assert "placement_announced" in kinds(case)


def test_nothing_is_handed_over_before_the_notice_is_over(world, lead, checker) -> None:
    case = announced(world, lead, checker)
    world.now = NOTICE_OVER.replace(hour=14, minute=59, second=59)
    assert place_due(now=world.now) == 0
    assert Placement.objects.get().state == "announced"
    world.now = NOTICE_OVER
    assert place_due(now=world.now) == place_due(now=world.now) + 1
    assert state(case) == ("placed", "placed")
    assert Placement.objects.get().claimed_minor == 9900


@pytest.mark.parametrize(
    "reason", ["hardship", "protection", "minor", "fraud", "deceased", "lawyer", "claimed_paid"]
)
def test_what_is_protected_is_not_announced(world, lead, reason) -> None:
    case = world.debtor()
    place_hold(case_id=case.pk, reason=reason, now=world.now, actor="customer")
    assert problem(lead.act(case, "place", agency="fairway")) == (409, "protected")


@pytest.mark.parametrize(
    ("action", "body", "code"),
    [
        ("dispute", {"reason": "fraud"}, "protected"),
        ("defer", {"reason": "illness"}, "protected"),
        ("ask-adjustment", {}, "protected"),
        ("promise", {"on": "2026-11-30"}, "agreement_stands"),
    ],
)
def test_an_open_request_or_agreement_keeps_the_case_here(world, lead, action, body, code) -> None:
    case = world.debtor()
    assert lead.act(case, action, **body).status_code == 200
    assert problem(lead.act(case, "place", agency="fairway")) == (409, code)


def test_a_dispute_about_one_payment_keeps_the_whole_case_here(world, lead) -> None:
    world.owes("ord-2", 5000)
    case = world.debtor()
    lead.act(case, "dispute", payments=["ord-2"], reason="not_mine")
    assert problem(lead.act(case, "place", agency="fairway")) == (409, "protected")


def test_what_became_protected_meanwhile_is_taken_back(world, lead, checker) -> None:
    case = announced(world, lead, checker)
    place_hold(case_id=case.pk, reason="lawyer", now=world.now, actor="customer")
    world.now = NOTICE_OVER
    assert place_due(now=world.now) == 0
    assert state(case) == ("open", "recalled")
    assert Placement.objects.get().end_reason == "protected"


def test_one_agency_at_a_time(world, lead, checker) -> None:
    case = announced(world, lead, checker)
    assert problem(lead.act(case, "place", agency="fairway")) == (409, "already_placed")


def test_in_korea_an_agency_has_a_licence(world, lead) -> None:
    agency(world, slug="backstreet", licence_number="")
    assert problem(lead.act(world.debtor(), "place", agency="backstreet")) == (409, "licence_needed")


@pytest.mark.parametrize("slug", ["theirs", "asleep", "nobody"])
def test_an_agency_that_is_not_the_merchants_gets_nothing(world, lead, slug) -> None:
    agency(World(), slug="theirs")
    agency(world, slug="asleep", is_active=False)
    assert problem(lead.act(world.debtor(), "place", agency=slug)) == (409, "unknown_agency")


def test_a_placed_case_is_recalled_and_the_agency_told_once(world, lead, checker) -> None:
    case = placed(world, lead, checker)
    assert lead.act(case, "recall", reason="Paid by another way.").json()["state"] == "open"
    assert tell_agencies(now=world.now) == 1
    assert tell_agencies(now=world.now) == 0
    (letter,) = mail.outbox
    assert letter.to == ["recalls@fairway.example"]
    assert case.number in letter.subject
    assert "김서연" not in letter.body


def test_an_agency_that_never_had_the_case_hears_nothing(world, lead, checker) -> None:
    case = announced(world, lead, checker)
    assert lead.act(case, "recall").status_code == 200
    assert tell_agencies(now=world.now) == 0
    assert Hold.objects.get(reason="placement").ended_at == world.now


def test_a_recall_is_told_until_the_mail_server_has_it(world, lead, checker, monkeypatch) -> None:
    case = placed(world, lead, checker)
    lead.act(case, "recall")

    def away(*_):
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", away)
        assert tell_agencies(now=world.now) == 0
    assert Placement.objects.get().agency_told_at is None
    assert tell_agencies(now=world.now) == 1
    assert Placement.objects.get().agency_told_at == world.now


def test_money_takes_the_case_back_and_the_agency_is_told(world, lead, checker) -> None:
    case = placed(world, lead, checker)
    world.pays("ord-1")
    world.tick()
    assert state(case) == ("closed", "recalled")
    assert tell_agencies(now=world.now) == 1


def test_an_agency_gives_a_case_back(world, lead, checker) -> None:
    case = placed(world, lead, checker)
    assert lead.act(case, "return", reason="Moved abroad.").json()["state"] == "open"
    assert Placement.objects.get().state == "returned"
    assert tell_agencies(now=world.now) == 0


def test_nothing_that_is_not_out_is_recalled(world, lead) -> None:
    assert problem(lead.act(world.debtor(), "recall")) == (409, "not_placed")


def package(caller, **body):
    return caller.post(f"placements/{Placement.objects.get().pk}/package/", body)


@pytest.mark.django_db(transaction=True)
def test_the_package_comes_only_after_the_customer_was_told(world, lead, checker) -> None:
    case = announced(world, lead, checker)
    assert problem(package(lead)) == (409, "not_placed")
    world.now = NOTICE_OVER
    place_due(now=world.now)
    assert problem(package(lead)) == (409, "notice_not_told")
    answer_customers(now=world.now)
    world.later(hours=12)
    assert world.send().sent == 1
    assert problem(package(lead)) == (409, "notice_running")
    world.later(days=8)
    body = package(lead).json()
    assert (body["case"], body["claimed"]) == (case.number, {"amount": 9900, "currency": "KRW"})
    assert body["creditor"] == {"name": "Songbird", "contact": "02-555-0199"}
    assert body["customer"]["email"] == "u1@example.com"
    assert [item["outstanding"] for item in body["items"]] == ["9900"]
    assert kinds(case)[-1] == "package_fetched"
    table = list(csv.DictReader(io.StringIO(package(lead, format="csv").content.decode("utf-8-sig"))))
    assert [(row["case"], row["payment"], row["outstanding"]) for row in table] == [
        (case.number, "ord-1", "9900")
    ]


def test_the_package_is_for_leads_of_the_merchant(world, lead, checker) -> None:
    placed(world, lead, checker)
    assert problem(package(worker("agent", world.merchant))) == (403, "missing_role")
    assert problem(package(worker("lead", World().merchant))) == (404, "not_found")


def test_placements_are_listed_to_those_who_may_see_them(world, lead, checker) -> None:
    case = placed(world, lead, checker)
    (row,) = lead.get("placements/", state="placed").json()["results"]
    assert (row["case"], row["agency"], row["claimed"]["amount"]) == (case.number, "fairway", 9900)
    assert worker("lead", World().merchant).get("placements/").json()["results"] == []


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "＝1+1",
        "|calc",
        "%0A",
        "=cmd|' /C calc'!A0",
    ],
)
def test_no_cell_is_a_formula(text) -> None:
    assert inert(text).startswith("'")
    assert all(sign.isprintable() for sign in inert(text))


def test_other_cells_stay_as_they_are() -> None:
    assert [inert(text) for text in ("9900", "김서연", "a=b", "")] == ["9900", "김서연", "a=b", ""]
    assert json.dumps(inert("a\nb")) == '"a b"'
