"""Two people at one queue, in two browsers. Numbers are the rows of the feature table that a test proves."""

import time
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from defaults.models import DefaultCase, SavedView
from defaults.services import desk as at_desk
from defaults.services.presence import be_here
from defaults.services.snooze import snooze
from defaults.tests.showcase import NOW, songbird, staff
from reminders.tests.browsing import visit
from reminders.tests.queue_desk import PLAIN, busy_desk, press, shows
from reminders.tests.test_browser_pages import LOOKS, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]
SOON, GONE = 10_000, 30_000


def sits_down(browser, live_server, cases):
    staff("joon", merchants=(cases[0].merchant,), first_name="Joon", last_name="Park")
    return visit(browser, live_server.url, **PLAIN)


def test_14_a_second_browser_sees_who_else_is_on_the_case_and_when_they_have_gone(
    desk, browser, live_server, cases
) -> None:
    line = desk.page.locator("#pane .here")
    with sits_down(browser, live_server, cases) as joon:
        sign_in(joon, "joon")
        shows(joon, cases[0])
        expect(line).to_contain_text("Joon Park is viewing", timeout=SOON)
        desk.check("queue-presence")
        press(joon, "j")
        shows(joon, cases[1])
        expect(line).not_to_contain_text("Joon", timeout=GONE)
        press(joon, "k")
        expect(line).to_contain_text("Joon Park is viewing", timeout=SOON)
    # His browser is gone without a word.
    expect(line).not_to_contain_text("Joon", timeout=GONE)


def test_14_a_page_that_is_left_ends_it_at_once_and_a_case_page_tells_too(
    desk, browser, live_server, cases
) -> None:
    with sits_down(browser, live_server, cases) as joon:
        sign_in(joon, "joon")
        joon.go(f"/case/{cases[2].number}/")
        desk.go(f"/case/{cases[2].number}/")
        line = desk.page.locator(".here")
        expect(line).to_contain_text("Joon Park is viewing", timeout=SOON)
        expect(joon.page.locator(".here")).to_contain_text("Mina Im is viewing", timeout=SOON)
        desk.check("case-presence")
        joon.go("/approvals/")
        expect(line).not_to_contain_text("Joon", timeout=SOON)


def test_15_the_same_stands_in_the_list_rows(desk, browser, live_server, cases) -> None:
    with sits_down(browser, live_server, cases) as joon:
        sign_in(joon, "joon")
        press(joon, "j", "j")
        shows(joon, cases[2])
        row = desk.page.locator(f"#list tr[data-case='{cases[2].number}'] .dot")
        expect(row).to_contain_text("JP", timeout=SOON)
        expect(row).to_have_attribute("title", "Joon Park is viewing")
        desk.page.reload()
        expect(row).to_contain_text("JP")
        press(joon, "k")
        shows(joon, cases[1])
        expect(row).to_have_count(0, timeout=GONE)
        expect(desk.page.locator(f"#list tr[data-case='{cases[1].number}'] .dot")).to_have_count(1)


def test_14_a_page_that_nobody_sees_is_silent(desk, cases) -> None:
    beats = []
    desk.page.on(
        "request", lambda asked: beats.append(asked.url) if asked.url.endswith("/presence/") else None
    )
    press(desk, "]")
    time.sleep(2)
    desk.page.wait_for_timeout(8_500)
    assert beats == []
    press(desk, "]")
    desk.page.wait_for_timeout(9_500)
    assert beats


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look['size']['width']}-{look['language']}")
def test_a_full_desk_in_every_look(browser, live_server, look) -> None:
    seller = songbird()
    busy_desk(seller)
    mina, joon = (
        staff(merchants=(seller,), language=look["language"]),
        staff("park", first_name="", last_name="박준"),
    )
    by_age = DefaultCase.objects.live().order_by("oldest_due_on")
    with at_desk.held(by_age[1].pk) as put_away:
        snooze(put_away, until=NOW + timedelta(days=3), now=NOW, actor="staff:mina")
    for name, parts, is_shared in (
        ("30일 넘은 건", {"view": "open", "bucket": "31-60"}, True),
        ("Mine, disputed", {"view": "mine", "disputed": "yes"}, False),
    ):
        SavedView.objects.create(owner=mina, name=name, parts=parts, is_shared=is_shared)
    with visit(browser, live_server.url, **look) as there:
        sign_in(there, "mina")
        be_here(user_id=joon.pk, page="case", case_id=by_age[0].pk)
        there.page.reload()
        there.page.wait_for_timeout(600)
        there.check("desk-full")
        there.go("/queue/?view=open&bucket=31-60&order=gain")
        there.page.wait_for_timeout(400)
        there.page.click(".keep > summary")
        there.check("desk-saved-view")
        there.go("/queue/?view=snoozed")
        there.page.wait_for_timeout(400)
        there.check("desk-snoozed")
        there.go("/queue/")
        there.page.wait_for_timeout(400)
        there.page.keyboard.press("s")
        there.page.wait_for_selector("#act [name=wakes]")
        there.check("dialog-snooze")
        there.go(f"/case/{by_age[1].number}/")
        there.check("case-asleep")
