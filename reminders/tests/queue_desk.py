"""A desk at the queue for browser tests: what is looked for, pressed, and set down."""

from datetime import timedelta

from django.test import Client
from playwright.sync_api import expect

from accounts.models import Merchant, User
from defaults.models import DefaultCase, Hold
from defaults.services.desk import claim_case
from defaults.tests.showcase import NOW, case, closed_case, staff
from reminders.tests.browsing import DESKTOP, Visit
from reminders.tests.showcase import refused, sent

PLAIN = {"size": DESKTOP, "language": "en", "theme": "light"}
CURRENT = "#list tr[aria-current]"
CHANGED = "document.dispatchEvent(new Event('changed'))"


def shows(there: Visit, wanted: DefaultCase) -> None:
    """The highlighted row and the panel are this case, and the panel is not waiting."""
    expect(there.page.locator(CURRENT)).to_have_attribute("data-case", wanted.number)
    expect(there.page.locator("#pane article")).to_have_attribute("data-case", wanted.number)
    expect(there.page.locator("#pane")).to_have_attribute("aria-busy", "false")


def press(there: Visit, *keys: str) -> None:
    for key in keys:
        there.page.keyboard.press(key)


def cookie_of(username: str, origin: str) -> dict:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": origin}


def busy_desk(seller: Merchant) -> None:
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
