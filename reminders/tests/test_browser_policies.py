"""The policy editor and the run monitor in a real browser. Numbers are the rows of the feature table that a test proves."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from playwright.sync_api import expect

from common import clock
from defaults.tests.showcase import NOW, case, songbird, staff
from reminders.models import Decision, Message, PolicyVersion, Run
from reminders.services.asked_runs import carry_out_runs
from reminders.services.runs import pause_run, start_run
from reminders.tests.browsing import DESKTOP, Visit, visit
from reminders.tests.policy_desk import ladder
from reminders.tests.queue_desk import PLAIN
from reminders.tests.showcase import sent
from reminders.tests.test_browser_pages import LOOKS, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]

NIGHT = NOW + timedelta(hours=11)  # 23:00 in Seoul


@pytest.fixture
def live() -> PolicyVersion:
    """Songbird's policy, and two leads who may change it."""
    seller = songbird()
    for name, language in (("mina", "en"), ("joon", "en"), ("sora", "ko")):
        staff(name, role="lead", merchants=(seller,), language=language)
    return ladder(seller)


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look['size']['width']}-{look['language']}-{look['theme']}")
def look(request) -> dict:
    return request.param


@pytest.fixture
def desk(browser, live_server, live) -> Iterator[Visit]:
    with visit(browser, live_server.url, **PLAIN) as there:
        sign_in(there, "mina")
        yield there
        assert there.faults + there.page.evaluate("window.violations") == []


def drafted(there: Visit) -> None:
    there.go("/policy/comics/")
    there.page.click("text=Make a draft from v7")
    there.page.wait_for_url("**/policy/comics/v8/**")


def test_24_the_preview_says_what_the_contact_rules_will_do(desk, live, monkeypatch) -> None:
    shown = case(live.policy.merchant, 0)
    monkeypatch.setattr(clock, "now", lambda: NIGHT)
    desk.go(f"/policy/comics/v7/?case={shown.number}")
    rules = desk.page.locator("#rules")
    expect(rules).to_contain_text("would not be sent now")
    expect(rules).to_contain_text("It waits until Nov 21, 2026 08:00 KST")
    expect(rules).to_contain_text("Nothing between 21:00 and 08:00")
    desk.check("policy-preview-night")
    monkeypatch.setattr(clock, "now", lambda: NOW)
    for step in ("a", "b"):
        sent(shown, step=step)
    claims = list(shown.items.values_list("payment_id", flat=True))
    Message.objects.update(contacted_at=NOW - timedelta(hours=1), claims=claims)
    desk.page.reload()
    expect(rules).to_contain_text("At most 2 demands per claim on a day")
    expect(rules).to_contain_text("2 contacts in 1 days are the most.")
    assert Message.objects.count() == 2


def test_32_v8_against_v7_is_shown_and_a_second_person_puts_it_in_force(
    browser, live_server, desk, live
) -> None:
    case(live.policy.merchant, 0)
    drafted(desk)
    desk.page.click(".ladder >> text=reminder-2")
    desk.page.fill("#step-after_days", "9")
    desk.page.click("text=Save the step")
    expect(desk.page.locator("#step-after_days")).to_have_value("9")
    desk.page.click("nav.filters >> text=한국어")
    desk.page.fill("#text-body", "{customer}님, {amount}이 남아 있습니다.\n{link}")
    desk.page.click("text=Save the text")
    expect(desk.page.locator("pre.letter")).to_contain_text("₩9,900이 남아 있습니다.")
    desk.page.click("text=Compare with v7 and publish…")
    expect(desk.page.locator("h1")).to_contain_text("v8 against v7")
    expect(desk.page.locator("main")).to_contain_text("Days after the step before: 5 → 9")
    expect(desk.page.locator(".lines ins").first).to_contain_text("남아 있습니다.")
    desk.check("policy-difference")
    desk.page.fill("#reason", "Later, and kinder.")
    desk.page.click("text=Ask for it to be put in force")
    expect(desk.page.locator("main")).to_contain_text("Somebody else decides what you asked for.")
    with visit(browser, live_server.url, **PLAIN) as other:
        sign_in(other, "joon")
        other.go("/approvals/")
        other.check("approvals-policy")
        other.page.click("text=Read the difference and decide")
        other.page.click("text=Put in force >> nth=-1")
        other.page.wait_for_url("**/policy/comics/")
        expect(other.page.locator("main")).to_contain_text("mina & joon")
        other.check("policy-history")
    assert dict(live.policy.versions.values_list("number", "state")) == {7: "retired", 8: "live"}


