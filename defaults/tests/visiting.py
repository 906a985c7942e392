"""A customer with a browser: follows a link, fills in a form, confirms it, as the pages are meant to be used."""

from urllib.parse import urlencode

from django.test import Client

from accounts.models import ContactPoint, Merchant
from accounts.services import record_events
from accounts.services.contacts import open_address
from accounts.services.gateway_setups import set_up_gateway
from accounts.tests.factories import event
from accounts.tests.paying import WEBHOOK_SECRET
from defaults.models import DefaultCase
from defaults.services.links import create_link

from .showcase import NOW, songbird

FORM = "application/x-www-form-urlencoded"
# As `no-referrer` makes browsers tell it.
SITE = {"origin": "null", "sec-fetch-site": "same-origin"}
BIRTH_YEAR = "1990"


class Customer:
    """Their browser, with the cookies of one visit. Pages are answered in English unless `language` says otherwise."""

    def __init__(self, case: DefaultCase, *, language: str = "en") -> None:
        self.case, self.language = case, language
        self.browser = Client(enforce_csrf_checks=True)
        self.link = create_link(case_id=case.pk, now=NOW)
        self.first = self.browser.get(f"/r/{self.link}/", {"lang": language})

    def address(self, *names: str) -> str:
        return "/".join(("/r/case", self.case.number, *names)) + "/"

    def see(self, *names: str) -> str:
        return self.browser.get(self.address(*names), {"lang": self.language}).content.decode()

    def send(self, *names: str, **fields):
        """One form, with the page's own token; where it leads is followed."""
        page = self.browser.get(self.address(*names), {"lang": self.language}, follow=True)
        token = page.context["csrf_token"] if page.context and "csrf_token" in page.context else ""
        body = urlencode({"csrfmiddlewaretoken": str(token), **fields}, doseq=True)
        address = f"{self.address(*names)}?lang={self.language}"
        return self.browser.post(address, body, content_type=FORM, headers=SITE, follow=True)

    def agree(self, *names: str, **fields) -> str:
        """Fill in the form, read the summary, confirm it with what the summary carries along."""
        page = (
            self.send(*names, **fields)
            if fields
            else self.browser.get(self.address(*names), {"lang": self.language})
        )
        hidden: dict[str, list[str]] = {}
        for name, value in page.context["summary"].hidden:
            hidden.setdefault(name, []).append(value)
        return self.send(*names, confirm="yes", **hidden).content.decode()

    def shows_who_they_are(self) -> None:
        page = self.send("you", phone=phone_end(self.case), year=BIRTH_YEAR)
        assert page.context["visit"].is_known


def phone_end(case: DefaultCase) -> str:
    return open_address(ContactPoint.objects.get(customer=case.customer, channel="sms"))[-4:]


def is_born(case: DefaultCase) -> None:
    """The merchant tells when."""
    customer = {"reference": case.customer.reference, "birth_date": f"{BIRTH_YEAR}-04-12"}
    told = event("customer.updated", customer=customer)
    assert record_events(merchant_id=case.merchant_id, events=[told], now=NOW)[0].status == "applied"
    case.customer.refresh_from_db()


def paying_songbird() -> Merchant:
    """The merchant of most tests, taking payments by the sandbox gateway."""
    seller = songbird()
    set_up_gateway(
        merchant_id=seller.pk,
        gateway="sandbox",
        public_key="",
        secret="sk_test",
        webhook_secret=WEBHOOK_SECRET,
    )
    return seller
