"""The settings' own pages of asking, in a real browser; every page opens in every look without a complaint."""

import pytest

from accounts.models import ApiKey
from accounts.services.keys import issue_api_key
from defaults.models import CollectionTerms
from defaults.tests.showcase import admin, songbird
from reminders.tests.browsing import DESKTOP, PHONE, visit
from reminders.tests.test_browser_pages import sign_in

pytestmark = pytest.mark.django_db(transaction=True)

LOOKS = [
    {"size": DESKTOP, "language": "en", "theme": "dark"},
    {"size": DESKTOP, "language": "ko", "theme": "light"},
    {"size": PHONE, "language": "ko", "theme": "dark"},
]


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look['size']['width']}-{look['language']}-{look['theme']}")
def look(request) -> dict:
    return request.param


def test_39_a_change_of_the_settings_is_shown_and_confirmed_without_a_mouse(
    browser, live_server, look
) -> None:
    admin(language=look["language"])
    terms = CollectionTerms.objects.create(
        merchant=songbird(), currency="KRW", grace_days=3, collection_threshold_minor=0
    )
    issue_api_key(merchant=terms.merchant, scopes=["read"], expires_at=None)
    with visit(browser, live_server.url, **look) as there:
        sign_in(there, "boss")
        there.go(f"/admin/defaults/collectionterms/{terms.pk}/change/")
        there.page.fill("#id_grace_days", "9")
        there.page.press("#id_grace_days", "Enter")
        there.page.wait_for_selector(".difference")
        there.check("admin-difference")
        there.page.locator(".submit-row button").press("Enter")
        there.page.wait_for_url("**/admin/defaults/collectionterms/")
        there.check("admin-list-saved")
        there.go(f"/admin/defaults/collectionterms/{terms.pk}/delete/")
        there.check("admin-delete")
        there.go("/admin/accounts/apikey/")
        there.page.check("input.action-select")
        there.page.select_option("select[name=action]", "revoke")
        there.page.click(".actions button")
        there.page.wait_for_selector(".difference")
        there.check("admin-revoke")
        there.page.click(".submit-row button")
        there.page.wait_for_url("**/admin/accounts/apikey/")
        for path in ("accounts/stafftoken/add/", "defaults/agency/add/", "defaults/feepolicy/add/"):
            there.go(f"/admin/{path}")
            there.check("admin-" + path.strip("/").replace("/", "-"))
    terms.refresh_from_db()
    assert (terms.grace_days, ApiKey.objects.get().revoked_at is None) == (9, False)
