"""A reminder before it is sent: the very words that arrive, what the rules will do, and the twenty seconds to recall it."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from common import clock
from defaults.models import CaseEvent, ResolutionLink, SettlementOffer
from defaults.tests.showcase import staff
from reminders.models import Decision, Message
from reminders.services.preview import preview

from .showcase import decision
from .test_offer_step import at_the_offer_step
from .world import NOON, World

pytestmark = pytest.mark.django_db(transaction=True)

KEY = re.compile(r"/r/[^/\s]+/")


@pytest.fixture
def world(monkeypatch) -> World:
    world = World()
    monkeypatch.setattr(clock, "now", lambda: world.now)
    return world


@pytest.fixture
def desk(world) -> Client:
    client = Client()
    client.force_login(staff(merchants=(world.merchant,)))
    return client


def asked(desk: Client, case, **given) -> dict:
    page = desk.get(f"/case/{case.number}/dialog/remind/", given, HTTP_HX_REQUEST="true")
    assert page.status_code == 200
    return page.context


def remind(desk: Client, case):
    case.refresh_from_db()
    given = {"version": case.version, "dialog": "remind"}
    return desk.post(f"/case/{case.number}/act/remind/", given, HTTP_HX_REQUEST="true")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_23_the_preview_is_what_arrives_but_for_the_key_of_the_link(world, desk, language) -> None:
    case = world.debtor(locale=language)
    shown = asked(desk, case)["preview"].words
    remind(desk, case)
    world.now += timedelta(seconds=21)
    assert world.send().sent == 1
    (given,) = world.channel.given
    assert shown.language == language
    assert (given.to, given.subject) == (shown.to, shown.subject)
    assert KEY.sub("", given.body) == KEY.sub("", shown.body)


def test_23_channel_and_language_can_be_switched(world, desk) -> None:
    case = world.debtor(locale="ko", phone="+821012345678")
    korean, english = asked(desk, case)["preview"].words, asked(desk, case, language="en")["preview"].words
    assert (korean.language, english.language) == ("ko", "en")
    by_text = asked(desk, case, channel="sms")["preview"]
    assert by_text.channel == "sms"
    assert by_text.words is None or by_text.words.to == "+821012345678"


def test_23_looking_changes_nothing(world, desk) -> None:
    case = world.debtor()
    before = [
        model.objects.count() for model in (Message, Decision, ResolutionLink, SettlementOffer, CaseEvent)
    ]
    asked(desk, case)
    asked(desk, case, channel="sms", language="en")
    after = [
        model.objects.count() for model in (Message, Decision, ResolutionLink, SettlementOffer, CaseEvent)
    ]
    assert after == before


def test_24_it_says_until_when_the_night_would_hold_it_back(world, desk) -> None:
    case = world.debtor()
    world.now = NOON + timedelta(hours=12)
    told = asked(desk, case)
    assert told["outcome"].startswith("Would wait until 08:00. Nothing between 21:00 and 08:00"), told[
        "outcome"
    ]
    assert (told["leaves"], told["forms"]) == (False, [])


def test_24_it_says_how_many_contacts_are_the_most(world, desk) -> None:
    case = world.debtor()
    payments = list(case.items.values_list("payment_id", flat=True))
    for days in range(7):
        gate = decision(case, at=NOON, kind="step", verdict="allow", reason="send", at_gate=True, asked=[])
        Message.objects.create(
            case=case, customer=case.customer, step_key=f"told-{days}", contact_class="D", channel="email",
            template_key="reminder-1", key=f"told-{days}", state="sent", due_at=NOON, queued_at=NOON,
            contacted_at=NOON - timedelta(hours=20 * days), claims=payments, gate_decision=gate,
        )  # fmt: skip
    told = asked(desk, case)
    assert "contacts in 7 days are the most" in told["outcome"], told["outcome"]


def test_25_within_twenty_seconds_it_is_recalled_and_nothing_leaves(world, desk) -> None:
    case = world.debtor()
    answer = remind(desk, case)
    assert "leaves in 20 s" in answer["HX-Trigger"]
    assert world.send().sent == 0
    undone = desk.post("/undo/", HTTP_HX_REQUEST="true")
    assert "Undone" in undone["HX-Trigger"]
    world.now += timedelta(minutes=5)
    assert world.send().claimed == 0
    assert world.channel.given == []
    assert world.message(case).state == "cancelled"


def test_25_what_the_system_sends_waits_for_nobody(world) -> None:
    case = world.queued()
    assert world.message(case).due_at == world.now
    assert world.send().sent == 1


def test_25_what_has_left_is_not_recalled(world, desk) -> None:
    case = world.debtor()
    remind(desk, case)
    world.now += timedelta(seconds=21)
    world.send()
    assert "nothing to take back" in desk.post("/undo/", HTTP_HX_REQUEST="true")["HX-Trigger"]


def test_an_offer_that_would_be_told_of_stands_in_the_preview_alone() -> None:
    world = at_the_offer_step(1)
    shown = preview(world.case("u-1"), now=world.now)
    assert "₩7,920" in shown.words.body
    assert not SettlementOffer.objects.exists()
