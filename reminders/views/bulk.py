"""Acts on many cases from the list: the dialog says what will happen to how many, then it is done as for one."""

import json
from datetime import datetime

import msgspec
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from common import clock
from common.reading import FIRST_YEAR, LAST_YEAR
from defaults.views.claiming import marked

from ..models import Job
from ..services.act_args import Unfit
from ..services.forecast import forecast
from ..services.job_rows import carry_out
from ..services.jobs import UNDO_SECONDS, Asker, NothingChosen, ask_job, counts_of
from ..services.shared_args import SHARED, check_shared
from .act_fields import Group, with_typed
from .bulk_bodies import args_of
from .bulk_forms import TITLES, forms_of
from .job_words import PROBLEMS, cases_in_words, forecast_lines, outcomes, row_lines, said_of
from .selection import Selection, selected
from .viewing import maker_of

# The rest of a small job goes on in the background.
SECONDS_AT_ONCE = 20


@login_required
@never_cache
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest, name: str) -> HttpResponse:
    """The dialog `name`, and its forms' address. Asked for by itself it is a page."""
    if name not in TITLES or name == "macro":
        raise Http404
    now = clock.now()
    chosen = selected(request, request.POST if request.method == "POST" else request.GET, now=now)
    if request.method != "POST":
        return show_bulk(request, name, chosen, now=now)
    action = request.POST.get("action", "")
    if action not in SHARED:
        raise Http404
    args = args_of(request.POST.dict(), action)
    if error := _error(action, args):
        return show_bulk(request, name, chosen, now=now, error=error, form=action)
    return do_bulk(request, name, chosen, action=action, args=args, now=now)


@login_required
@never_cache
@require_safe
def matching(request: HttpRequest) -> HttpResponse:
    """How many cases the whole list has, for the button that selects them."""
    found = request.GET.copy()
    found["all"] = "1"
    total = selected(request, found, now=clock.now()).total
    return render(request, "reminders/bulk_all.html", {"total": total, "words": cases_in_words(total)})


def do_bulk(
    request: HttpRequest, name: str, chosen: Selection, *, action: str, args: dict, now: datetime
) -> HttpResponse:
    asker = Asker(maker=maker_of(request), user=request.user)
    try:
        job = ask_job(cases=chosen.cases, asker=asker, action=action, args=args, chosen=chosen.chosen)
    except NothingChosen:
        return show_bulk(request, name, chosen, now=now, error=_("No case is selected."), form=action)
    if chosen.is_at_once:
        carry_out(job, clock=clock.now, seconds=SECONDS_AT_ONCE)
        job.refresh_from_db()
    if job.is_running or not request.htmx:
        return _to_job(request, job)
    return _done(request, job)


def show_bulk(
    request: HttpRequest,
    name: str,
    chosen: Selection,
    *,
    now: datetime,
    error: str = "",
    form: str = "",
    context: dict | None = None,
) -> HttpResponse:
    """With `error`: why nothing was done, and what was typed into the form of that action."""
    today = timezone.localtime(now).date()
    forms = forms_of(name, merchants=chosen.merchants, today=today)
    if form:
        (group,) = with_typed([Group("", forms)], key=form, typed=request.POST.dict())
        forms = group.forms
    told = {
        "title": TITLES[name],
        "name": name,
        "forms": forms,
        "error": error,
        "chosen": chosen,
        "cases": cases_in_words(chosen.total),
        "undo_seconds": UNDO_SECONDS,
        "forecast": list(forecast_lines(_forecast(chosen, now=now))) if name == "remind" else [],
        "layout": "reminders/part.html" if request.htmx else "base.html",
    }
    return render(request, "reminders/bulk.html", told | (context or {}))


def _forecast(chosen: Selection, *, now: datetime) -> dict:
    return forecast(list(chosen.cases.values_list("pk", flat=True)[:2000]), now=now)


def _error(action: str, args: dict) -> str:
    try:
        body = check_shared(action, args)
    except Unfit:
        return _("A number is missing, too small or too large.")
    except msgspec.ValidationError:
        return _("Something is missing, or too long.")
    days = [getattr(body, name, None) for name in ("on", "expires_on")]
    if any(day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR for day in days):
        return _("A date is missing, or is none.")
    return ""


def _to_job(request: HttpRequest, job: Job) -> HttpResponse:
    address = reverse("job", args=[job.pk])
    if not request.htmx:
        return marked(redirect(address))
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = address
    return marked(answer)


def _done(request: HttpRequest, job: Job) -> HttpResponse:
    """All is well: the dialog closes. Else it says which cases were not done, and why."""
    counts = counts_of(job)
    problems = sum(number for state, number in outcomes(counts).items() if state in PROBLEMS)
    events = {
        "said": said_of(job, counts),
        "undoable": {"path": reverse("job-undo", args=[job.pk]), "seconds": UNDO_SECONDS},
        "changed": "",
    }
    if problems:
        rows = job.rows.filter(state__in=PROBLEMS).select_related("case__customer").order_by("pk")[:20]
        told = {"job": job, "lines": row_lines(list(rows)), "said": events["said"], "more": problems > 20}
        answer = render(request, "reminders/bulk_done.html", told)
    else:
        answer = HttpResponse(status=204)
        events["done"] = ""
    answer["HX-Trigger"] = json.dumps(events)
    return marked(answer)
