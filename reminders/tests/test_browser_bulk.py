"""Acts on many cases in a real browser. Numbers are the rows of the feature table that a test proves."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection
from playwright.sync_api import expect

from accounts.services import record_events
from accounts.tests.factories import due
from common import clock
from defaults import services
from defaults.models import DefaultCase
from defaults.services.desk import add_note
from defaults.tests.showcase import NOW, case, staff
from reminders.models import Draft, Job, Macro, Message
from reminders.services.job_rows import carry_out_jobs
from reminders.services.shared_args import SHARED
from reminders.tests.browsing import visit
from reminders.tests.queue_desk import PLAIN, press, shows
from reminders.tests.test_browser_pages import sign_in
from reminders.tests.world import ensure_defaults
from reminders.views.bulk_forms import TITLES, titles
from reminders.views.dialog_forms import TITLES as OF_ONE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]

PICKED = "#picked strong"
SAID = "#said"


def select_three(desk) -> None:
    press(desk, "x", "j", "j", "X")
    expect(desk.page.locator(PICKED)).to_have_text("3")


def confirm(desk) -> None:
    expect(desk.page.locator("#act")).not_to_have_attribute("aria-busy", "true")
    press(desk, "Control+Enter")


def owners() -> list[str | None]:
    return list(DefaultCase.objects.order_by("pk").values_list("assignee__username", flat=True))


def test_07_shift_and_a_click_select_a_range(desk) -> None:
    boxes = desk.page.locator("#list input[type=checkbox]")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(desk.page.locator(PICKED)).to_have_text("4")
    desk.check("bulk-bar")


def test_07_a_selection_outlives_a_refresh_of_the_list(desk) -> None:
    select_three(desk)
    desk.page.evaluate("document.dispatchEvent(new Event('changed'))")
    desk.page.wait_for_load_state("networkidle")
    expect(desk.page.locator(PICKED)).to_have_text("3")


def test_08_all_of_the_view_are_selected_and_changed(desk, cases) -> None:
    for number in range(20, 80):
        case(cases[0].merchant, number)
    desk.page.reload()
    press(desk, "x")
    desk.page.click("text=Select all 66 cases in this view")
    expect(desk.page.locator(PICKED)).to_have_text("66 cases")
    desk.check("bulk-all")
    press(desk, "a")
    expect(desk.page.locator("#act-title")).to_contain_text("66 cases")
    confirm(desk)
    expect(desk.page.locator(SAID)).to_contain_text("66 done")
    assert owners() == ["mina"] * 66


def test_08_another_list_is_another_selection(desk, cases) -> None:
    press(desk, "x")
    desk.page.click("text=Select all 6 cases in this view")
    desk.page.fill("#q", "이도")
    expect(desk.page.locator("#picked")).to_be_hidden()


def test_09_a_bulk_act_is_undone_and_what_changed_since_is_named(desk, cases) -> None:
    select_three(desk)
    press(desk, "a")
    desk.check("bulk-dialog")
    confirm(desk)
    expect(desk.page.locator(SAID)).to_contain_text("3 done")
    expect(desk.page.locator("#picked")).to_be_hidden()
    add_note(case_id=cases[1].pk, text="Called.", now=NOW, actor="staff:jo")
    press(desk, "z")
    expect(desk.page.locator(SAID)).to_contain_text(f"Undone: 2 cases. Left as they are: {cases[1].number}.")
    desk.check("bulk-undone")
    held = DefaultCase.objects.filter(assignee__username="mina")
    assert [one.pk for one in held] == [cases[1].pk]


def test_09_z_restores_all_after_a_reload_too(desk, cases) -> None:
    select_three(desk)
    press(desk, "p")
    confirm(desk)
    expect(desk.page.locator(SAID)).to_contain_text("3 done")
    desk.page.reload()
    shows(desk, cases[0])
    press(desk, "z")
    expect(desk.page.locator(SAID)).to_contain_text("Undone: 3 cases.")
    assert DefaultCase.objects.filter(state="promised").count() == 0


def test_10_a_big_one_goes_on_in_the_background_while_its_bar_moves(desk, cases) -> None:
    seller, number = cases[0].merchant, 1200
    told = [
        due(f"bulk-{n}", due_on="2026-10-01", customer={"reference": f"b-{n}", "name": f"Reader {n}"})
        for n in range(number)
    ]
    record_events(merchant_id=seller.pk, events=told, now=NOW)
    services.open_cases(now=NOW)
    total = DefaultCase.objects.count()
    assert total > number
    desk.page.reload()
    press(desk, "x")
    desk.page.click(f"text=Select all {total:,} cases in this view")
    press(desk, "a")
    confirm(desk)
    desk.page.wait_for_url("**/jobs/*/")
    expect(desk.page.locator("progress")).to_have_attribute("value", "0")
    add_note(case_id=cases[3].pk, text="Called.", now=NOW, actor="staff:jo")
    assert len(progress_while_working(desk)) > 3
    expect(desk.page.locator("#job")).not_to_have_attribute("hx-trigger", "every 1s")
    row = desk.page.locator("#results tbody tr, .results tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(cases[3].number)
    desk.check("job-failed")
    desk.page.click("#retry")
    expect(desk.page.locator(".filters a[aria-current]")).to_contain_text(f"{total:,}")
    assert DefaultCase.objects.filter(assignee__username="mina").count() == total
    desk.check("job-done")


def progress_while_working(desk) -> set[str]:
    """What the bar said while a worker carried the job out."""
    stop, seen, end = Event(), set(), time.monotonic() + 300
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(_work, stop)
        while Job.objects.get().state != "done" and time.monotonic() < end:
            seen.add(desk.page.locator("progress").get_attribute("value"))
            desk.page.wait_for_timeout(400)
        stop.set()
        working.result()
    return seen


def _work(stop: Event) -> None:
    try:
        while not stop.is_set():
            carry_out_jobs(clock=clock.now, seconds=5)
            stop.wait(0.2)
    finally:
        connection.close()


def test_11_what_is_done_to_one_case_is_done_to_many(desk, cases) -> None:
    ensure_defaults()
    press(desk, "x")
    begins = desk.page.locator("#picked [data-begin]")
    names = {begins.nth(place).get_attribute("data-begin") for place in range(begins.count())}
    # Holding and answering a dispute are among "more".
    assert names == set(TITLES) >= set(OF_ONE) - {"hold", "answer"}
    assert {"hold", "resolve-dispute"} <= set(titles())
    assert set(titles()) == set(SHARED)
    press(desk, "*", "a", "r")
    expect(desk.page.locator("#act-title")).to_contain_text("Remind 6 cases")
    desk.check("bulk-remind")
    confirm(desk)
    expect(desk.page.locator(SAID)).to_contain_text("6 done")
    assert Message.objects.exclude(state="cancelled").count() > 0


@pytest.mark.parametrize("name", [name for name in TITLES if name not in ("macro", "claim", "remind")])
def test_11_every_dialog_can_be_read_and_used(desk, name) -> None:
    select_three(desk)
    desk.page.click(f"#picked [data-begin={name}]")
    expect(desk.page.locator("#act-title")).to_contain_text("3 cases")
    desk.check(f"bulk-{name}")
    press(desk, "Escape")
    expect(desk.page.locator("#list tr[aria-current] a")).to_be_focused()


def test_26_a_macro_shows_its_effects_first_and_leaves_drafts_alone(desk, cases) -> None:
    steps = [
        {"action": "note", "args": {"text": "Called, will pay."}},
        {"action": "promise", "args": {"on": {"in_days": 7}}},
    ]
    Macro.objects.create(name="Will pay", steps=steps)
    press(desk, "c")
    desk.page.locator("#act textarea").fill("She said that")
    expect(desk.page.locator("#act .draft")).to_contain_text("draft saved")
    press(desk, "Escape", "m")
    expect(desk.page.locator("#act .steps")).to_contain_text("Called, will pay.")
    expect(desk.page.locator("#act")).to_contain_text("Payment date promised: Nov 27")
    desk.check("macro")
    assert DefaultCase.objects.get(pk=cases[0].pk).version == cases[0].version
    confirm(desk)
    expect(desk.page.locator(SAID)).to_contain_text("Will pay: 1 done")
    assert DefaultCase.objects.get(pk=cases[0].pk).state == "promised"
    assert [one.text for one in Draft.objects.all()] == ["She said that"]
    expect(desk.page.locator("#act")).to_be_hidden()
    press(desk, "c")
    expect(desk.page.locator("#act textarea")).to_have_value("She said that")


@pytest.mark.parametrize(("language", "theme"), [("ko", "dark"), ("en", "light")])
def test_39_the_bar_the_dialog_and_the_job_in_both_languages_and_themes(
    browser, live_server, cases, language, theme
) -> None:
    staff(merchants=(cases[0].merchant,), language=language)
    with visit(browser, live_server.url, **PLAIN | {"language": language, "theme": theme}) as there:
        sign_in(there, "mina")
        shows(there, cases[0])
        press(there, "*", "a")
        expect(there.page.locator("#matching button")).to_be_visible()
        there.check("bulk-bar")
        press(there, "e")
        expect(there.page.locator("#act details").first).to_be_visible()
        there.check("bulk-close")
        press(there, "Escape", "p")
        confirm(there)
        expect(there.page.locator(SAID)).to_contain_text(re.compile("6"))
        there.go("/jobs/")
        there.check("jobs")
        there.page.click(".rows a")
        there.page.click(".filters a")
        there.check("job")


def test_35_the_list_is_taken_away_for_a_reason(desk, cases) -> None:
    desk.page.click(".export a")
    desk.check("export")
    desk.page.fill("#export-reason", "Month-end check")
    with desk.page.expect_download() as download:
        desk.page.click("#act .main")
    text = download.value.path().read_bytes().decode("utf-8-sig")
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == [one.number for one in cases]
    assert download.value.suggested_filename == "queue-open-2026-11-20.csv"
    expect(desk.page.locator("#act")).to_be_hidden()
