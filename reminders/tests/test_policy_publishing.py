"""A policy comes into force by two people, on the draft as it was read; cases that were written to keep their version."""

import pytest
from django.db import IntegrityError, transaction

from accounts.tests.factories import event
from common import clock
from defaults.tests.showcase import staff
from reminders.models import Message, PolicyVersion, PublishRequest, Template
from reminders.services.policies import NotADraft, make_live
from reminders.services.policy_diff import changes_between
from reminders.services.policy_shape import shape_of

from .policy_desk import address, client_of, draft_of, fresh, ladder, lead
from .world import NOON, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(monkeypatch) -> World:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return World()


@pytest.fixture
def live(world) -> PolicyVersion:
    return ladder(world.merchant)


@pytest.fixture
def mina(world):
    return lead(world.merchant)


@pytest.fixture
def jo(world):
    return client_of(staff("jo", role="compliance", merchants=(world.merchant,)))


@pytest.fixture
def draft(mina, live) -> PolicyVersion:
    made = draft_of(mina, live)
    told = {"after_days": "3", "contact_class": "D", "channels": "email", "edition": 0}
    mina.post(address(made, "step/reminder-2/"), told)
    return fresh(made)


def ask(client, draft: PolicyVersion, reason: str = "Sooner, and by mail alone."):
    return client.post(address(draft, "publish/"), {"edition": draft.edition, "reason": reason})


def decide(client, verb: str = "grant"):
    return client.post(
        f"/approvals/publish/{PublishRequest.objects.latest('pk').pk}/{verb}/", {"comment": "Seen."}
    )


def test_one_person_asks_and_another_puts_it_in_force(mina, jo, draft, live) -> None:
    assert ask(mina, draft).status_code == 302
    assert b"Read the difference and decide" in jo.get("/approvals/").content
    assert decide(jo).status_code == 302
    now_live = fresh(draft)
    assert (now_live.state, fresh(live).state) == ("live", "retired")
    assert (now_live.published_by, now_live.reason) == ("staff:mina & jo", "Sooner, and by mail alone.")
    assert now_live.live_at == NOON
    assert PublishRequest.objects.get().comment == "Seen."


def test_v8_against_v7_is_shown_before_it_is_published_and_old_cases_keep_v7(
    world, mina, jo, live, draft
) -> None:
    old = world.queued(1)
    Message.objects.update(state="expired", ended_at=NOON)
    said = mina.get(address(draft, "against/v7/")).content.decode()
    assert "v8 against v7" in said
    assert "Days after the step before: 5 → 3" in said
    assert "Channels, best first: by e-mail, else by text message → by e-mail only" in said
    ask(mina, draft)
    decide(jo)
    new = world.queued(2)
    assert [world.message(case).policy_version.number for case in (old, new)] == [7, 8]
    world.later(days=6)
    world.tell(event("feed.heartbeat"))
    world.plan()
    second = world.message(old)
    assert (second.step_key, second.policy_version.number) == ("reminder-2", 7)


def test_nobody_puts_in_force_what_they_asked_for(mina, draft) -> None:
    ask(mina, draft)
    assert decide(mina).status_code == 409
    assert fresh(draft).state == "draft"
    asked = PublishRequest.objects.get()
    asked.state, asked.decided_by = "granted", asked.asked_by
    with pytest.raises(IntegrityError, match="nobody_publishes_a_policy_alone"), transaction.atomic():
        asked.save()


def test_a_draft_changed_since_it_was_asked_for_is_not_put_in_force(mina, jo, draft) -> None:
    ask(mina, draft)
    mina.post(address(draft, "step/reminder-1/remove/"), {"edition": draft.edition})
    said = decide(jo)
    assert said.status_code == 409
    assert "The draft has changed since then." in said.content.decode()
    assert (fresh(draft).state, PublishRequest.objects.get().state) == ("draft", "overtaken")


def test_a_refusal_leaves_the_draft_and_a_second_decision_is_too_late(mina, jo, draft) -> None:
    ask(mina, draft)
    decide(jo, "refuse")
    assert (fresh(draft).state, PublishRequest.objects.get().state) == ("draft", "refused")
    assert decide(jo).status_code == 409


def test_who_asked_may_take_it_back(mina, draft) -> None:
    ask(mina, draft)
    assert decide(mina, "refuse").status_code == 302
    assert PublishRequest.objects.get().state == "refused"


def test_asking_needs_a_reason_and_the_draft_as_it_stands(mina, draft) -> None:
    assert ask(mina, draft, reason=" ").status_code == 422
    draft.edition = 0
    assert ask(mina, draft).status_code == 409
    assert not PublishRequest.objects.exists()


def test_a_version_that_could_say_nothing_is_not_asked_for(mina, draft) -> None:
    Template.objects.filter(key="reminder-2", channel="email").delete()
    said = ask(mina, draft)
    assert said.status_code == 409
    assert "A step has no text: reminder-2 (email)." in said.content.decode()
    for key in ("reminder-1", "reminder-2"):
        mina.post(address(draft, f"step/{key}/remove/"), {"edition": fresh(draft).edition})
    assert "A policy without steps asks nobody." in ask(mina, fresh(draft)).content.decode()


def test_an_agent_and_another_merchants_lead_decide_nothing(world, mina, draft) -> None:
    ask(mina, draft)
    agent = client_of(staff("ann", merchants=(world.merchant,)))
    other = lead(World().merchant, name="olga")
    assert decide(agent).status_code == 403
    assert decide(other).status_code == 404
    assert b"Comics KR" not in other.get("/approvals/").content
    assert fresh(draft).state == "draft"


def test_what_is_no_draft_cannot_be_put_in_force(live) -> None:
    with pytest.raises(NotADraft):
        make_live(version_id=live.pk, by="staff:mina & jo", reason="Again.", now=NOON)


def test_every_kind_of_change_is_told_once(mina, live) -> None:
    draft = draft_of(mina, live)
    change = {"contact_class": "N", "after_days": "0", "channels": "sms"}
    mina.post(address(draft, "step/reminder-1/later/"), {"edition": 0})
    mina.post(address(draft, "step/reminder-1/"), change | {"edition": 1})
    mina.post(address(draft, "steps/"), change | {"edition": 2, "key": "new", "template_key": "offer"})
    mina.post(
        address(draft, "settings/"),
        {"end_decision": "forgive", "end_after_days": 1, "holdout_percent": 2, "edition": 3},
    )
    told = [
        (one.kind, one.step, one.field) for one in changes_between(shape_of(live), shape_of(fresh(draft)))
    ]
    assert told == [
        ("setting", "", "end_decision"), ("setting", "", "end_after_days"), ("setting", "", "holdout_percent"),
        ("step_moved", "reminder-2", ""),
        ("step_moved", "reminder-1", ""), ("step_field", "reminder-1", "contact_class"), ("step_field", "reminder-1", "channels"),
        ("step_added", "new", ""), ("text", "new", "/sms/en"), ("text", "new", "/sms/ko"),
        ("text", "new", "-soft/sms/en"), ("text", "new", "-soft/sms/ko"),
    ]  # fmt: skip
