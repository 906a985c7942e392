"""The ways in: the link of a message, and asking for a new one."""

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_safe

from common import clock

from ...services.links import find_link_by_token
from ...services.new_link import ask_new_link
from .frame import chosen_language, missing, public, render, see
from .visit import language_of, remember

_LONGEST = 254


@require_safe
@public
def resolve(request: HttpRequest, token: str) -> HttpResponse:
    """Takes the token out of the address. Nothing is written: mail scanners open links."""
    link = find_link_by_token(token=token, now=clock.now())
    if link is None:
        return missing(request)
    language = request.GET.get("lang", "") and f"?lang={language_of(request, link.case)}"
    response = see(f"/r/case/{link.case.number}/{language}")
    remember(response, link)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@public
def new_link(request: HttpRequest) -> HttpResponse:
    """Reference and address in; always the same words out."""
    with translation.override(chosen_language(request)):
        if request.method != "POST":
            return render(request, "new_link", {})
        number, address = (
            request.POST.get(name, "").replace("\x00", "")[:_LONGEST] for name in ("number", "address")
        )
        ask_new_link(number=number, address=address, now=clock.now())
        return render(request, "new_link_asked", {})


@public
def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """Whatever else stands below `/r/`."""
    return missing(request)
