"""Pages in a real browser, narrow, in both languages, light and dark, and nothing to complain about."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMessage, get_connection

from common import clock
from defaults.models import DefaultCase, Hold
from defaults.services.holds import claim_paid, place_hold
from defaults.services.promise import promise
from defaults.tests.showcase import NOW, PASSWORD, admin, case, closed_case, songbird, staff
from reminders.tests.browsing import DESKTOP, PHONE, Visit, visit
from reminders.tests.showcase import BODY, refused, sent

pytestmark = pytest.mark.django_db(transaction=True)

# On a phone; `test_browser_every_page` looks at a desk in every language and theme.
LOOKS = [
    {"size": PHONE, "language": "en", "theme": "dark"},
    {"size": PHONE, "language": "ko", "theme": "light"},
]


@pytest.fixture(autouse=True)
def at_the_worlds_instant(monkeypatch, settings, tmp_path) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    settings.EMAIL_BACKEND, settings.MAILDIR = "config.maildir.EmailBackend", tmp_path / "mail"


@pytest.fixture
def world() -> DefaultCase:
    """Cases in every state at one merchant; answers the one with most to tell."""
    seller = songbird()
    told = case(seller, 0, items=3)
    sent(told)
    refused(told)
    claim_paid(case_id=told.pk, actor="customer", now=NOW - timedelta(hours=2))
    case(seller, 1, needs_staff=True)
    case(seller, 2, state="pooling", amount=300, next_review_at=None)
    promise(case_id=case(seller, 3).pk, on=(NOW + timedelta(days=4)).date(), actor="customer", now=NOW)
    place_hold(case_id=case(seller, 4).pk, reason=Hold.Reason.HARDSHIP, actor="staff:mina", now=NOW)
    Hold.objects.create(
        customer=case(seller, 5).customer,
        reason="dispute",
        placed_by="customer",
        starts_at=NOW - timedelta(days=2),
    )
    case(seller, 6, next_review_at=NOW - timedelta(minutes=3))
    case(seller, 7, items=12)
    closed_case(seller, 8)
    closed_case(seller, 9, outcome="written_off")
    return DefaultCase.objects.get(pk=told.pk)


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look['size']['width']}-{look['language']}-{look['theme']}")
def look(request) -> dict:
    return request.param


def sign_in(there: Visit, username: str) -> None:
    there.go("/sign-in/")
    there.page.fill("#id_username", username)
    there.page.fill("#id_password", PASSWORD)
    there.page.press("#id_password", "Enter")
    there.page.wait_for_url("**/queue/**")


def test_signing_in(browser, live_server, look) -> None:
    staff()
    with visit(browser, live_server.url, **look) as there:
        there.go("/sign-in/")
        there.check("sign-in")
        there.page.fill("#id_username", "mina")
        there.page.fill("#id_password", "wrong")
        there.page.press("#id_password", "Enter")
        there.page.wait_for_selector("[role=alert]")
        there.check("sign-in-refused")


def test_working_the_queue_and_a_case(browser, live_server, look, world) -> None:
    staff(merchants=(world.merchant,), language=look["language"])
    with visit(browser, live_server.url, **look) as there:
        sign_in(there, "mina")
        there.check("queue")
        there.go("/queue/?view=closed")
        there.check("queue-closed")
        there.go("/queue/?q=nobody")
        there.check("queue-no-match")
        there.go(f"/case/{world.number}/")
        for summary in there.page.locator("summary").all():
            summary.click()
        there.check("case")
        there.page.fill("#note-text", "Called the bank. 은행에 확인했습니다.")
        there.page.locator("#note-text").locator("xpath=ancestor::form").locator("button").click()
        there.page.wait_for_selector("text=은행에 확인했습니다")
        there.check("case-noted")
        there.go("/case/AM-999999/")
        there.check("not-found", expected="404")


def test_a_desk_without_any_case(browser, live_server, look) -> None:
    staff(merchants=(songbird(),), language=look["language"])
    with visit(browser, live_server.url, **look) as there:
        sign_in(there, "mina")
        there.check("queue-empty")


def test_reading_mail(browser, live_server, look) -> None:
    admin(language=look["language"])
    with visit(browser, live_server.url, **look) as there:
        sign_in(there, "boss")
        there.go("/mail/")
        there.check("mail-empty")
        letter = EmailMessage("[Songbird] 결제 확인 안내", BODY, "amends@localhost", ["reader@example.com"])
        get_connection().send_messages([letter])
        there.go("/mail/")
        there.check("mail")
        there.page.click("td a")
        there.page.wait_for_selector("article")
        there.check("letter")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "accounts/user/",
        "accounts/user/add/",
        "accounts/merchant/add/",
        "accounts/apikey/",
        "accounts/apikey/add/",
        "accounts/payment/",
        "defaults/defaultcase/",
        "defaults/collectionterms/add/",
        "reminders/policyversion/",
        "reminders/template/add/",
        "reminders/suppression/add/",
        "reminders/channelsetup/",
    ],
)
def test_the_settings(browser, live_server, world, path) -> None:
    admin(language="en")
    look = {"size": DESKTOP, "language": "en", "theme": "light"}
    with visit(browser, live_server.url, **look) as there:
        sign_in(there, "boss")
        there.go(f"/admin/{path}")
        there.check("admin-" + (path.strip("/").replace("/", "-") or "index"))


def test_the_settings_in_every_look(browser, live_server, look, world) -> None:
    admin(language=look["language"])
    with visit(browser, live_server.url, **look) as there:
        sign_in(there, "boss")
        for path in ("", "accounts/merchant/", f"accounts/merchant/{world.merchant_id}/change/"):
            there.go(f"/admin/{path}")
            there.check("admin-" + (path.strip("/").replace("/", "-") or "index"))
