"""The case's page: what happened, what comes next, and what else the customer has. Numbers are those of the feature table."""

import pytest
from playwright.sync_api import expect

from defaults.models import DefaultCase
from defaults.services.dispute import dispute
from defaults.services.promise import promise
from defaults.tests.showcase import NOW, case, closed_case, pay, songbird, staff
from reminders.tests.browsing import PHONE, visit
from reminders.tests.queue_desk import PLAIN, press
from reminders.tests.showcase import refused, sent
from reminders.tests.test_browser_pages import sign_in
from reminders.tests.world import ensure_defaults

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]


def with_others(seller) -> DefaultCase:
    """A case with a past, whose customer had three more."""
    told = case(seller, 12, items=3)
    sent(told)
    refused(told)
    for number in (1, 2, 3):
        other = closed_case(seller, number)
        DefaultCase.objects.filter(pk=other.pk).update(customer=told.customer)
    return told


@pytest.fixture
def there(browser, live_server):
    ensure_defaults()
    seller = songbird()
    told = with_others(seller)
    staff(merchants=(seller,))
    with visit(browser, live_server.url, **PLAIN) as one:
        sign_in(one, "mina")
        one.go(f"/case/{told.number}/")
        one.told = told
        yield one
        assert one.faults + one.page.evaluate("window.violations") == []


def test_21_filters_change_the_timeline_and_every_automatic_step_names_policy_and_rule(there) -> None:
    lines = there.page.locator(".timeline > li")
    everything = lines.count()
    there.page.click(".filters a >> text=Messages")
    expect(lines).to_have_count(1)
    expect(lines.first).to_contain_text("Standard ladder v1, step reminder-1 · every rule allows it")
    assert "show=messages" in there.page.url
    there.page.click(".filters a >> text=System")
    expect(lines.filter(has_text="KR-NIGHT")).to_contain_text("Standard ladder v1 · step reminder-2")
    there.page.click(".filters a >> text=All")
    expect(lines).to_have_count(everything)
    there.check("case")


def test_22_the_customers_other_cases_are_seen_without_scrolling(there) -> None:
    for link in there.page.locator(".others a").all():
        expect(link).to_be_in_viewport(ratio=1)
    expect(there.page.locator(".others a")).to_have_count(3)


def test_18_how_long_overdue_is_said_in_words(there) -> None:
    expect(there.page.locator(".head")).to_contain_text("days overdue")


def test_19_a_dispute_stops_the_clock(there) -> None:
    dispute(case_id=there.told.pk, reason="not_mine", now=NOW, actor="customer")
    there.page.reload()
    expect(there.page.locator(".head")).to_contain_text("paused: disputed")
    expect(there.page.locator(".suggested")).to_contain_text("Answer the dispute")
    there.check("case-disputed")


def test_19_a_promise_stops_it_until_its_day(there) -> None:
    promise(case_id=there.told.pk, on=NOW.date(), now=NOW, actor="customer")
    there.page.reload()
    expect(there.page.locator(".head")).to_contain_text("paused until Nov")


def test_the_acts_work_from_the_page_by_their_keys_and_it_shows_at_once(there) -> None:
    press(there, "p")
    there.page.locator("#act [name=on]").wait_for()
    press(there, "Control+Enter")
    expect(there.page.locator(".timeline")).to_contain_text("Payment date promised")
    press(there, "a")
    expect(there.page.locator(".head")).to_contain_text("owner Mina Im")
    press(there, "z")
    expect(there.page.locator("#said")).to_contain_text("Taken over")
    expect(there.page.locator(".head")).to_contain_text("nobody has it")


def test_23_the_reminder_is_read_before_it_is_sent_and_25_taken_back_after(there) -> None:
    fresh = case(there.told.merchant, 5)
    there.go(f"/case/{fresh.number}/")
    press(there, "r")
    there.page.locator("#preview").wait_for()
    there.check("reminder")
    there.page.click("#in-en")
    expect(there.page.locator("#act [lang=en] pre")).to_be_visible()
    expect(there.page.locator("#in-en")).to_be_focused()
    press(there, "Control+Enter")
    expect(there.page.locator("#said")).to_contain_text("leaves in 20 s")
    expect(there.page.locator(".timeline")).to_contain_text("waits to leave")
    press(there, "z")
    expect(there.page.locator("#said")).to_contain_text("Undone")
    assert set(fresh.messages.values_list("state", flat=True)) == {"cancelled"}


def test_n_takes_the_next_case_of_the_view_one_came_from(there) -> None:
    there.go("/queue/?view=unassigned&order=gain")
    there.page.locator("#pane article").wait_for()
    press(there, "Enter")
    there.page.wait_for_url("**/case/**")
    expect(there.page.locator("form[data-key=n] [name=view]")).to_have_value("unassigned")
    expect(there.page.locator("form[data-key=n] [name=order]")).to_have_value("gain")
    press(there, "n")
    expect(there.page.locator(".head")).to_contain_text("owner Mina Im")


@pytest.mark.parametrize(("language", "theme"), [("en", "dark"), ("ko", "light")])
def test_nothing_to_complain_about_on_a_phone(browser, live_server, language, theme) -> None:
    ensure_defaults()
    seller = songbird()
    told = with_others(seller)
    paid_up = case(seller, 6)
    pay(paid_up)
    staff(merchants=(seller,), language=language)
    with visit(browser, live_server.url, size=PHONE, language=language, theme=theme) as one:
        sign_in(one, "mina")
        one.go(f"/case/{told.number}/")
        one.check("case")
        for key, name in (("r", "remind"), ("o", "offer"), ("d", "dispute"), ("e", "close"), ("c", "note")):
            press(one, key)
            expect(one.page.locator("#act")).not_to_have_attribute("aria-busy", "true")
            one.check(f"dialog-{name}")
            press(one, "Escape")
        one.go(f"/case/{paid_up.number}/")
        one.check("case-paid")
