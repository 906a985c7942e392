"""Showing that it is you: before that no item, no name and no document is shown."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from ...models import ResolutionLink
from ...services.second_factor import ask_code, is_code_in_force, try_code, try_facts, ways_of
from .act import show
from .frame import see
from .visit import LASTS_SECONDS, Visit, remember, visited


@require_http_methods(["GET", "HEAD", "POST"])
@visited
def you(visit: Visit) -> HttpResponse:
    if visit.is_known:
        return see(visit.address())
    if visit.request.method != "POST":
        return _page(visit)
    said = visit.request.POST
    if "code" in said:
        is_right = try_code(link_id=visit.link.pk, code=said["code"].strip()[:20], now=visit.now)
    else:
        is_right = try_facts(
            link_id=visit.link.pk,
            phone_end=said.get("phone", "").strip()[:20],
            birth_year=said.get("year", "").strip()[:20],
        )
    if not is_right:
        return _page(visit, error=_("That does not match what we know."))
    response = see(visit.address())
    remember(response, visit.link, known_until=int(visit.now.timestamp()) + LASTS_SECONDS)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@visited
def code(visit: Visit) -> HttpResponse:
    """Asks for a code; asked too often, the page is the same."""
    if visit.request.method == "POST" and ways_of(visit.link).by_code:
        ask_code(link_id=visit.link.pk, now=visit.now)
    return see(visit.address("you"))


def _page(visit: Visit, *, error: str = "") -> HttpResponse:
    link = ResolutionLink.objects.select_related("case__customer").get(pk=visit.link.pk)
    ways, has_code = ways_of(link), is_code_in_force(link, now=visit.now)
    left = link.code_tries_left if has_code else link.tries_left
    context = {
        "ways": ways,
        "has_code": has_code,
        "by_facts": ways.by_facts and not has_code,
        "error": error,
        "left": ngettext("%d try left", "%d tries left", left) % left,
        "code": visit.address("you", "code"),
        "here": visit.address("you"),
    }
    return show(visit, "you", context)
