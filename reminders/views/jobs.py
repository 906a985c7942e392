"""Acts on many cases: how far one is, what became of each case, and stopping, trying again and undoing it."""

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.views.wording import moment
from common import clock
from defaults.services.acts import Refused
from defaults.views.queue_address import Asked

from ..models import Job, JobRow
from ..services.job_rows import carry_out
from ..services.jobs import (
    AT_ONCE,
    ask_undo,
    counts_of,
    may_change,
    retry_failed,
    seconds_left,
    stop_job,
    visible_jobs,
)
from .bulk_forms import titles
from .done import answer
from .job_words import PROBLEMS, STATES, cases_in_words, chosen_words, named, outcomes, row_lines, title_of
from .refusals import in_words
from .viewing import maker_of
from .wording import who

PAGE = 50
NAMED = 5
SECONDS_AT_ONCE = 20
ALL, LOOK = "all", "look"


@login_required
@never_cache
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """The latest ones."""
    found = list(_visible(request).order_by("-pk")[:PAGE])
    names = titles()
    lines = [{"job": job, "title": title_of(job, names), "cases": cases_in_words(job.total)} for job in found]
    for line in lines:
        line |= {"who": who(line["job"].asked_by), "at": moment(line["job"].asked_at)}
    return render(request, "reminders/jobs.html", {"current": "jobs", "lines": lines})


@login_required
@never_cache
@require_safe
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    return show_job(request, own_job(request, job_id))


@login_required
@require_POST
def stop(request: HttpRequest, job_id: int) -> HttpResponse:
    found = own_job(request, job_id)
    try:
        stop_job(job=found, maker=maker_of(request))
    except Refused as refusal:
        return show_job(request, found, error=in_words(refusal))
    return redirect("job", job_id=job_id)


@login_required
@require_POST
def retry(request: HttpRequest, job_id: int) -> HttpResponse:
    found = own_job(request, job_id)
    try:
        again = retry_failed(job=found, maker=maker_of(request))
    except Refused as refusal:
        return show_job(request, found, error=in_words(refusal))
    if again <= AT_ONCE:
        carry_out(found, clock=clock.now, seconds=SECONDS_AT_ONCE)
    return redirect("job", job_id=job_id)


@login_required
@require_POST
def undo(request: HttpRequest, job_id: int) -> HttpResponse:
    """A small one at once; a large one goes on in the background, on its page."""
    found = own_job(request, job_id)
    try:
        undoing = ask_undo(job=found, maker=maker_of(request))
    except Refused as refusal:
        if request.htmx:
            return answer(in_words(refusal))
        return show_job(request, found, error=in_words(refusal))
    if undoing <= AT_ONCE:
        carry_out(found, clock=clock.now, seconds=SECONDS_AT_ONCE)
    found.refresh_from_db()
    if not request.htmx:
        return redirect("job", job_id=job_id)
    if found.is_running:
        told = HttpResponse(status=204)
        told["HX-Redirect"] = reverse("job", args=[job_id])
        return told
    return answer(_undone_words(found))


def show_job(request: HttpRequest, found: Job, *, error: str = "") -> HttpResponse:
    counts = counts_of(found)
    by_state = outcomes(counts)
    wanted = _outcome(request, by_state)
    rows, after = _page(found, wanted, request.GET.get("after", ""))
    to_do = by_state.get(JobRow.State.WAITING, 0) + by_state.get(JobRow.State.UNDOING, 0)
    mine = may_change(found, maker_of(request))
    context = {
        "current": "jobs",
        "job": found,
        "title": title_of(found),
        "cases": cases_in_words(found.total),
        "who": who(found.asked_by),
        "at": moment(found.asked_at),
        "chosen": chosen_words(found),
        "list": _list_address(found),
        "done": found.total - to_do,
        "error": error,
        "filters": _filters(by_state, found.total, wanted),
        "outcome": wanted,
        "lines": row_lines(rows),
        "after": after,
        "seconds": seconds_left(found) if mine else 0,
        "may_stop": mine and found.is_running and found.undo_asked_at is None,
        "failed": by_state.get(JobRow.State.FAILED, 0) if mine and not found.undo_asked_at else 0,
    }
    return render(request, "reminders/job.html", context)


def of_outcome(found: Job, wanted: str) -> QuerySet[JobRow]:
    rows = found.rows.order_by("pk")
    if wanted == LOOK:
        return rows.filter(state__in=PROBLEMS)
    return rows if wanted == ALL else rows.filter(state=wanted)


def _visible(request: HttpRequest) -> QuerySet[Job]:
    return visible_jobs(request.user.visible_merchants().values_list("pk", flat=True))


def own_job(request: HttpRequest, job_id: int) -> Job:
    found = _visible(request).filter(pk=job_id).first()
    if found is None:
        raise Http404
    return found


def _outcome(request: HttpRequest, by_state: dict[str, int]) -> str:
    """What is asked for; else what somebody has to look at, if there is any."""
    asked = request.GET.get("outcome", "")
    if asked in (ALL, LOOK) or asked in STATES:
        return asked
    return LOOK if any(state in PROBLEMS for state in by_state) else ALL


def _filters(by_state: dict[str, int], total: int, wanted: str) -> list[dict]:
    look = sum(number for state, number in by_state.items() if state in PROBLEMS)
    choices = [(ALL, _("All"), total)] + ([(LOOK, _("To look at"), look)] if look else [])
    choices += [(state, STATES[state][0], number) for state, number in by_state.items()]
    return [
        {"name": name, "label": label, "number": f"{number:,}", "is_current": name == wanted}
        for name, label, number in choices
    ]


def _page(found: Job, wanted: str, after: str) -> tuple[list[JobRow], int]:
    start = int(after) if after.isascii() and after.isdecimal() and len(after) <= 18 else 0
    rows = of_outcome(found, wanted).filter(pk__gt=start).select_related("case__customer", "case__merchant")
    rows = list(rows[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else 0


def _list_address(found: Job) -> str:
    if run := found.chosen.get("run"):
        return f"{reverse('run', args=[run])}?outcome=failed"
    told = found.chosen.get("filter")
    if not told or "view" not in told:
        return ""
    return reverse("queue") + Asked.read(told).address()


def _undone_words(found: Job) -> str:
    counts = outcomes(counts_of(found))
    said = _("Undone: %s.") % cases_in_words(counts.get(JobRow.State.UNDONE, 0))
    kept = counts.get(JobRow.State.KEPT, 0)
    if kept:
        rows = found.rows.filter(state=JobRow.State.KEPT).select_related("case").order_by("pk")[:NAMED]
        said += " " + _("Left as they are: %s.") % named([row.case for row in rows], max(0, kept - NAMED))
    return said
