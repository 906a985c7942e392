"""What is typed is never lost: drafts on every device, and saves on a case that has moved on. Numbers as in the feature table."""

import pytest
from playwright.sync_api import expect

from defaults.models import DefaultCase
from defaults.services.desk import claim_case
from defaults.services.holds import place_hold
from defaults.tests.showcase import NOW, staff
from reminders.models import Draft
from reminders.tests.browsing import visit
from reminders.tests.queue_desk import PLAIN, press, shows
from reminders.tests.test_browser_pages import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]

NOTE = "#act [name=text]"


def noted(case: DefaultCase) -> int:
    return case.events.filter(kind="note").count()


def write(there, text: str) -> None:
    """Begin a note on the highlighted case, and leave it unfinished."""
    press(there, "c")
    there.page.locator(NOTE).wait_for()
    there.page.keyboard.type(text)
    expect(there.page.locator("#act .draft")).to_contain_text("draft saved")


def test_17_what_is_typed_is_there_on_another_device_and_in_pane_dialog_and_page(
    desk, browser, live_server, cases
) -> None:
    write(desk, "Called; wants the bill again.")
    desk.page.goto("about:blank")
    with visit(browser, live_server.url, **PLAIN) as other:
        sign_in(other, "mina")
        shows(other, cases[0])
        expect(other.page.locator("#pane")).to_contain_text("Called; wants the bill again.")
        press(other, "c")
        expect(other.page.locator(NOTE)).to_have_value("Called; wants the bill again.")
        expect(other.page.locator("#act .draft")).to_contain_text("draft saved")
        other.check("dialog-note-draft")
        other.go(f"/case/{cases[0].number}/")
        expect(other.page.locator("#note-text")).to_have_value("Called; wants the bill again.")


def test_17_a_new_owner_and_another_act_leave_the_draft_alone_and_keeping_the_note_ends_it(
    desk, cases
) -> None:
    write(desk, "Half a thought")
    press(desk, "Escape", "p")
    desk.page.locator("#act [name=on]").wait_for()
    press(desk, "Control+Enter")
    expect(desk.page.locator("#said")).to_contain_text("promised")
    joon = staff("joon", merchants=(cases[0].merchant,))
    claim_case(case_id=cases[0].pk, user_id=joon.pk, now=NOW, actor="staff:joon")
    press(desk, "c")
    expect(desk.page.locator(NOTE)).to_have_value("Half a thought")
    press(desk, "Control+Enter")
    expect(desk.page.locator("#said")).to_contain_text("Note")
    assert (noted(cases[0]), Draft.objects.count()) == (1, 0)


def test_17_what_was_typed_a_moment_before_leaving_is_saved_too(desk, cases) -> None:
    press(desk, "c")
    desk.page.locator(NOTE).wait_for()
    desk.page.keyboard.type("quick")
    press(desk, "Escape")
    press(desk, "j", "k", "c")
    expect(desk.page.locator(NOTE)).to_have_value("quick")


def test_17_what_is_typed_before_the_dialog_is_there_stands_in_it(desk, cases) -> None:
    held = []
    desk.page.route("**/dialog/note/", lambda route: held.append(route))
    press(desk, "c")
    expect(desk.page.locator("#act")).to_have_attribute("aria-busy", "true")
    desk.page.keyboard.type("Called at noon, a")
    held[0].continue_()
    expect(desk.page.locator(NOTE)).to_have_value("Called at noon, a")
    desk.page.keyboard.type("nd wrote.")
    expect(desk.page.locator("#act .draft")).to_contain_text("draft saved")
    assert Draft.objects.get().text == "Called at noon, and wrote."


def test_17_nobody_else_reads_a_draft(desk, browser, live_server, cases) -> None:
    write(desk, "Mine alone")
    staff("joon", merchants=(cases[0].merchant,))
    with visit(browser, live_server.url, **PLAIN) as other:
        sign_in(other, "joon")
        shows(other, cases[0])
        assert "Mine alone" not in other.page.content()
        press(other, "c")
        expect(other.page.locator(NOTE)).to_have_value("")
        other.go(f"/case/{cases[0].number}/")
        assert "Mine alone" not in other.page.content()


def test_16_a_stale_save_shows_what_changed_keeps_the_text_and_can_be_saved_all_the_same(
    desk, browser, live_server, cases
) -> None:
    staff("joon", merchants=(cases[0].merchant,), first_name="Joon", last_name="Park")
    press(desk, "d")
    desk.page.locator("#act [name=text]").fill("Never bought it.")
    with visit(browser, live_server.url, **PLAIN) as other:
        sign_in(other, "joon")
        shows(other, cases[0])
        press(other, "a")
        expect(other.page.locator("#said")).to_contain_text("is yours")
    press(desk, "Control+Enter")
    expect(desk.page.locator("#act [role=alert]")).to_contain_text("changed since you read it")
    expect(desk.page.locator("#act .note.amber")).to_contain_text("joon: Taken over")
    expect(desk.page.locator("#act [name=text]")).to_have_value("Never bought it.")
    desk.check("dialog-stale")
    press(desk, "Control+Enter")
    expect(desk.page.locator("#said")).to_contain_text("Disputed")
    assert cases[0].disputes.get().text == "Never bought it."


def test_16_on_the_page_too(desk, cases) -> None:
    desk.go(f"/case/{cases[0].number}/")
    form = desk.page.locator("form[action$='/act/waive/']")
    form.locator("xpath=parent::details").locator("summary").click()
    form.locator("[name=amount]").fill("100")
    form.locator("[name=reason]").fill("Our mistake.")
    place_hold(case_id=cases[0].pk, reason="staff", actor="staff:joon", now=NOW)
    form.locator("button").click()
    expect(desk.page.locator(".notes .note.amber")).to_contain_text("joon: Put on hold")
    expect(form.locator("[name=reason]")).to_have_value("Our mistake.")
    desk.check("case-stale")
    form.locator("button").click()
    expect(desk.page.locator("form[action$='/act/undo/']")).to_be_visible()
    assert cases[0].events.filter(kind="waived").count() == 1
