"""Who else looks at this case: a page tells of itself every few seconds, and hears who is at its case and at its rows."""

from collections.abc import Collection

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.models import User

from ..models import DefaultCase, Presence
from ..models.case import id_of, number_of
from ..reports.presence import others_at
from ..services.presence import be_here, leave
from .wording import initials

MOST_ROWS = 200
# The field tells the next beat which rows stand here, and whether somebody stands in them already.
_DOTS = '<span class="dots" id="at-{}"{}><input type="hidden" name="{}" value="{}">{}</span>'
_DOT = (
    '<span class="dot" title="{1}"><span aria-hidden="true">{0}</span><span class="hidden">{1}</span></span>'
)


def dots_of(number: str, people: Collection[User], *, moved: bool = False) -> SafeString:
    """The people at a row as initials in its corner. `moved`: they replace those that stand there."""
    seen = format_html_join("", _DOT, ((initials(one), viewing([one])) for one in people))
    swap = mark_safe(' hx-swap-oob="true"') if moved else ""
    return format_html(_DOTS, number, swap, "dotted" if people else "row", number, seen)


def viewing(people: Collection[User]) -> str:
    """Who is viewing, as a sentence; empty for nobody."""
    if not people:
        return ""
    names = ", ".join(person.get_full_name() or person.get_username() for person in people)
    return ngettext("%(names)s is viewing", "%(names)s are viewing", len(people)) % {"names": names}


@login_required
@require_POST
def here(request: HttpRequest) -> HttpResponse:
    """The page is open on `case`. Answers what has changed for it: the line at the case, and the rows' dots.

    A page shows its case in `shown`, its rows in `row`, or in `dotted` where somebody stands in them already.
    """
    case_id, page = id_of(request.POST.get("case", "")), request.POST.get("page", "")
    rows, dotted = (_ids(request, name) for name in ("row", "dotted"))
    visible = DefaultCase.objects.filter(merchant__in=request.user.visible_merchants())
    seen = set(visible.filter(pk__in={*rows, *dotted, case_id or 0}).values_list("pk", flat=True))
    if case_id not in seen or page not in Presence.Page.values:
        return HttpResponse(status=204)
    be_here(user_id=request.user.pk, page=page, case_id=case_id)
    people = others_at(seen, user_id=request.user.pk)
    told = viewing(people.get(case_id, ()))
    moved = [row for row in sorted({*rows, *dotted} & seen) if row in people or row in dotted]
    is_same = told == request.POST.get("shown", "")
    if is_same and not moved:
        return HttpResponse(status=204)
    dots = [dots_of(number_of(row), people.get(row, ()), moved=True) for row in moved]
    answer = render(request, "defaults/presence_news.html", {"told": told, "dots": dots})
    if is_same:
        answer["HX-Reswap"] = "none"
    return answer


@login_required
@require_POST
def left(request: HttpRequest) -> HttpResponse:
    """The page is closed."""
    case_id = id_of(request.POST.get("case", ""))
    if case_id:
        leave(user_id=request.user.pk, page=request.POST.get("page", ""), case_id=case_id)
    return HttpResponse(status=204)


def _ids(request: HttpRequest, name: str) -> set[int]:
    return {found for number in request.POST.getlist(name)[:MOST_ROWS] if (found := id_of(number))}
