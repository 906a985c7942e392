"""The policy editor: drafts from any version, located errors, texts of a draft's own, and no lost update."""

import pytest

from accounts.tests.factories import merchant
from defaults.tests.showcase import admin, staff
from reminders.models import DunningPolicy, PolicyEdit, PolicyVersion, Template
from reminders.services.policy_diff import changes_between
from reminders.services.policy_shape import shape_of

from .policy_desk import address, client_of, draft_of, fresh, ladder, lead
from .world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_worlds_instant")]

STEP = {"after_days": "3", "contact_class": "D", "channels": "sms,email"}


@pytest.fixture
def shop():
    return merchant("comics")


@pytest.fixture
def live(shop) -> PolicyVersion:
    return ladder(shop)


@pytest.fixture
def mina(shop):
    return lead(shop)


@pytest.fixture
def draft(mina, live) -> PolicyVersion:
    return draft_of(mina, live)


def keys(version: PolicyVersion) -> list[str]:
    return list(version.steps.order_by("position").values_list("key", flat=True))


def test_a_draft_says_what_its_version_says_under_the_next_number(draft, live) -> None:
    assert (draft.number, draft.state, draft.made_by, draft.made_from) == (8, "draft", "staff:mina", live)
    assert changes_between(shape_of(live), shape_of(draft)) == []


def test_a_step_is_changed_moved_added_and_removed(mina, draft) -> None:
    answer = mina.post(address(draft, "step/reminder-2/"), STEP | {"edition": 0})
    assert answer.status_code == 302
    step = draft.steps.get(key="reminder-2")
    assert (step.after_days, step.channels) == (3, ["sms", "email"])
    mina.post(address(draft, "step/reminder-2/earlier/"), {"edition": 1})
    assert keys(draft) == ["reminder-2", "reminder-1"]
    mina.post(address(draft, "steps/"), STEP | {"edition": 2, "key": "last", "template_key": "last-notice"})
    assert keys(draft) == ["reminder-2", "reminder-1", "last"]
    mina.post(address(draft, "step/reminder-1/remove/"), {"edition": 3})
    assert list(draft.steps.values_list("key", "position")) == [("reminder-2", 1), ("last", 2)]
    assert fresh(draft).edition == 4
    assert list(PolicyEdit.objects.values_list("edition", "by")) == [(n, "staff:mina") for n in range(1, 5)]


def test_the_end_is_changed(mina, draft) -> None:
    told = {"end_decision": "review", "end_after_days": "14", "holdout_percent": "5"}
    mina.post(address(draft, "settings/"), told | {"edition": 0})
    changed = fresh(draft)
    assert (changed.end_decision, changed.end_after_days, changed.holdout_percent) == ("review", 14, 5)


