"""Working a case from its page in a real browser: with script and without, wide and narrow, in both languages."""

import pytest

from accounts.models import CreditRefund, Payment
from accounts.services import record_events
from accounts.tests.factories import paid
from defaults.models import Agency, Approval, DefaultCase, NegotiationTerms
from defaults.services.deferral import defer
from defaults.services.dispute import dispute
from defaults.services.promise import promise
from defaults.tests.showcase import NOW, case, closed_case, songbird, staff
from reminders.tests.browsing import DESKTOP, Visit, visit
from reminders.tests.showcase import refused, sent
from reminders.tests.test_browser_pages import LOOKS, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]

PLAIN = {"size": DESKTOP, "language": "en", "theme": "light"}


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look['size']['width']}-{look['language']}-{look['theme']}")
def look(request) -> dict:
    return request.param


@pytest.fixture(params=[PLAIN, LOOKS[1]], ids=["1440-en", "320-ko"])
def either(request) -> dict:
    """Two of the looks, for what differs little."""
    return request.param


@pytest.fixture
def told() -> DefaultCase:
    """A case with three items at a merchant with terms and an agency."""
    seller = songbird()
    NegotiationTerms.objects.create(merchant=seller, currency="KRW", agent_minor=5000, lead_minor=50_000)
    Agency.objects.create(
        slug="fairway", name="Fairway Collections", licence_number="2026-17", email="recalls@fairway.example",
        contact_line="02-555-0100",
    ).merchants.add(seller)  # fmt: skip
    told = case(seller, 0, items=3)
    sent(told)
    refused(told)
    return told


def open_act(there: Visit, action: str):
    """The form of an act, opened as a person opens it."""
    form = there.page.locator(f"form[action$='/act/{action}/']").last
    details = form.locator("xpath=parent::details")
    if details.count() and details.get_attribute("open") is None:
        details.locator("summary").click()
    return form


def do(there: Visit, action: str, **typed: str) -> None:
    form = open_act(there, action)
    for name, value in typed.items():
        field = form.locator(f"[name='{name}']")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    form.locator("button").click()


def test_a_case_is_worked_from_its_page(browser, live_server, look, told) -> None:
    staff(merchants=(told.merchant,), language=look["language"])
    staff("jo", role="lead", merchants=(told.merchant,), language=look["language"], first_name="Jo")
    with visit(browser, live_server.url, **look) as there:
        sign_in(there, "mina")
        there.go(f"/case/{told.number}/")
        for summary in there.page.locator("summary").all():
            summary.click()
        there.check("acts-open")
        there.go(f"/case/{told.number}/")
        do(there, "claim")
        do(there, "waive", amount="9,000", reason="Late notice.")
        assert Approval.objects.get().needs_role == "lead"
        there.check("acts-asked")
        do(there, "record-payment", amount="900", method="cash")
        do(there, "promise", amount="1000", on="2026-11-30")
        there.page.locator("form[action$='/act/undo/'] button").first.wait_for()
        there.check("acts-undo")
        there.page.locator("form[action$='/act/undo/'] button").first.click()
        assert told.promises.get().state == "void"
        do(there, "write-off", reason="No address left.")
        there.go("/approvals/")
        there.check("approvals-of-others")


def test_a_refusal_says_what_to_do_and_keeps_what_was_typed(browser, live_server, either, told) -> None:
    staff(merchants=(told.merchant,), language=either["language"])
    with visit(browser, live_server.url, **either) as there:
        sign_in(there, "mina")
        there.go(f"/case/{told.number}/")
        do(there, "dispute", reason="not_mine", text="산 적이 없습니다. Never bought it.")
        there.go(f"/case/{told.number}/")
        do(there, "resolve-dispute", verdict="rejected", answer="We have the record of the purchase.")
        there.go(f"/case/{told.number}/")
        do(there, "waive", amount="999,999", reason="My own words.")
        there.page.locator("[role=alert]").wait_for()
        form = open_act(there, "waive")
        assert form.locator("[name=reason]").input_value() == "My own words."
        assert form.locator("[name=amount]").input_value() == "999,999"
        there.check("acts-refused")


def test_without_script_somebody_elses_change_is_not_lost(browser, live_server, told) -> None:
    staff(merchants=(told.merchant,))
    with visit(browser, live_server.url, **PLAIN, script="off") as there:
        sign_in(there, "mina")
        there.go(f"/case/{told.number}/")
        promise(case_id=told.pk, on=NOW.date(), now=NOW, actor="customer")
        do(there, "waive", amount="100", reason="Late notice.")
        assert there.page.locator("[role=alert]").inner_text().startswith("The case has changed")
        assert open_act(there, "waive").locator("[name=reason]").input_value() == "Late notice."
        do(there, "waive")
        assert told.events.filter(kind="waived").count() == 1


def test_a_second_person_decides(browser, live_server, either, told) -> None:
    staff(merchants=(told.merchant,), language=either["language"])
    staff("jo", role="lead", merchants=(told.merchant,), language=either["language"], first_name="Jo")
    other = case(told.merchant, 1)
    with visit(browser, live_server.url, **either) as there:
        sign_in(there, "mina")
        for number in (told.number, other.number):
            there.go(f"/case/{number}/")
            do(there, "write-off", reason="No address left, and nobody answers.")
        over_paid(told)
        there.go(f"/case/{told.number}/")
        form = there.page.locator(f"form[action$='/case/{told.number}/refund/']")
        form.locator("xpath=..").locator("summary").click()
        form.locator("[name=reason]").fill("Paid twice.")
        form.locator("button").click()
        assert CreditRefund.objects.get().state == "asked"
    with visit(browser, live_server.url, **either) as there:
        sign_in(there, "jo")
        there.go("/approvals/")
        there.check("approvals")
        there.page.locator(f"li:has-text('{other.number}') button").first.click()
        assert DefaultCase.objects.get(pk=other.pk).outcome == "written_off"
        there.page.locator("form[action*='/refund/'] button").first.click()
        assert CreditRefund.objects.get().state == "agreed"
        there.check("approvals-decided")
        there.go(f"/case/{other.number}/")
        there.check("acts-closed")


def test_protections_and_agreements_are_shown(browser, live_server, either, told) -> None:
    staff("jo", role="lead", merchants=(told.merchant,), language=either["language"])
    first = told.items.order_by("pk").first().payment_id
    dispute(case_id=told.pk, reason="not_mine", payment_ids=[first], now=NOW, actor="customer")
    resting = case(told.merchant, 2)
    defer(case_id=resting.pk, reason="illness", now=NOW, actor="customer")
    with visit(browser, live_server.url, **either) as there:
        sign_in(there, "jo")
        there.go(f"/case/{told.number}/")
        do(there, "note-evidence", item="purchase_record", note="Bought from another line.")
        there.go(f"/case/{told.number}/")
        for action in ("resolve-dispute", "plan"):
            open_act(there, action)
        there.check("acts-dispute")
        there.go(f"/case/{resting.number}/")
        there.check("acts-resting")
        there.go(f"/case/{closed_case(told.merchant, 3).number}/")
        there.check("acts-cured")


def over_paid(told: DefaultCase) -> None:
    """More comes in than one of its payments owes."""
    payment = Payment.objects.get(pk=told.items.order_by("pk").first().payment_id)
    event = paid(payment.reference, amount=payment.outstanding_minor + 700)
    (fate,) = record_events(merchant_id=told.merchant_id, events=[event], now=NOW)
    assert fate.status == "applied"
