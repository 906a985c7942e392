"""Signing in with a second factor, in a real browser: apps, recovery codes, passkeys; both languages, light and dark."""

import pytest
from playwright.sync_api import expect

from accounts.models import Role, User
from accounts.tests.signing_in import code_of, with_app
from defaults.tests.showcase import PASSWORD, songbird, staff
from reminders.tests.browsing import DESKTOP, PHONE, Visit, visit

pytestmark = pytest.mark.django_db(transaction=True)

LOOKS = [
    {"size": DESKTOP, "language": "en", "theme": "light"},
    {"size": DESKTOP, "language": "en", "theme": "dark"},
    {"size": PHONE, "language": "ko", "theme": "light"},
    {"size": PHONE, "language": "ko", "theme": "dark"},
]
PLAIN = LOOKS[0]


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look['size']['width']}-{look['language']}-{look['theme']}")
def look(request) -> dict:
    return request.param


@pytest.fixture
def lena(settings) -> User:
    """A lead, where a second factor is required; she speaks what the test looks at."""
    settings.AMENDS_SECOND_FACTOR = "required"
    return staff("lena", role=Role.LEAD, merchants=(songbird(),))


def give_password(there: Visit) -> None:
    there.go("/sign-in/")
    there.page.fill("#id_username", "lena")
    there.page.fill("#id_password", PASSWORD)
    there.page.press("#id_password", "Enter")


def give_code(there: Visit, code: str) -> None:
    there.page.fill("#id_code", code)
    there.page.press("#id_code", "Enter")


def with_authenticator(there: Visit) -> None:
    """The device's own: it keeps passkeys, and its person always says yes."""
    wire = there.page.context.new_cdp_session(there.page)
    wire.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_lead_sets_an_app_up_and_signs_in_with_its_codes(browser, live_server, lena, look) -> None:
    User.objects.update(language=look["language"])
    with visit(browser, live_server.url, **look) as there:
        give_password(there)
        there.page.wait_for_url("**/settings/second/")
        there.check("second-factor-due")
        there.page.click("a[href='/settings/second/app/']")
        there.check("second-factor-app")
        secret = there.page.inner_text(".secret")
        give_code(there, "000000")
        there.page.wait_for_selector("[role=alert]")
        there.check("second-factor-app-refused")
        secret = there.page.inner_text(".secret")
        give_code(there, code_of(secret))
        there.page.wait_for_url("**/settings/second/codes/")
        there.check("recovery-codes")
        there.page.click("a.main")
        there.page.wait_for_url("**/queue/")
        there.page.click("form[action='/sign-out/'] button")
        give_password(there)
        there.page.wait_for_url("**/sign-in/second/")
        there.check("second-step")
        give_code(there, "111111")
        there.page.wait_for_selector("[role=alert]")
        there.check("second-step-refused")
        give_code(there, code_of(secret, ahead=1))
        there.page.wait_for_url("**/queue/")


def test_a_recovery_code_stands_in_for_a_lost_device(browser, live_server, lena) -> None:
    with_app(lena)
    code = lena.authenticator_set.get(type="recovery_codes").wrap().get_unused_codes()[0]
    with visit(browser, live_server.url, **PLAIN) as there:
        give_password(there)
        give_code(there, code)
        there.page.wait_for_url("**/queue/")


def test_a_passkey_is_set_up_then_is_the_second_step_and_then_signs_in_alone(
    browser, live_server, lena, look
) -> None:
    User.objects.update(language=look["language"])
    with visit(browser, live_server.url, **look) as there:
        with_authenticator(there)
        give_password(there)
        there.page.click("a[href='/settings/second/passkey/']")
        there.check("second-factor-passkey")
        there.page.click(".passkey button")
        there.page.wait_for_url("**/settings/second/codes/")
        there.go("/settings/")
        there.check("my-settings-with-passkey")
        there.page.click("form[action='/sign-out/'] button")
        give_password(there)
        there.page.wait_for_url("**/sign-in/second/")
        there.check("second-step-passkey")
        there.page.click(".passkey button")
        there.page.wait_for_url("**/queue/")
        there.page.click("form[action='/sign-out/'] button")
        there.go("/sign-in/?next=/approvals/")
        there.page.click(".passkey button")
        there.page.wait_for_url(f"{there.origin}/approvals/")
        there.check("approvals-by-passkey")


def test_a_passkey_that_is_not_there_is_told_in_words_and_the_password_still_works(
    browser, live_server, lena
) -> None:
    with visit(browser, live_server.url, **PLAIN) as there:
        wire = there.page.context.new_cdp_session(there.page)
        wire.send("WebAuthn.enable")
        there.go("/sign-in/")
        there.page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('none')); }")
        there.page.click(".passkey button")
        expect(there.page.locator(".passkey [role=alert]")).to_be_visible()
        there.check("sign-in-no-passkey")
        there.page.fill("#id_username", "lena")
        there.page.fill("#id_password", PASSWORD)
        there.page.press("#id_password", "Enter")
        there.page.wait_for_url("**/settings/second/")


def test_the_factor_is_shown_again_before_factors_are_changed(browser, live_server, lena, look) -> None:
    User.objects.update(language=look["language"])
    with_app(lena)
    with visit(browser, live_server.url, **look) as there:
        with_authenticator(there)
        give_password(there)
        give_code(there, code_of())
        there.page.wait_for_url("**/queue/")
        there.go("/settings/second/passkey/")
        there.page.wait_for_url("**/settings/second/again/**")
        there.check("second-factor-again")
        give_code(there, code_of(ahead=1))
        there.page.wait_for_url("**/settings/second/passkey/")
        there.page.click(".passkey button")
        there.page.wait_for_url("**/settings/")
        there.page.click("a[href='/settings/second/app/remove/']")
        there.check("second-factor-remove")
        there.page.click("main .button.main")
        there.page.wait_for_url("**/settings/")
        there.go("/settings/second/codes/new/")
        there.check("recovery-codes-new")


def test_a_pair_locked_out_is_told_so(browser, live_server, lena, look) -> None:
    with visit(browser, live_server.url, **look) as there:
        there.go("/sign-in/")
        for _ in range(11):
            there.page.fill("#id_username", "lena")
            there.page.fill("#id_password", "wrong")
            there.page.press("#id_password", "Enter")
            there.page.wait_for_load_state()
        there.check("sign-in-locked")
