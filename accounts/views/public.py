"""What the pages around a payment share: the customer's language, and headers that leave nothing behind."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from ..models import Checkout

HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}

View = Callable[..., HttpResponse]


def public_page(view: View) -> View:
    """For views that take a reference: nothing is kept by a browser or a search engine."""

    @wraps(view)
    def guarded(request: HttpRequest, reference: str) -> HttpResponse:
        response = view(request, reference)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return guarded


def language_for(request: HttpRequest, checkout: Checkout) -> str:
    """The one asked for, else the customer's, else the merchant's, else the browser's."""
    known = dict(settings.LANGUAGES)
    for tag in (request.GET.get("lang", ""), checkout.customer.locale, checkout.merchant.locale):
        if tag.split("-")[0] in known:
            return tag.split("-")[0]
    return translation.get_language() or settings.LANGUAGE_CODE
