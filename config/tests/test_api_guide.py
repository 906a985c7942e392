"""The guide in a real browser: drawn, and a call tried, under the strict policy and from this host alone."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from accounts.services.keys import issue_api_key
from accounts.tests.factories import merchant
from reminders.tests.browsing import DESKTOP, Visit, launch, visit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright keeps a loop in this thread; the database is used from it all the same, and never from the loop.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def guide(browser: Browser, live_server) -> Iterator[Visit]:
    with visit(browser, live_server.url, size=DESKTOP, language="en", theme="light") as visitor:
        visitor.go("/api/docs/")
        yield visitor


def complaints(guide: Visit) -> list[str]:
    return guide.faults + guide.page.evaluate("window.violations")


def test_the_guide_is_drawn_without_a_complaint(guide: Visit) -> None:
    expect(guide.page.locator("#operations-Cases-list_cases")).to_be_visible()
    assert complaints(guide) == []
    folder = os.environ.get("AMENDS_SCREENSHOTS")
    if folder:
        guide.page.screenshot(path=f"{folder}/api-docs.png", full_page=True)


def test_a_call_can_be_tried_with_a_key(guide: Visit) -> None:
    page: Page = guide.page
    page.click("button.authorize")
    page.fill("input[aria-label='auth-bearer-value']", issue_api_key(merchant=merchant(), scopes=["read"]))
    page.click(".auth-container button.authorize >> nth=0")
    page.click("button.btn-done >> nth=0")
    page.click("#operations-Cases-list_cases button.opblock-summary-control")
    page.click("#operations-Cases-list_cases button.try-out__btn")
    page.click("#operations-Cases-list_cases button.execute")
    answer = page.locator(
        "#operations-Cases-list_cases .live-responses-table .response .response-col_status"
    ).first
    expect(answer).to_contain_text("200")
    assert complaints(guide) == []
