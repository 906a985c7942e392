"""Every page of the staff, in both languages, light and dark: empty, full, with a dialog, with the bulk bar, in error."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from accounts.models import Merchant, User
from defaults.models import DefaultCase
from defaults.services.dispute import dispute
from defaults.services.limited_acts import Maker
from defaults.services.promise import promise
from defaults.tests.showcase import NOW, admin, case, songbird
from reminders.models import DunningPolicy, Job, Run
from reminders.services.job_rows import carry_out
from reminders.services.jobs import Asker, ask_job
from reminders.services.runs import start_run
from reminders.tests.browsing import DESKTOP, Visit, visit
from reminders.tests.policy_desk import ladder
from reminders.tests.queue_desk import busy_desk, press
from reminders.tests.test_browser_pages import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]

MENU = {
    "queue": "/queue/", "customers": "/customers/", "policies": "/policies/", "runs": "/runs/",
    "approvals": "/approvals/", "jobs": "/jobs/", "audit": "/audit/", "settings-own": "/settings/",
    "settings": "/admin/",
}  # fmt: skip
VIEWS = ("open", "mine", "unassigned", "disputed", "promised", "snoozed", "closed")
DIALOGS = {
    "r": "remind", "o": "offer", "p": "promise", "s": "snooze", "d": "dispute", "e": "close", "c": "note",
    "m": "macro", "Shift+A": "assign",
}  # fmt: skip


@pytest.fixture(params=["en", "ko"])
def language(request) -> str:
    return request.param


@pytest.fixture
def seller() -> Merchant:
    return songbird()


@pytest.fixture
def boss(browser, live_server, seller, language):
    """An administrator at a desk of that language."""
    admin(language=language)
    with visit(browser, live_server.url, size=DESKTOP, language=language, theme="light") as there:
        sign_in(there, "boss")
        yield there


def judge(there: Visit, name: str, *, expected: str = "") -> None:
    """Nothing to complain about, in light and in dark."""
    said = there.name
    for theme in ("light", "dark"):
        there.page.emulate_media(color_scheme=theme)
        there.name = said.replace("light", theme)
        there.check(name, expected=expected)
    there.page.emulate_media(color_scheme="light")
    there.name = said


def full(seller: Merchant) -> DefaultCase:
    """Cases in every state, an agreement, a dispute, a run and a job that ended; answers a case with a past."""
    busy_desk(seller)
    told = DefaultCase.objects.order_by("pk").first()
    promised, disputed = case(seller, 20), case(seller, 21, items=2)
    promise(case_id=promised.pk, on=(NOW + timedelta(days=4)).date(), actor="customer", now=NOW)
    dispute(case_id=disputed.pk, reason="not_mine", text="산 적이 없습니다.", now=NOW, actor="customer")
    start_run(as_of=NOW, asked_by="staff:boss", total=10, merchant_id=seller.pk)
    ladder(None)
    job_of(seller)
    cache.clear()  # of the counts of the empty house
    return told


def job_of(seller: Merchant) -> Job:
    user = User.objects.get(username="boss")
    asker = Asker(maker=Maker("staff:boss", user.role), user=user)
    job = ask_job(
        cases=DefaultCase.objects.filter(merchant=seller).order_by("pk"),
        asker=asker,
        action="note",
        args={"text": "Looked at."},
        chosen={"filter": {"view": "open"}},
    )
    carry_out(job, clock=lambda: NOW, seconds=60)
    return job


def test_every_page_that_is_still_empty(boss) -> None:
    for name, address in MENU.items():
        boss.go(address)
        judge(boss, f"empty-{name}")


def test_every_page_that_is_full(boss, seller) -> None:
    told = full(seller)
    pages = MENU | {
        "case": f"/case/{told.number}/",
        "case-on-paper": f"/case/{told.number}/print/",
        "customer": f"/customer/{told.customer_id}/",
        "job": f"/jobs/{Job.objects.get().pk}/",
        "policy": f"/policy/{DunningPolicy.objects.get(name='Comics KR').slug}/",
        "policy-version": f"/policy/{DunningPolicy.objects.get(name='Comics KR').slug}/v7/",
        "run": f"/run/{Run.objects.get().pk}/",
        "queue-by-gain": "/queue/?order=gain",
        **{f"queue-{view}": f"/queue/?view={view}" for view in VIEWS},
    }
    for name, address in pages.items():
        boss.go(address)
        if address.startswith("/queue/") and boss.page.locator("#list tbody tr").count():
            boss.page.wait_for_selector("#pane article")
        judge(boss, f"full-{name}")


def test_every_dialog_of_one_case_and_of_many(boss, seller) -> None:
    full(seller)
    for selection in ("one", "many"):
        boss.go("/queue/?view=open")
        boss.page.wait_for_selector("#pane article")
        if selection == "many":
            press(boss, "x", "j", "x", "j", "x")
            expect(boss.page.locator("#picked")).to_be_visible()
            judge(boss, "bulk-bar")
        for key, name in DIALOGS.items():
            press(boss, key)
            expect(boss.page.locator("#act")).not_to_have_attribute("aria-busy", "true")
            expect(boss.page.locator("#act h2")).to_be_visible()
            judge(boss, f"dialog-{name}-{selection}")
            press(boss, "Escape")
            expect(boss.page.locator("#act")).to_be_hidden()
    press(boss, "?")
    judge(boss, "dialog-keys")


def test_every_kind_of_error(boss, seller) -> None:
    told = full(seller)
    boss.go("/queue/?q=nobody")
    judge(boss, "error-no-match")
    for name, address in {
        "case": "/case/AM-999999/", "customer": "/customer/999999/", "job": "/jobs/999999/", "run": "/run/999999/",
    }.items():  # fmt: skip
        boss.go(address)
        judge(boss, f"error-{name}", expected="404")
    boss.go(f"/case/{told.number}/")
    boss.page.wait_for_selector("#case")
    press(boss, "e", "3")
    boss.page.fill("#act [name=reason]", "x" * 10)
    DefaultCase.objects.filter(pk=told.pk).update(version=told.version + 5)
    press(boss, "Control+Enter")
    boss.page.locator("#act [role=alert]").wait_for()
    judge(boss, "error-stale")
