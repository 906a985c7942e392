"""Customers, their page, the audit log and a case on paper in a real browser."""

import io
from datetime import timedelta

import pypdf
import pytest

from accounts.models import ContactPoint
from defaults.models import Hold
from defaults.services.desk import add_note
from defaults.services.holds import claim_paid, hold_customer
from defaults.services.persons import join_records
from defaults.services.preferences import set_preferences
from defaults.tests.showcase import NOW, case, closed_case, songbird, staff
from reminders.tests.browsing import DESKTOP, PHONE, visit
from reminders.tests.showcase import refused, sent
from reminders.tests.test_browser_pages import LOOKS, sign_in
from reminders.tests.world import ensure_defaults

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look['size']['width']}-{look['language']}-{look['theme']}")
def look(request) -> dict:
    return request.param


@pytest.fixture
def told():
    """A customer with something in every part of the page, joined with one record and alike to another."""
    ensure_defaults()
    seller = songbird()
    made, joined, alike = case(seller, 0, items=3), case(seller, 1), case(seller, 2)
    sent(made)
    ended = sent(made, step="reminder-2")
    type(ended).objects.filter(pk=ended.pk).update(state="cancelled", state_reason="BASE-STOP")
    refused(made)
    claim_paid(case_id=made.pk, actor="customer", now=NOW - timedelta(hours=2))
    for number in range(2):
        add_note(case_id=made.pk, text=f"은행에 확인했습니다 {number}.", actor="staff:mina", now=NOW)
    old = closed_case(seller, 3)
    type(old).objects.filter(pk=old.pk).update(customer=made.customer_id)
    band = {"days": [0, 2], "from": "19:00", "until": "21:00"}
    set_preferences(
        customer_id=made.customer_id,
        now=NOW,
        actor="customer",
        blocked_channels=["sms"],
        blocked_bands=[band],
    )
    hold_customer(customer_id=joined.customer_id, reason=Hold.Reason.LAWYER, now=NOW, actor="staff:mina")
    join_records(
        customer_id=made.customer_id, other_id=joined.customer_id, reason="같은 사람입니다", actor="staff:mina",
        now=NOW - timedelta(hours=1),
    )  # fmt: skip
    point = ContactPoint.objects.get(customer=made.customer_id, channel="email")
    ContactPoint.objects.filter(customer=alike.customer_id, channel="email").update(
        fingerprint=point.fingerprint
    )
    made.refresh_from_db()
    return made


def test_working_with_customers(browser, live_server, look, told) -> None:
    staff(merchants=(told.merchant,), role="lead", language=look["language"])
    with visit(browser, live_server.url, **look) as there:
        sign_in(there, "mina")
        there.go("/customers/")
        there.check("customers")
        there.go("/customers/?q=nobody")
        there.check("customers-no-match")
        there.go(f"/customer/{told.customer_id}/")
        there.check("customer")
        for summary in there.page.locator("summary").all():
            if summary.is_visible():
                summary.click()
        there.check("customer-open")
        form = there.page.locator("#contact ~ div form").first
        form.locator("input[name=reason]").fill("고객이 전화로 문의")
        form.locator("button").click()
        there.page.wait_for_selector(".clear")
        there.check("customer-shown")
        there.page.locator("form[action$='/join/']").last.evaluate(
            "form => form.closest('details').open = true"
        )
        there.page.fill("#reference", "nobody")
        there.page.fill("#join-reason", "같은 이메일")
        there.page.press("#join-reason", "Enter")
        there.page.wait_for_selector("[role=alert]")
        there.check("customer-refused")


def test_reading_the_audit_log(browser, live_server, look, told) -> None:
    staff(merchants=(told.merchant,), role="compliance", language=look["language"])
    with visit(browser, live_server.url, **look) as there:
        sign_in(there, "mina")
        there.go("/audit/")
        for summary in there.page.locator("summary").all():
            if summary.is_visible():
                summary.click()
        there.check("audit")
        there.go(f"/audit/?case={told.number}&verify=1")
        there.page.wait_for_selector("#chain.green")
        there.check("audit-chain")
        there.go("/audit/?kind=exported&who=mina")
        there.check("audit-empty")


def test_an_empty_list_of_customers(browser, live_server, look) -> None:
    staff(merchants=(songbird(),), language=look["language"])
    with visit(browser, live_server.url, **look) as there:
        sign_in(there, "mina")
        there.go("/customers/")
        there.check("customers-empty")


def test_34_every_number_of_a_customer_leads_to_what_it_counts(browser, live_server, told) -> None:
    staff(merchants=(told.merchant,))
    with visit(browser, live_server.url, size=DESKTOP, language="en", theme="light") as there:
        sign_in(there, "mina")
        there.go("/customers/?q=" + told.customer.reference)
        there.page.click(f"a[href='/customer/{told.customer_id}/?only=open#cases']")
        assert there.page.locator("section[aria-labelledby=cases] tbody tr").count() == 2
        there.page.click(".figures a >> nth=0")
        there.page.wait_for_url("**?only=KRW#cases")
        assert there.page.locator("section[aria-labelledby=cases] tbody tr").count() == 2
        there.page.click("section[aria-labelledby=cases] tbody a >> nth=0")
        there.page.wait_for_url("**/case/AM-*/")
        there.page.click("h1 a")
        there.page.wait_for_url("**/customer/*/")
        assert there.faults == []


def test_36_a_case_on_paper_has_every_event_and_no_navigation(browser, live_server, told) -> None:
    for number in range(120):
        add_note(case_id=told.pk, text=f"Note number {number:03d}.", actor="staff:mina", now=NOW)
    staff(merchants=(told.merchant,))
    with visit(browser, live_server.url, size=DESKTOP, language="en", theme="dark") as there:
        sign_in(there, "mina")
        there.go(f"/case/{told.number}/")
        there.page.click("text=Print")
        there.page.wait_for_url(f"**/case/{told.number}/print/")
        there.check("case-print")
        pdf = pypdf.PdfReader(io.BytesIO(there.page.pdf()))
    # Where a font changes the reader puts spaces of its own.
    printed = "".join(page.extract_text() for page in pdf.pages).replace(" ", "").replace("\n", "")
    assert [number for number in range(120) if f"Notenumber{number:03d}." not in printed] == []
    for words in (
        told.number,
        "Says it is paid",
        "Reminder by e-mail",
        "달빛 극장",
        "Nov 20, 2026 12:00 KST",
    ):
        assert words.replace(" ", "") in printed, words
    for words in ("Queue", "Customers", "Approvals", "Audit", "Sign out", "Skip to the content", "browser"):
        assert words.replace(" ", "") not in printed, words


def test_a_case_on_paper_fits_a_narrow_screen(browser, live_server, told) -> None:
    staff(merchants=(told.merchant,), language="ko")
    with visit(browser, live_server.url, size=PHONE, language="ko", theme="light") as there:
        sign_in(there, "mina")
        there.go(f"/case/{told.number}/print/")
        there.check("case-print")
