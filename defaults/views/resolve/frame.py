"""What every public page has in common: its headers, its form check, and one answer to whatever does not work."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render as render_template
from django.utils import translation
from django.utils.decorators import decorator_from_middleware
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponse]
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


class _FormCheck(CsrfViewMiddleware):
    """Django's check, for a page without referrer: browsers then name the origin `null`, and the site in a header."""

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.META["HTTP_ORIGIN"] != "null":
            return super()._origin_verified(request)
        return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


def public(view: View) -> View:
    """A view nobody signs in for: its forms are checked without a referrer, and nothing of it is kept or indexed."""
    checked = decorator_from_middleware(_FormCheck)(view)

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = checked(request, *args, **kwargs)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return csrf_exempt(answer)


def render(request: HttpRequest, template: str, context: dict, *, status: int = 200) -> HttpResponse:
    frame = {
        "language": (translation.get_language() or "en").split("-")[0],
        "languages": settings.LANGUAGES,
    }
    return render_template(request, f"defaults/resolve/{template}.html", frame | context, status=status)


def missing(request: HttpRequest) -> HttpResponse:
    """The same answer, to the byte, whether a link is wrong, over, revoked or was never followed here."""
    with translation.override(chosen_language(request)):
        return render(request, "missing", {}, status=404)


def see(address: str) -> HttpResponse:
    """Look there next, by GET."""
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


def chosen_language(request: HttpRequest, *wanted: str) -> str:
    """The one asked for in the address, else the first of `wanted` that is known, else the browser's."""
    known = dict(settings.LANGUAGES)
    for tag in (request.GET.get("lang", ""), *wanted):
        if tag.split("-")[0] in known:
            return tag.split("-")[0]
    return translation.get_language() or settings.LANGUAGE_CODE