def test_a_stale_save_shows_what_changed_and_keeps_what_was_typed(browser, live_server, desk, live) -> None:
    drafted(desk)
    with visit(browser, live_server.url, **PLAIN) as other:
        sign_in(other, "joon")
        other.go("/policy/comics/v8/")
        other.page.fill("#step-after_days", "2")
        other.page.click("text=Save the step")
        other.page.wait_for_url("**/v8/?step=**")
    desk.page.fill("#step-after_days", "4")
    desk.page.click("text=Save the step")
    expect(desk.page.locator("[role=alert]")).to_contain_text("Days after the step before: 0 → 2")
    expect(desk.page.locator("#step-after_days")).to_have_value("4")
    desk.check("policy-stale", expected="409")
    desk.page.click("text=Save the step")
    desk.page.wait_for_url("**/v8/?step=**")
    expect(desk.page.locator("#step-after_days")).to_have_value("4")


def working(stop: threading.Event) -> None:
    try:
        while not stop.is_set():
            carry_out_runs(now=NOW, limit=2)
            time.sleep(0.05)
    finally:
        connection.close()


@pytest.fixture
def worker() -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=working, args=[stop])
    thread.start()
    yield
    stop.set()
    thread.join()


def test_33_a_run_is_watched_paused_within_one_case_and_goes_on_with_no_case_twice(
    desk, live, worker
) -> None:
    for number in range(10):
        case(live.policy.merchant, number, next_review_at=NOW - timedelta(minutes=1))
    desk.go("/runs/")
    desk.page.click("text=Start a run")
    desk.page.wait_for_url("**/run/*/")
    desk.page.click("#control >> text=Pause")
    expect(desk.page.locator("#progress")).to_contain_text("Paused by mina.")
    run = Run.objects.get()
    stood_at = run.considered
    time.sleep(0.6)
    assert Decision.objects.filter(run=run).count() == stood_at
    desk.page.click("#control >> text=Go on")
    expect(desk.page.locator("#control")).to_contain_text("The run is over.")
    expect(desk.page.locator("#progress")).to_contain_text("10 of 10")
    assert desk.page.locator("#progress[hx-get]").count() == 0
    of_run = Decision.objects.filter(run=run)
    assert of_run.count() == of_run.values("case").distinct().count() == 10
    desk.page.click(".outcomes a >> nth=0")
    expect(desk.page.locator("tbody tr")).to_have_count(10)
    desk.check("run-done")


def busy(seller) -> Run:
    """A run at rest in the middle of its cases, one that is done, and a dry one."""
    for number in range(10):
        case(seller, number, next_review_at=NOW - timedelta(minutes=1), amount=9900 if number % 3 else 400)
    done = start_run(as_of=NOW - timedelta(minutes=2), asked_by="staff:joon", total=0, merchant_id=seller.pk)
    dry = start_run(as_of=NOW, asked_by="staff:joon", total=10, merchant_id=seller.pk, is_dry=True)
    run = start_run(as_of=NOW, asked_by="staff:mina", total=10, merchant_id=seller.pk)
    carry_out_runs(now=NOW, limit=6)
    pause_run(run_id=run.pk, actor="staff:mina")
    assert {done.pk, dry.pk, run.pk} == set(Run.objects.values_list("pk", flat=True))
    return run


def test_the_pages_of_policies_and_runs_in_every_look(browser, live_server, look, live) -> None:
    seller = live.policy.merchant
    with visit(browser, live_server.url, **look) as there:
        sign_in(there, "sora" if look["language"] == "ko" else "mina")
        for path, name in (("/runs/", "runs-empty"), ("/policy/comics/v7/", "policy-version-empty")):
            there.go(path)
            there.check(name)
        run = busy(seller)
        there.go("/policy/comics/")
        there.page.click("form button[name=from]")
        there.page.wait_for_url("**/v8/**")
        there.check("policy-draft")
        there.page.fill("#step-after_days", "-3")
        there.page.click("form[action$='/step/reminder-1/'] button >> nth=0")
        expect(there.page.locator("#step-after_days_error")).to_be_visible()
        there.check("policy-error", expected="422")
        pages = {
            "policies": "/policies/",
            "policy": "/policy/comics/",
            "policy-against": "/policy/comics/v8/against/v7/",
            "runs": "/runs/",
            "run": f"/run/{run.pk}/",
            "run-filtered": f"/run/{run.pk}/?outcome=send",
        }
        for name, path in pages.items():
            there.go(path)
            there.check(name)


def test_the_policy_editor_works_without_script(browser, live_server, live) -> None:
    with visit(browser, live_server.url, size=DESKTOP, language="en", theme="light", script="off") as there:
        sign_in(there, "mina")
        drafted(there)
        there.page.fill("#step-after_days", "1")
        there.page.click("text=Save the step")
        there.page.wait_for_url("**/v8/?step=**")
        assert PolicyVersion.objects.get(number=8).steps.first().after_days == 1
