"""Acts by their keys, in the dialog, from the list and from the case's page. Numbers are the rows of the feature table."""

import pytest
from playwright.sync_api import expect

from defaults.models import DefaultCase
from defaults.reports.queue_page import PAGE
from defaults.services.desk import claim_case
from defaults.tests.showcase import NOW, case, staff
from reminders.tests.queue_desk import CURRENT, press, shows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]


def opened(desk, title: str) -> None:
    expect(desk.page.locator("#act")).not_to_have_attribute("aria-busy", "true")
    expect(desk.page.locator("#act-title")).to_contain_text(title)


def again(case: DefaultCase) -> DefaultCase:
    return DefaultCase.objects.get(pk=case.pk)


def test_06_the_sheet_tells_every_key(desk) -> None:
    press(desk, "?")
    expect(desk.page.locator("#keys")).to_be_visible()
    told = desk.page.locator("#keys kbd").all_inner_texts()
    assert set("jkuxn*a/fg.[]?ropsdecmz") <= set(told)
    desk.check("keys")


def test_13_after_a_case_is_closed_by_e_the_next_row_is_current(desk, cases) -> None:
    press(desk, "j", "e")
    opened(desk, cases[1].number)
    press(desk, "1")
    press(desk, "Control+Enter")
    expect(desk.page.locator("#act")).to_be_hidden()
    shows(desk, cases[2])
    assert again(cases[1]).outcome == "cured"


def test_13_on_its_page_closing_goes_on_to_the_next_of_the_view(desk, cases) -> None:
    press(desk, "j", "Enter")
    desk.page.wait_for_url(f"**/case/{cases[1].number}/")
    expect(desk.page.locator("#place span")).to_have_text("2 of 6")
    press(desk, "e", "4")
    opened(desk, "Close as")
    desk.page.locator("#act details[open] textarea").fill("You are right.")
    press(desk, "Control+Enter")
    desk.page.wait_for_url(f"**/case/{cases[2].number}/")
    expect(desk.page.locator("#said")).to_contain_text(cases[1].number)
    expect(desk.page.locator("#place span")).to_have_text("2 of 5")
    assert again(cases[1]).outcome == "withdrawn"
    press(desk, "k")
    desk.page.wait_for_url(f"**/case/{cases[0].number}/")
    press(desk, "u")
    desk.page.wait_for_url("**/queue/**")


def test_13_from_case_to_case_one_goes_past_the_page_of_the_list(desk, cases) -> None:
    for number in range(20, 20 + PAGE - len(cases) + 2):
        case(cases[0].merchant, number)
    last, first, second = DefaultCase.objects.order_by("oldest_due_on", "pk")[PAGE - 1 : PAGE + 2]
    desk.go(f"/queue/?case={last.number}")
    shows(desk, last)
    press(desk, "Enter")
    desk.page.wait_for_url(f"**/case/{last.number}/")
    press(desk, "j")
    desk.page.wait_for_url(f"**/case/{first.number}/")
    expect(desk.page.locator("#place span")).to_have_text("1 of 2")
    press(desk, "k")
    desk.page.wait_for_url(f"**/case/{last.number}/")
    expect(desk.page.locator("#place span")).to_have_text("50 of 50")
    press(desk, "e", "1")
    opened(desk, "Close as")
    press(desk, "Control+Enter")
    desk.page.wait_for_url(f"**/case/{first.number}/")
    press(desk, "j")
    desk.page.wait_for_url(f"**/case/{second.number}/")
    expect(desk.page.locator("#place [rel=next]")).to_be_hidden()


@pytest.mark.parametrize("key", ["o", "p", "d", "c"])
def test_40_the_name_in_the_dialog_is_that_of_the_row_even_while_the_panel_still_loads(
    desk, cases, key
) -> None:
    desk.page.route("**/pane/", lambda route: None)
    press(desk, "j")
    expect(desk.page.locator("#pane")).to_have_attribute("aria-busy", "true")
    press(desk, key)
    opened(desk, cases[1].number)
    expect(desk.page.locator("#act-title")).to_contain_text(str(cases[1].customer))


def test_40_a_promise_is_taken_by_keys_alone_and_the_focus_comes_back_to_the_row(desk, cases) -> None:
    press(desk, "j", "p")
    opened(desk, cases[1].number)
    desk.check("dialog-promise")
    press(desk, "Control+Enter")
    expect(desk.page.locator("#act")).to_be_hidden()
    expect(desk.page.locator("#said")).to_contain_text("Payment date promised")
    expect(desk.page.locator(f"{CURRENT} a")).to_be_focused()
    shows(desk, cases[1])
    press(desk, "z")
    expect(desk.page.locator("#said")).to_contain_text("Undone")
    assert cases[1].promises.get().state == "void"


def test_40_a_dialog_left_with_escape_gives_the_focus_back(desk, cases) -> None:
    press(desk, "j", "o")
    opened(desk, cases[1].number)
    press(desk, "Escape")
    expect(desk.page.locator("#act")).to_be_hidden()
    expect(desk.page.locator(f"{CURRENT} a")).to_be_focused()


def test_nothing_is_sent_or_written_off_by_a_single_key(desk, cases) -> None:
    press(desk, "e")
    opened(desk, "Close as")
    press(desk, "3")
    desk.page.keyboard.type("Gone.")
    press(desk, "Enter")
    expect(desk.page.locator("#act")).to_be_visible()
    assert not again(cases[0]).events.filter(kind="written_off").exists()


def test_what_was_refused_keeps_what_was_typed(desk, cases) -> None:
    press(desk, "o")
    opened(desk, cases[0].number)
    desk.page.fill("#act [name=pay]", "999999")
    press(desk, "Control+Enter")
    expect(desk.page.locator("#act [role=alert]")).to_be_visible()
    assert desk.page.input_value("#act [name=pay]") == "999999"
    desk.check("dialog-refused")


def test_what_others_changed_is_named_and_not_undone(desk, cases) -> None:
    press(desk, "p")
    opened(desk, cases[0].number)
    press(desk, "Control+Enter")
    expect(desk.page.locator("#said")).to_contain_text("promised")
    joon = staff("joon", merchants=(cases[0].merchant,))
    claim_case(case_id=cases[0].pk, user_id=joon.pk, now=NOW, actor="staff:joon")
    press(desk, "z")
    expect(desk.page.locator("#said")).to_contain_text("joon (Taken over)")
    assert cases[0].promises.get().state == "made"


def test_single_keys_can_be_off(desk, cases) -> None:
    desk.page.evaluate("document.documentElement.dataset.keys = 'off'")
    press(desk, "j", "o")
    expect(desk.page.locator("#act")).to_be_hidden()
    press(desk, "ArrowDown")
    shows(desk, cases[1])


def test_g_and_a_letter_goes_to_a_page(desk) -> None:
    press(desk, "Enter")
    desk.page.wait_for_url("**/case/**")
    press(desk, "g", "q")
    desk.page.wait_for_url("**/queue/")
