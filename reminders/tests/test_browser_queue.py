"""The queue as the workplace, in a real browser. Numbers are the rows of the feature table that a test proves."""

import pytest
from playwright.sync_api import expect

from defaults.case_states import Outcome
from defaults.models import DefaultCase
from defaults.services.closing import close_by_policy
from defaults.services.desk import claim_case
from defaults.tests.showcase import NOW, case, songbird, staff
from reminders.tests.browsing import visit
from reminders.tests.queue_desk import CHANGED, CURRENT, PLAIN, cookie_of, press, shows
from reminders.tests.test_browser_pages import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]

SPEED = """new Promise(done => {
  const pane = document.getElementById("pane"), start = performance.now();
  const look = () => pane.getAttribute("aria-busy") === "false" && done(performance.now() - start);
  new MutationObserver(look).observe(pane, {attributes: true, childList: true});
  document.dispatchEvent(new KeyboardEvent("keydown", {key: "j", code: "KeyJ", bubbles: true}));
})"""


def test_01_nine_views_stand_with_their_numbers_and_a_number_is_the_rows_listed(desk, cases) -> None:
    expect(desk.page.locator("#views [data-view]")).to_have_count(9)
    assert desk.page.locator("#views a[aria-current] .num").inner_text() == str(len(cases))
    expect(desk.page.locator("#list tbody tr")).to_have_count(len(cases))


def test_02_a_second_browser_sees_the_numbers_change_without_a_reload(
    desk, browser, live_server, cases
) -> None:
    staff("joon", merchants=(cases[0].merchant,))
    with visit(browser, live_server.url, **PLAIN) as other:
        sign_in(other, "joon")
        expect(other.page.locator("a[data-view='3'] .num")).to_have_text("6")
        press(desk, "a")
        expect(desk.page.locator("a[data-view='3'] .num")).to_have_text("5")
        expect(other.page.locator("a[data-view='3'] .num")).to_have_text("5", timeout=15_000)


def test_03_j_shows_the_next_case_beside_the_list(desk, cases) -> None:
    took = []
    for wanted in cases[1:]:
        took.append(desk.page.evaluate(SPEED))
        shows(desk, wanted)
    assert min(took) < 500, took


def test_04_the_list_is_worked_without_a_mouse(desk, cases) -> None:
    press(desk, "j", "ArrowDown", "k")
    shows(desk, cases[1])
    press(desk, "x")
    expect(desk.page.locator("#picked strong")).to_have_text("1")
    press(desk, "Enter")
    desk.page.wait_for_url(f"**/case/{cases[1].number}/")
    press(desk, "u")
    desk.page.wait_for_url("**/queue/**")
    shows(desk, cases[1])
    press(desk, "n")
    desk.page.wait_for_url(f"**/case/{cases[0].number}/")
    assert DefaultCase.objects.get(pk=cases[0].pk).assignee.username == "mina"


def test_05_keys_work_on_the_korean_layout_and_rest_while_composing(desk, cases) -> None:
    tell = "init => document.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, ...init}))"
    desk.page.evaluate(tell, {"key": "ㅓ", "code": "KeyJ"})
    shows(desk, cases[1])
    desk.page.evaluate(tell, {"key": "ㅓ", "code": "KeyJ", "isComposing": True})
    desk.page.evaluate(tell, {"key": "Process", "code": "KeyJ", "keyCode": 229})
    shows(desk, cases[1])


def test_06_the_sheet_of_keys_opens_and_gives_the_focus_back(desk, cases) -> None:
    press(desk, "j", "?")
    expect(desk.page.locator("#keys")).to_be_visible()
    press(desk, "j")
    desk.check("queue-keys")
    press(desk, "Escape")
    expect(desk.page.locator("#keys")).to_be_hidden()
    shows(desk, cases[1])
    expect(desk.page.locator(f"{CURRENT} a")).to_be_focused()


def test_07_a_range_is_selected_and_counted(desk) -> None:
    press(desk, "j", "x", "j", "j", "X")
    expect(desk.page.locator("#picked strong")).to_have_text("3")
    press(desk, "*", "a")
    expect(desk.page.locator("#picked strong")).to_have_text("6")
    desk.check("queue-selected")
    press(desk, "*", "n")
    expect(desk.page.locator("#picked")).to_be_hidden()


def test_07_escape_clears_the_selection(desk) -> None:
    press(desk, "x", "Escape")
    expect(desk.page.locator("#picked")).to_be_hidden()


