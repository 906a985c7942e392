"""What went wrong in trial pages never does again; and the queue in every look, full and empty."""

import pytest
from playwright.sync_api import expect

from defaults.models import DefaultCase
from defaults.services.desk import claim_case
from defaults.tests.showcase import NOW, case, songbird, staff
from reminders.tests.browsing import visit
from reminders.tests.queue_desk import CHANGED, PLAIN, busy_desk, press, shows
from reminders.tests.test_browser_pages import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]


def test_an_act_is_on_the_highlighted_case_while_the_panel_still_shows_another(desk, cases) -> None:
    desk.page.route("**/pane/", lambda route: None)
    press(desk, "j")
    expect(desk.page.locator("#pane")).to_have_attribute("aria-busy", "true")
    expect(desk.page.locator("#pane article")).to_have_attribute("data-case", cases[0].number)
    press(desk, "a")
    expect(desk.page.locator("#said")).to_contain_text(cases[1].number)
    assert [
        one.assignee_id is not None
        for one in DefaultCase.objects.filter(pk__in=[cases[0].pk, cases[1].pk]).order_by("pk")
    ] == [False, True]


def test_the_cursor_stays_on_its_case_when_rows_move(desk, cases) -> None:
    press(desk, "j", "j")
    shows(desk, cases[2])
    case(cases[0].merchant, 20)
    desk.page.evaluate(CHANGED)
    expect(desk.page.locator("#list tbody tr")).to_have_count(7)
    shows(desk, cases[2])


def test_what_is_said_goes_by_itself(desk) -> None:
    desk.page.clock.install()
    press(desk, "a")
    expect(desk.page.locator("#said")).to_be_visible()
    desk.page.clock.fast_forward(11_000)
    expect(desk.page.locator("#said")).to_be_hidden()


def test_a_case_of_somebody_else_is_not_taken_by_a_key(desk, cases) -> None:
    other = staff("joon", merchants=(cases[0].merchant,), first_name="Joon", last_name="Park")
    claim_case(case_id=cases[0].pk, user_id=other.pk, now=NOW, actor="staff:joon")
    press(desk, "a")
    expect(desk.page.locator("#said")).to_contain_text("has")
    assert DefaultCase.objects.get(pk=cases[0].pk).assignee_id == other.pk


def test_keys_are_letters_inside_a_field(desk, cases) -> None:
    press(desk, "/")
    desk.page.keyboard.type("jxa")
    assert desk.page.input_value("#q") == "jxa"
    expect(desk.page.locator("#picked")).to_be_hidden()


def test_views_and_panel_are_hidden_and_come_back(desk, cases) -> None:
    press(desk, "]", "[")
    expect(desk.page.locator("#pane")).to_be_hidden()
    expect(desk.page.locator("#views")).to_be_hidden()
    press(desk, "j", "]", "[")
    expect(desk.page.locator("#views")).to_be_visible()
    shows(desk, cases[1])


def test_the_queue_works_without_script(browser, live_server, cases) -> None:
    staff(merchants=(cases[0].merchant,))
    with visit(browser, live_server.url, **PLAIN, script="off") as there:
        sign_in(there, "mina")
        there.page.click("#views a >> nth=2")
        there.page.fill("#q", cases[3].number)
        there.page.click("#search button")
        there.page.click("#list tbody a")
        there.page.wait_for_url(f"**/case/{cases[3].number}/")
        there.go("/queue/")
        there.page.click("form[data-key=n] button")
        there.page.wait_for_url(f"**/case/{cases[0].number}/")


@pytest.mark.parametrize("fill", ["full", "empty"])
@pytest.mark.parametrize(("language", "theme"), [("en", "dark"), ("ko", "light")])
def test_nothing_to_complain_about_on_a_small_screen(browser, live_server, language, theme, fill) -> None:
    seller = songbird()
    if fill == "full":
        busy_desk(seller)
    staff(merchants=(seller,), language=language)
    with visit(
        browser, live_server.url, size={"width": 360, "height": 740}, language=language, theme=theme
    ) as there:
        sign_in(there, "mina")
        there.page.wait_for_timeout(400)
        there.check(f"queue-{fill}")
        there.go("/queue/?order=gain&bucket=31-60&disputed=no")
        there.page.wait_for_timeout(400)
        there.page.click("#filter summary")
        there.check(f"queue-{fill}-filters")
