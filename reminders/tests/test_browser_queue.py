"""The queue as the workplace, in a real browser. Numbers are the rows of the feature table that a test proves."""

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Browser, expect, sync_playwright

from common import clock
from defaults.case_states import Outcome
from defaults.models import DefaultCase, Hold
from defaults.services.closing import close_by_policy
from defaults.services.desk import claim_case
from defaults.tests.showcase import NOW, case, closed_case, songbird, staff
from reminders.tests.browsing import DESKTOP, PHONE, Visit, launch, visit
from reminders.tests.showcase import refused, sent
from reminders.tests.test_browser_pages import sign_in

pytestmark = pytest.mark.django_db(transaction=True)

PLAIN = {"size": DESKTOP, "language": "en", "theme": "light"}
CURRENT = "#list tr[aria-current]"
SPEED = """new Promise(done => {
  const pane = document.getElementById("pane"), start = performance.now();
  const look = () => pane.getAttribute("aria-busy") === "false" && done(performance.now() - start);
  new MutationObserver(look).observe(pane, {attributes: true, childList: true});
  document.dispatchEvent(new KeyboardEvent("keydown", {key: "j", code: "KeyJ", bubbles: true}));
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright keeps a loop in this thread; the database is used from it all the same, and never from the loop.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(autouse=True)
def at_the_worlds_instant(monkeypatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    cache.clear()


@pytest.fixture
def cases() -> list[DefaultCase]:
    """Six open cases in the order of the list."""
    seller = songbird()
    made = [case(seller, number) for number in (9, 8, 7, 5, 4, 3)]
    sent(made[0])
    refused(made[0])
    return made


@pytest.fixture
def desk(browser, live_server, cases) -> Iterator[Visit]:
    """Mina's queue, with the panel showing the first case; nothing to complain about at the end."""
    staff(merchants=(cases[0].merchant,))
    with visit(browser, live_server.url, **PLAIN) as there:
        sign_in(there, "mina")
        shows(there, cases[0])
        yield there
        assert there.faults + there.page.evaluate("window.violations") == []


def shows(there: Visit, wanted: DefaultCase) -> None:
    """The highlighted row and the panel are this case, and the panel is not waiting."""
    expect(there.page.locator(CURRENT)).to_have_attribute("data-case", wanted.number)
    expect(there.page.locator("#pane article")).to_have_attribute("data-case", wanted.number)
    expect(there.page.locator("#pane")).to_have_attribute("aria-busy", "false")


def press(there: Visit, *keys: str) -> None:
    for key in keys:
        there.page.keyboard.press(key)


def test_01_nine_views_stand_with_their_numbers_and_a_number_is_the_rows_listed(desk, cases) -> None:
    expect(desk.page.locator("#views a")).to_have_count(9)
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
        expect(other.page.locator("a[data-view='3'] .num")).to_have_text("5", timeout=27_000)


def test_03_j_shows_the_next_case_beside_the_list(desk, cases) -> None:
    took = desk.page.evaluate(SPEED)
    shows(desk, cases[1])
    assert took < 1000, f"{took} ms on this machine"


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
    desk.page.evaluate("document.dispatchEvent(new Event('changed'))")
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
        there.page.on("response", lambda answer: sizes.append(len(answer.body())))
        there.page.goto(live_server.url + "/queue/", wait_until="networkidle")
        there.page.wait_for_selector("#pane article")
        assert there.page.locator("#list tbody tr").count() == 50
        print("cold queue:", len(sizes), "requests", sum(sizes), "bytes")
        assert (len(sizes) <= 6, sum(sizes) <= 120 * 1024) == (True, True), sizes


def cookie_of(username: str, origin: str) -> dict:
    from django.test import Client

    from accounts.models import User

    client = Client()
    client.force_login(User.objects.get(username=username))
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": origin}


# Defects seen in the trial pages


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
    desk.page.evaluate("document.dispatchEvent(new Event('changed'))")
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
@pytest.mark.parametrize("size", [DESKTOP, PHONE, {"width": 360, "height": 740}], ids=["1440", "320", "360"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_nothing_to_complain_about(browser, live_server, language, theme, size, fill) -> None:
    seller = songbird()
    if fill == "full":
        busy_desk(seller)
    staff(merchants=(seller,), language=language)
    with visit(browser, live_server.url, size=size, language=language, theme=theme) as there:
        sign_in(there, "mina")
        there.page.wait_for_timeout(400)
        there.check(f"queue-{fill}")
        there.go("/queue/?order=gain&bucket=31-60&disputed=no")
        there.page.wait_for_timeout(400)
        there.page.click("#filter summary")
        there.check(f"queue-{fill}-filters")


def busy_desk(seller) -> None:
    """A case in every state, one of them with a past."""
    told = case(seller, 12, items=3)
    sent(told)
    refused(told)
    case(seller, 1, needs_staff=True)
    case(seller, 2, state="pooling", amount=300, next_review_at=None)
    mine = case(seller, 3, amount=129_000)
    claim_case(case_id=mine.pk, user_id=staff("joon").pk, now=NOW, actor="staff:joon")
    for number, reason in ((4, "hardship"), (5, "dispute")):
        held = case(seller, number)
        Hold.objects.create(
            customer=held.customer,
            case=held,
            reason=reason,
            placed_by="customer",
            starts_at=NOW - timedelta(days=1),
        )
    case(seller, 6, next_review_at=NOW - timedelta(minutes=3))
    case(seller, 7, items=12)
    closed_case(seller, 8)
    assert timezone.is_aware(NOW)
