"""A person's own settings in a real browser. Numbers are the rows of the feature table that a test proves."""

import pytest
from playwright.sync_api import Browser, expect

from accounts.models import User
from defaults.models import DefaultCase
from defaults.tests.showcase import staff
from reminders.tests.browsing import DESKTOP, PHONE, Visit, visit
from reminders.tests.queue_desk import PLAIN, press, shows
from reminders.tests.test_browser_pages import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]

LOOKS = [
    {"size": DESKTOP, "language": "en", "theme": "dark"},
    {"size": DESKTOP, "language": "ko", "theme": "light"},
    {"size": PHONE, "language": "en", "theme": "light"},
    {"size": PHONE, "language": "ko", "theme": "dark"},
]
SCHEME = "getComputedStyle(document.documentElement).colorScheme"


def save(there: Visit, *wanted: str, **fields: str) -> None:
    there.go("/settings/")
    for selector in wanted:
        there.page.click(selector)
    for name, value in fields.items():
        there.page.select_option(f"select[name={name}]", value)
    there.page.click("form.mine .button.main")
    there.page.wait_for_selector("[role=status]")


def elsewhere(browser: Browser, there: Visit):
    return visit(browser, there.origin, **PLAIN)


def test_06_single_keys_switched_off_are_off_on_another_device_too(desk, browser, cases) -> None:
    press(desk, "j")
    shows(desk, cases[1])
    save(desk, "#id_single_keys")
    with elsewhere(browser, desk) as other:
        sign_in(other, "mina")
        shows(other, cases[0])
        press(other, "j", "?", "x", "*", "a", "g", "q", "1")
        shows(other, cases[0])
        expect(other.page.locator("#keys")).to_be_hidden()
        expect(other.page.locator("#picked")).to_be_hidden()
        press(other, "ArrowDown")
        shows(other, cases[1])
        other.check("queue-keys-off")


def test_29_columns_and_density_survive_signing_out(desk, browser, cases) -> None:
    save(desk, "input[value=items]", "input[value=due]", "input[value=compact]")
    desk.page.click("form[action='/sign-out/'] button")
    with elsewhere(browser, desk) as other:
        sign_in(other, "mina")
        shows(other, cases[0])
        heads = other.page.locator("#list thead th").filter(visible=True)
        expect(heads).to_have_text(["Select", "Customer", "Amount", "State"])
        rows = other.page.get_by_role("row")
        assert rows.nth(1).get_by_role("cell").count() == 4
        assert other.page.locator("#list tbody tr").first.bounding_box()["height"] < 40
        other.check("queue-columns")


def test_29_what_the_row_says_of_owner_and_next_step_can_go_too(desk) -> None:
    save(desk, "input[value=owner]", "input[value=next]", "input[value=state]")
    desk.go("/queue/")
    expect(desk.page.locator("#list tbody tr .c-state").first).to_be_hidden()
    expect(desk.page.locator("#list tbody tr .amount").first).to_be_visible()
    desk.check("queue-columns-few")


def test_37_dark_follows_the_system_is_switched_by_a_button_and_kept_with_the_person(desk, browser) -> None:
    desk.page.emulate_media(color_scheme="dark")
    assert desk.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert desk.page.evaluate(SCHEME) == "light dark"
    with desk.page.expect_response("**/look/"):
        desk.page.click("button[value=theme]")
    assert desk.page.evaluate(SCHEME) == "light"
    with desk.page.expect_response("**/look/"):
        desk.page.click("button[value=theme]")
    with elsewhere(browser, desk) as other:
        sign_in(other, "mina")
        assert other.page.evaluate(SCHEME) == "dark"
        other.check("queue-dark-by-choice")
    assert User.objects.get(username="mina").theme == "dark"


def test_37_the_settings_of_the_house_wear_the_same_look(desk, browser) -> None:
    staff("boss", role="admin", is_staff=True, theme="dark")
    with elsewhere(browser, desk) as other:
        sign_in(other, "boss")
        other.go("/admin/")
        assert other.page.evaluate(SCHEME) == "dark"
        other.check("admin-dark-by-choice")


def test_29_language_and_zone_hold_at_once(desk) -> None:
    save(desk, language="ko", time_zone="Europe/Berlin")
    expect(desk.page.locator("h1")).to_have_text("내 설정")
    expect(desk.page.locator("[role=status]").first).to_have_text("저장했습니다.")
    assert User.objects.get(username="mina").time_zone == "Europe/Berlin"


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look['size']['width']}-{look['language']}")
def test_39_the_pages_of_a_persons_own(browser, live_server, look) -> None:
    staff(language=look["language"])
    with visit(browser, live_server.url, **look) as there:
        sign_in(there, "mina")
        there.page.click("a.me")
        there.check("my-settings")
        there.go("/settings/password/")
        there.check("password")
        there.page.fill("#id_old_password", "wrong")
        there.page.fill("#id_new_password1", "short")
        there.page.fill("#id_new_password2", "shorter")
        there.page.click("main .button.main")
        there.page.wait_for_selector(".error")
        there.check("password-refused")
    assert DefaultCase.objects.count() == 0
