"""Snoozing, saved views and finding, in a real browser. Numbers are the rows of the feature table that a test proves."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from common import clock
from defaults import services
from defaults.services import holds
from defaults.services.desk import claim_case
from defaults.tests.showcase import NOW, case, staff
from reminders.models import Message
from reminders.tests.browsing import visit
from reminders.tests.queue_desk import PLAIN, press, shows
from reminders.tests.test_browser_pages import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]

TYPED = """text => new Promise(done => {
  const field = document.getElementById("q"), start = performance.now();
  document.addEventListener("htmx:afterSettle", function settled(event) {
    if (event.detail.elt.id !== "list") return;
    document.removeEventListener("htmx:afterSettle", settled);
    done(performance.now() - start);
  });
  field.value = text;
  field.dispatchEvent(new Event("input", {bubbles: true}));
})"""


def put_away(desk, wanted, *, wakes: str = "answer") -> None:
    """By keys from the list: `s`, in three days."""
    desk.go(f"/queue/?case={wanted.number}")
    shows(desk, wanted)
    press(desk, "s")
    expect(desk.page.locator("#act-title")).to_contain_text(wanted.number)
    press(desk, "2")
    desk.page.select_option("#act [name=wakes]", wakes)
    press(desk, "Control+Enter")
    expect(desk.page.locator("#act")).to_be_hidden()
    expect(desk.page.locator(f"#list tr[data-case='{wanted.number}']")).to_have_count(0)


def test_20_a_snoozed_case_leaves_the_desk_and_is_back_at_its_time_and_nothing_is_sent(
    desk, cases, monkeypatch
) -> None:
    sent = Message.objects.count()
    put_away(desk, cases[0])
    shows(desk, cases[1])
    expect(desk.page.locator("#list tbody tr")).to_have_count(5)
    press(desk, "g", "9")
    shows(desk, cases[0])
    expect(desk.page.locator("#views [aria-current] .num")).to_have_text("1", timeout=15_000)
    expect(desk.page.locator("#list td.c-state")).to_contain_text("Snoozed until Nov 23 09:00")
    desk.check("queue-snoozed")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=3))
    services.wake_due(now=clock.now())
    desk.go("/queue/")
    shows(desk, cases[0])
    expect(desk.page.locator("#pane .timeline")).to_contain_text("Back from its snooze")
    assert Message.objects.count() == sent


def test_20_an_answer_of_the_customer_wakes_it_unless_it_was_to_sleep_through(desk, cases) -> None:
    put_away(desk, cases[0], wakes="answer")
    put_away(desk, cases[1], wakes="time")
    for answered in cases[:2]:
        holds.claim_paid(case_id=answered.pk, now=NOW, actor="customer")
    assert services.wake_due(now=NOW) == 1
    desk.go("/queue/?view=snoozed")
    shows(desk, cases[1])
    expect(desk.page.locator("#list tbody tr")).to_have_count(1)


def test_20_it_is_put_back_by_hand_and_either_is_undone(desk, cases) -> None:
    put_away(desk, cases[0])
    press(desk, "z")
    expect(desk.page.locator("#list tbody tr")).to_have_count(6)
    put_away(desk, cases[0])
    desk.go("/queue/?view=snoozed")
    shows(desk, cases[0])
    press(desk, "s")
    expect(desk.page.locator("#act-title")).to_contain_text(cases[0].number)
    desk.check("dialog-snoozed")
    press(desk, "1", "Control+Enter")
    expect(desk.page.locator("#list tbody tr")).to_have_count(0)
    press(desk, "z")
    shows(desk, cases[0])


def test_01_a_view_is_saved_shared_and_shows_as_many_rows_as_its_number_says(
    desk, browser, live_server, cases
) -> None:
    joon = staff("joon", merchants=(cases[0].merchant,))
    claim_case(case_id=cases[2].pk, user_id=joon.pk, now=NOW, actor="staff:joon")
    desk.go("/queue/?assignee=none")
    desk.page.click(".keep > summary")
    desk.check("queue-save-view")
    desk.page.fill("#view-name", "Free ones")
    desk.page.check("[name=shared]")
    press(desk, "Enter")
    current = desk.page.locator("#views [aria-current]")
    expect(current).to_contain_text("Free ones")
    expect(current.locator(".num")).to_have_text("5")
    expect(desk.page.locator("#list tbody tr")).to_have_count(5)
    expect(desk.page.locator("#views [data-view]")).to_have_count(9)
    desk.check("queue-saved-view")
    with visit(browser, live_server.url, **PLAIN) as other:
        sign_in(other, "joon")
        other.page.click("text=Free ones")
        expect(other.page.locator("h1")).to_have_text("Free ones")
        expect(other.page.locator("#list tbody tr")).to_have_count(5)
        other.page.click(".keep > summary")
        expect(other.page.locator("#new-name")).to_have_count(0)
    desk.page.click(".keep > summary")
    desk.page.click("text=Delete")
    expect(desk.page.locator("#views .saved")).to_have_count(0)


def test_27_what_is_typed_stands_in_the_list_within_half_a_second(desk, cases) -> None:
    took = [desk.page.evaluate(TYPED, str(one.customer)) for one in (*cases[1:], *cases[:4])]
    shows(desk, cases[3])
    print("search as you type:", [round(one) for one in took], "ms")
    assert min(took) < 500, took


def test_27_a_name_is_found_at_every_key_while_it_is_still_being_composed(desk, cases) -> None:
    wanted = case(cases[0].merchant, 11)  # 이도윤
    press(desk, "/")
    ime = desk.page.context.new_cdp_session(desk.page)
    for composed in ("이", "읻", "이도", "이동", "이도유", "이도윤"):
        ime.send(
            "Input.imeSetComposition",
            {"text": composed, "selectionStart": len(composed), "selectionEnd": len(composed)},
        )
        shows(desk, wanted)
        expect(desk.page.locator("#q")).to_be_focused()
    ime.send("Input.insertText", {"text": "이도윤"})
    expect(desk.page.locator("#q")).to_have_value("이도윤")
    shows(desk, wanted)
    press(desk, "Escape")
    expect(desk.page.locator("#list tr[aria-current] a")).to_be_focused()


def test_27_whoever_is_searched_for_is_found_though_snoozed(desk, cases) -> None:
    put_away(desk, cases[3])
    desk.go("/queue/")
    press(desk, "/")
    desk.page.keyboard.insert_text(str(cases[3].customer))
    shows(desk, cases[3])


def test_30_an_empty_desk_says_what_to_do_next_in_every_view(desk, cases) -> None:
    for place in range(2, 10):
        desk.go("/queue/")
        press(desk, "g", str(place))
        expect(desk.page.locator("#list .empty, #list table").first).to_be_visible()
        if desk.page.locator("#list .empty").count():
            expect(desk.page.locator("#list .empty p").first).not_to_be_empty()
            expect(desk.page.locator("#list .empty")).to_contain_text("take the next one")
