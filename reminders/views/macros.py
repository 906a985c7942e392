"""The key `m`: a macro shows its effects first, then does them to one case or to many, all or nothing for each."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from common import clock

from ..services.jobs import MACRO, UNDO_SECONDS, Asker
from ..services.macros import args_of, macros_for
from .bulk import do_bulk
from .case import visible_case
from .job_words import cases_in_words
from .macro_words import lines
from .selection import Selection, selected
from .viewing import maker_of


@login_required
@never_cache
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "HEAD", "POST"])
def macro(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    chosen = selected(request, request.POST if request.method == "POST" else request.GET, now=now)
    if request.method != "POST":
        return _show(request, chosen, now=now)
    wanted = request.POST.get("macro", "")
    if not (wanted.isascii() and wanted.isdecimal() and len(wanted) <= 18):
        raise Http404
    found = macros_for(chosen.merchants).filter(pk=int(wanted)).first()
    if found is None:
        raise Http404
    if found.merchant_id is not None and chosen.cases.exclude(merchant=found.merchant_id).exists():
        return _show(request, chosen, now=now, error=_("This macro is for cases of one merchant only."))
    return do_bulk(request, MACRO, chosen, action=MACRO, args=args_of(found), now=now)


@login_required
@never_cache
@vary_on_headers("HX-Request")
@require_safe
def macro_of_case(request: HttpRequest, number: str) -> HttpResponse:
    case, one = visible_case(request, number), QueryDict(mutable=True)
    one["number"] = case.number
    now = clock.now()
    return _show(request, selected(request, one, now=now), now=now)


def _show(request: HttpRequest, chosen: Selection, *, now: datetime, error: str = "") -> HttpResponse:
    asker = Asker(maker=maker_of(request), user=request.user)
    found = list(macros_for(chosen.merchants))
    context = {
        "lines": list(lines(found, chosen, asker=asker, now=now)),
        "error": error,
        "chosen": chosen,
        "cases": cases_in_words(chosen.total),
        "undo_seconds": UNDO_SECONDS,
        "layout": "reminders/part.html" if request.htmx else "base.html",
    }
    return render(request, "reminders/macros.html", context)