@pytest.mark.parametrize(
    ("rest", "told", "where"),
    [
        ("settings/", {"end_decision": "burn", "end_after_days": "7", "holdout_percent": "0"}, "settings-end_decision"),
        ("settings/", {"end_decision": "review", "end_after_days": "", "holdout_percent": "101"}, "settings-holdout_percent"),
        ("step/reminder-1/", STEP | {"after_days": "-1"}, "step-after_days"),
        ("step/reminder-1/", STEP | {"channels": "pigeon"}, "step-channels"),
        ("step/reminder-1/", STEP | {"contact_class": "M"}, "step-contact_class"),
        ("steps/", STEP | {"key": "not a slug", "template_key": "offer"}, "new-key"),
        ("steps/", STEP | {"key": "x", "template_key": "receipt"}, "new-template_key"),
        ("step/reminder-1/text/", {"channel": "email", "language": "ko", "subject": "", "body": "x"}, "text-subject"),
        ("step/reminder-1/text/", {"channel": "sms", "language": "ko", "body": "{name}"}, "text-body"),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_is_located_and_nothing_is(mina, draft, rest, told, where) -> None:
    answer = mina.post(address(draft, rest), told | {"edition": 0})
    assert answer.status_code == 422
    assert f'id="{where}_error"' in answer.content.decode()
    assert fresh(draft).edition == 0


def test_a_placeholder_that_nothing_fills_is_named(mina, draft) -> None:
    told = {"channel": "sms", "language": "ko", "body": "{amount} {password}", "edition": 0}
    said = mina.post(address(draft, "step/reminder-1/text/"), told).content.decode()
    assert "Nothing fills this in: {password}." in said
    assert "{amount} {password}</textarea>" in said


def test_a_stale_save_is_refused_with_what_changed_and_what_was_typed(mina, draft, shop) -> None:
    lead(shop, name="joon").post(address(draft, "step/reminder-2/"), STEP | {"edition": 0})
    answer = mina.post(address(draft, "step/reminder-2/"), STEP | {"after_days": "9", "edition": 0})
    said = answer.content.decode()
    assert answer.status_code == 409
    assert "joon, just now" in said
    assert "reminder-2: Days after the step before: 5 → 3" in said
    assert 'name="after_days" value="9"' in said
    assert draft.steps.get(key="reminder-2").after_days == 3
    mina.post(address(draft, "step/reminder-2/"), STEP | {"after_days": "9", "edition": 1})
    assert draft.steps.get(key="reminder-2").after_days == 9


def test_saving_what_stands_already_is_no_change(mina, draft) -> None:
    told = {"after_days": "0", "contact_class": "D", "channels": "email,sms", "edition": 0}
    assert mina.post(address(draft, "step/reminder-1/"), told).status_code == 302
    assert fresh(draft).edition == 0


def test_a_text_of_a_draft_is_its_own_and_what_is_in_force_stays(mina, draft, live, shop) -> None:
    before = shape_of(live)
    told = {"channel": "sms", "language": "ko", "body": "{amount} {link}", "edition": 0}
    assert mina.post(address(draft, "step/reminder-1/text/"), told).status_code == 302
    told |= {"body": "{amount}: {link}", "edition": 1}
    mina.post(address(draft, "step/reminder-1/text/"), told)
    step = draft.steps.get(key="reminder-1")
    assert step.template_key != "reminder-1"
    own = Template.objects.filter(key=step.template_key, channel="sms", language="ko").order_by("version")
    assert [(one.version, one.body) for one in own][-1] == (3, "{amount}: {link}")
    assert {one.merchant for one in own} == {shop}
    assert shape_of(live) == before
    (change,) = changes_between(before, shape_of(fresh(draft)))
    assert (change.kind, change.step, change.field) == ("text", "reminder-1", "/sms/ko")


def test_a_draft_from_a_draft_with_its_own_texts_does_not_share_them(mina, draft) -> None:
    told = {"channel": "sms", "language": "ko", "body": "{amount} A", "edition": 0}
    mina.post(address(draft, "step/reminder-1/text/"), told)
    other = draft_of(mina, draft)
    mina.post(address(other, "step/reminder-1/text/"), told | {"body": "{amount} B"})
    place = ("", "sms", "ko")
    assert shape_of(draft).steps[0].texts[place].body == "{amount} A"
    assert shape_of(other).steps[0].texts[place].body == "{amount} B"


def test_a_version_in_force_cannot_be_changed(mina, live) -> None:
    assert mina.post(address(live, "step/reminder-1/"), STEP | {"edition": 0}).status_code == 409
    assert mina.post(address(live, "discard/"), {"edition": 0}).status_code == 409
    assert "Save the step" not in mina.get(address(live)).content.decode()


def test_a_draft_is_discarded_on_the_edition_that_was_read(mina, draft) -> None:
    mina.post(address(draft, "step/reminder-1/remove/"), {"edition": 0})
    assert mina.post(address(draft, "discard/"), {"edition": 0}).status_code == 409
    assert mina.post(address(draft, "discard/"), {"edition": 1}).status_code == 302
    assert not PolicyVersion.objects.filter(pk=draft.pk).exists()


@pytest.mark.parametrize(
    "rest", ["step/reminder-1/", "step/reminder-1/remove/", "settings/", "steps/", "publish/", "discard/"]
)
def test_an_agent_changes_no_policy(draft, shop, rest) -> None:
    agent = client_of(staff("joon", merchants=(shop,)))
    assert agent.get(address(draft)).status_code == 200
    assert agent.post(address(draft, rest), STEP | {"edition": 0, "reason": "x"}).status_code == 403
    assert agent.post("/policy/comics/draft/", {"from": 7}).status_code == 403
    assert fresh(draft).edition == 0


def test_another_merchants_policy_is_not_there(draft) -> None:
    other = lead(merchant("other"), name="joon")
    paths = ["/policy/comics/", address(draft), address(draft, "against/v7/")]
    assert {other.get(path).status_code for path in paths} == {404}
    posts = [address(draft, "step/reminder-1/"), address(draft, "publish/"), "/policy/comics/draft/"]
    assert {other.post(path, {}).status_code for path in posts} == {404}
    assert b"Comics KR" not in other.get("/policies/").content


def test_the_shared_policy_is_changed_by_who_sees_every_merchant(shop, mina) -> None:
    shared = ladder(None, slug="shared", number=1)
    assert mina.post("/policy/shared/draft/", {"from": 1}).status_code == 302
    other = merchant("other")
    assert mina.post("/policy/shared/draft/", {"from": 1}).status_code == 403
    assert client_of(admin()).post("/policy/shared/draft/", {"from": 1}).status_code == 302
    assert other.slug not in mina.get(address(shared)).content.decode()


def test_a_merchant_under_the_shared_policy_gets_a_draft_of_its_own(mina, shop) -> None:
    ladder(None, slug="shared", number=1)
    PolicyVersion.objects.filter(policy__slug="standard").update(state="retired")
    assert mina.post("/policies/own/", {"merchant": "nobody"}).status_code == 422
    assert mina.post("/policies/own/", {"merchant": shop.slug}).status_code == 302
    own = DunningPolicy.objects.get(merchant=shop)
    assert [(one.number, one.state) for one in own.versions.all()] == [(1, "draft")]
    assert mina.post("/policies/own/", {"merchant": shop.slug}).status_code == 422
    said = mina.get(f"/policy/{own.slug}/v1/against/v1/").content.decode()
    assert "v1 against Comics KR v1" in said
    assert "Both say the same." in said


def test_a_policy_without_versions_begins_with_what_the_shared_one_says(mina, shop) -> None:
    ladder(None, slug="shared", number=1)
    DunningPolicy.objects.create(merchant=shop, slug="empty", name="Empty")
    assert "Make a draft from the shared policy" in mina.get("/policy/empty/").content.decode()
    assert mina.post("/policy/empty/draft/", {"from": "shared"}).status_code == 302
    assert PolicyVersion.objects.get(policy__slug="empty").number == 1


def test_a_merchants_first_draft_does_not_lift_the_pause_of_the_shared_policy() -> None:
    world = World()
    case = world.debtor()
    DunningPolicy.objects.filter(merchant=None).update(paused_at=world.now)
    DunningPolicy.objects.create(merchant=world.merchant, slug="own", name="Own")
    world.plan()
    assert case.decisions.get().rule == "BASE-PAUSED"


def test_pages_cost_the_same_queries_however_many_versions(
    mina, live, draft, django_assert_max_num_queries
) -> None:
    def cost(path: str) -> int:
        with django_assert_max_num_queries(40) as made:
            assert mina.get(path).status_code == 200
        return len(made)

    paths = ["/policies/", "/policy/comics/", address(draft), address(draft, "against/v7/")]
    mina.get("/policies/")  # The number in the bar is remembered from here on.
    few = [cost(path) for path in paths]
    for _ in range(4):
        draft_of(mina, live)
        told = STEP | {"edition": fresh(draft).edition, "key": f"more-{_}", "template_key": "offer"}
        mina.post(address(draft, "steps/"), told)
    assert [cost(path) for path in paths] == few