def test_13_when_the_highlighted_case_closes_the_next_of_the_view_is_current(desk, cases) -> None:
    press(desk, "j")
    shows(desk, cases[1])
    close_by_policy(
        case_ids=[cases[1].pk], outcome=Outcome.WRITTEN_OFF, now=NOW, actor="system", reason="end_of_ladder"
    )
    desk.page.evaluate(CHANGED)
    shows(desk, cases[2])


def test_18_the_longest_overdue_stands_first_and_says_so_in_words(desk, cases) -> None:
    first = desk.page.locator("#list tbody tr").first
    expect(first).to_have_attribute("data-case", cases[0].number)
    expect(first.locator(".c-due")).to_contain_text("days overdue")
    expect(first.locator(".chip")).not_to_be_empty()


@pytest.mark.parametrize("text", ["이도", "ㅇㅣ도윤", "AM-", "reader"])
def test_27_what_is_typed_narrows_the_list_at_once(desk, cases, text) -> None:
    wanted = case(cases[0].merchant, 1)
    text = {"AM-": wanted.number[:-1], "reader": f"reader{wanted.merchant_id}.1@example.com"}.get(text, text)
    text = "이도유" if text.startswith("ㅇ") else text
    press(desk, "/")
    desk.page.keyboard.insert_text(text)
    expect(desk.page.locator(f"#list tr[data-case='{wanted.number}']")).to_be_visible()
    assert "q=" in desk.page.url
    expect(desk.page.locator("#q")).to_be_focused()


def test_27_half_a_syllable_finds_the_whole_one(desk, cases) -> None:
    wanted = case(cases[0].merchant, 11)
    press(desk, "/")
    desk.page.keyboard.insert_text("이도유")
    shows(desk, wanted)


def test_28_filters_stand_in_the_address_and_another_session_sees_the_same(
    desk, browser, live_server, cases
) -> None:
    claim_case(
        case_id=cases[2].pk, user_id=staff("joon", merchants=(cases[0].merchant,)).pk, now=NOW, actor="x"
    )
    press(desk, "f")
    desk.page.select_option("#f-assignee", "others")
    desk.page.click(".filter .main")
    shows(desk, cases[2])
    with visit(browser, live_server.url, **PLAIN) as other:
        staff("sora", merchants=(cases[0].merchant,))
        sign_in(other, "sora")
        other.page.goto(desk.page.url)
        shows(other, cases[2])
        expect(other.page.locator("#list tbody tr")).to_have_count(1)
    desk.page.click("#narrowed a")
    expect(desk.page.locator("#list tbody tr")).to_have_count(6)


def test_30_an_empty_list_says_what_to_do_next_and_empties_the_panel(desk, cases) -> None:
    press(desk, "/")
    desk.page.keyboard.insert_text("nobody of this name")
    expect(desk.page.locator(".empty").first).to_contain_text("Nothing matches")
    expect(desk.page.locator("#pane article")).to_have_count(0)
    expect(desk.page.locator("#pane")).to_have_attribute("aria-busy", "false")
    desk.page.click("text=Clear the search")
    shows(desk, cases[0])
    press(desk, "g", "2")
    expect(desk.page.locator(".empty").first).to_contain_text("take the next one")


def test_37_the_theme_follows_the_system_until_one_is_chosen(desk) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = desk.page.evaluate(ground)
    desk.page.emulate_media(color_scheme="dark")
    dark = desk.page.evaluate(ground)
    with desk.page.expect_response("**/look/"):
        desk.page.click("[value=theme]")
    assert (desk.page.evaluate(ground), light != dark) == (light, True)
    desk.page.reload()
    assert desk.page.evaluate(ground) == light


def test_42_a_cold_queue_takes_at_most_six_requests_and_120_kb(browser, live_server) -> None:
    seller = songbird()
    staff(merchants=(seller,))
    for number in range(50):
        case(seller, number)
    with visit(browser, live_server.url, **PLAIN) as there:
        sign_in(there, "mina")
    with visit(browser, live_server.url, **PLAIN) as there:
        there.page.context.add_cookies([cookie_of("mina", live_server.url)])
        sizes: list[int] = []
        # As it goes over the wire; scripts and styles are not even packed here, as they are in production.
        there.page.on("requestfinished", lambda asked: sizes.append(asked.sizes()["responseBodySize"]))
        there.page.goto(live_server.url + "/queue/", wait_until="networkidle")
        there.page.wait_for_selector("#pane article")
        assert there.page.locator("#list tbody tr").count() == 50
        print("cold queue:", len(sizes), "requests", sum(sizes), "bytes")
        assert (len(sizes) <= 6, sum(sizes) <= 120 * 1024) == (True, True), sizes
