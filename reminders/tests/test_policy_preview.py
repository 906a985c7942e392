"""A step shown on a real case: the words the customer would get, what the rules would do, and nothing of it stays."""

from datetime import UTC, datetime

import pytest

from common import clock
from defaults.models import CaseEvent, ResolutionLink, SettlementOffer
from reminders.models import Attempt, Decision, Message, PolicyVersion
from reminders.services.policy_preview import preview_step
from reminders.services.said import open_body

from .acting import terms
from .policy_desk import address, draft_of, fresh, ladder, lead
from .world import World

NIGHT = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)  # 23:00 in Seoul


@pytest.fixture
def world(monkeypatch) -> World:
    world = World()
    monkeypatch.setattr(clock, "now", lambda: world.now)
    return world


@pytest.fixture
def live(world) -> PolicyVersion:
    return ladder(world.merchant)


def shown(case, version: PolicyVersion, step: str = "reminder-1", **changes):
    told = {"channel": "email", "language": "ko", "is_spared": False, "now": clock.now()} | changes
    return preview_step(case_id=case.pk, version_id=version.pk, step_key=step, **told)


def kept() -> list[int]:
    return [
        rows.objects.count()
        for rows in (Message, Attempt, Decision, SettlementOffer, ResolutionLink, CaseEvent)
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("locale", "language"), [("ko", "ko"), ("en", "en")])
def test_the_preview_is_what_then_leaves_but_for_the_way_in(world, live, locale, language) -> None:
    case = world.debtor(locale=locale)
    text = shown(case, live, language=language).text
    world.plan()
    world.send()
    message = world.message(case)
    way_in = open_body(message).split("/r/")[1].split("/")[0]
    assert (text.language, text.subject) == (message.language, message.subject)
    assert text.body == open_body(message).replace(way_in, "…")


@pytest.mark.django_db
def test_looking_leaves_nothing_behind(world, live) -> None:
    terms(world, discount_percent=30, floor_percent=50)
    case = world.debtor()
    mina = lead(world.merchant)
    live.steps.create(
        key="offer", position=3, after_days=7, contact_class="O", channels=["email"], template_key="offer"
    )
    before = kept()
    said = mina.get(address(live), {"step": "offer", "case": case.number, "language": "en"}).content.decode()
    assert kept() == before
    assert "Nothing is sent from here." in said
    assert "6,930" in said


@pytest.mark.django_db
def test_it_says_until_when_the_step_would_wait(world, live) -> None:
    case, world.now = world.debtor(), NIGHT
    decision = shown(case, live).step
    assert (decision.verdict, decision.rule_id) == ("defer", "KR-NIGHT")
    page = lead(world.merchant).get(address(live), {"case": case.number}).content.decode()
    assert "It waits until Nov 26, 2026 08:00 KST." in page


@pytest.mark.django_db
def test_the_rules_are_asked_about_each_step_and_channel_as_if_it_were_due(world, live) -> None:
    case = world.debtor(phone="+821012345678")
    assert shown(case, live, "reminder-2").step.verdict == "allow"
    assert shown(case, live, "reminder-2").next.step_key == "reminder-1"
    assert shown(case, live, channel="sms").has_address


@pytest.mark.django_db
def test_a_draft_is_shown_with_its_own_words(world, live) -> None:
    case, mina = world.debtor(), lead(world.merchant)
    draft = draft_of(mina, live)
    told = {
        "channel": "sms",
        "language": "en",
        "body": "{merchant}: {amount}",
        "edition": 0,
        "case": case.number,
    }
    page = mina.post(address(draft, "step/reminder-1/text/"), told, follow=True).content.decode()
    assert f"{world.merchant.name}: ₩9,900</pre>" in page
    assert "no address for this channel" in page
    assert (
        shown(case, live, channel="sms", language="en").text.body
        != shown(case, fresh(draft), channel="sms", language="en").text.body
    )


@pytest.mark.django_db
def test_a_case_of_another_merchant_is_none_to_show_it_on(world, live) -> None:
    other = World().debtor(7)
    page = lead(world.merchant, other.merchant).get(address(live), {"case": other.number})
    assert "There is no such case that you may see under this policy." in page.content.decode()


@pytest.mark.django_db
def test_nothing_open_is_nothing_to_say(world, live) -> None:
    case = world.debtor()
    world.pays("ord-1")
    world.tick()
    seen = shown(case, live)
    assert (seen.text, seen.problem, seen.step.reason) == (None, "no open payment", "case_closed")
