"""The run monitor: what runs decide, how far they are, and the means to pause, resume and stop them."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models.staff import Role
from common import clock
from defaults.authority import LEAD, may_decide
from defaults.models import DefaultCase
from defaults.services.acts import Refused

from ..models import Run
from ..reports import runs as report
from ..services.round_tallies import today
from ..services.runs import pause_run, resume_run, start_run, stop_run
from .refusals import in_words
from .run_words import OUTCOMES, decision_line, filter_word, outcome_lines, over_word, round_lines, run_line
from .viewing import maker_of
from .wording import MESSAGE_STATES

FATES_KEPT_SECONDS = 5
LONGEST_ID = 18
_VERBS: Mapping[str, Callable[..., Run]] = {"pause": pause_run, "resume": resume_run, "stop": stop_run}
_OVER = (Run.State.DONE, Run.State.STOPPED)


@login_required
@never_cache
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    return _list(request)


@login_required
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Ask for a run over one of the viewer's merchants, or over all; a dry one only counts."""
    if not may_decide(request.user.role, LEAD):
        return _list(request, error=in_words(Refused("missing_role", "")), status=403)
    slug, now = request.POST.get("merchant", ""), clock.now()
    merchant = request.user.visible_merchants().filter(slug=slug).first() if "\0" not in slug else None
    if merchant is None and (slug or request.user.role != Role.ADMIN):
        return _list(request, error=_("Choose one of your merchants."), status=422)
    due = DefaultCase.objects.due_for_review(now)
    run = start_run(
        as_of=now,
        asked_by=maker_of(request).actor,
        total=(due.filter(merchant=merchant) if merchant else due).count(),
        merchant_id=merchant.pk if merchant else None,
        is_dry="dry" in request.POST,
    )
    return redirect("run", run_id=run.pk)


@login_required
@never_cache
@require_safe
def run_page(request: HttpRequest, run_id: int) -> HttpResponse:
    return _page(request, visible_run(request, run_id))


@login_required
@never_cache
@require_safe
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The part of the page that moves; with the buttons too when the state is not the one the page knows."""
    run = visible_run(request, run_id)
    return render(request, "reminders/run_progress.html", _moving(request, run) | {"is_part": True})


@login_required
@require_POST
def move(request: HttpRequest, run_id: int, verb: str) -> HttpResponse:
    """Pause, resume or stop. Whoever may start a run may do it, also to another's."""
    run = visible_run(request, run_id)
    if verb not in _VERBS:
        raise Http404
    if not may_decide(request.user.role, LEAD):
        return _page(request, run, error=in_words(Refused("missing_role", "")), status=403)
    try:
        _VERBS[verb](run_id=run.pk, actor=maker_of(request).actor)
    except Refused as refusal:
        return _page(request, visible_run(request, run_id), error=in_words(refusal), status=409)
    return redirect("run", run_id=run.pk)


def visible_run(request: HttpRequest, run_id: int) -> Run:
    """The run, if this person may see it; somebody else's looks like none at all."""
    run = report.visible_runs(request.user).filter(pk=run_id).first() if run_id < 2**63 else None
    if run is None:
        raise Http404
    return run


def _list(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    before = _whole(request.GET.get("before", ""))
    found = report.visible_runs(request.user).order_by("-pk")
    found = list((found.filter(pk__lt=before) if before else found)[: report.ROWS + 1])
    merchants = list(request.user.visible_merchants())
    context = {
        "current": "runs",
        "lines": [run_line(run) for run in found[: report.ROWS]],
        "more": f"?before={found[report.ROWS - 1].pk}" if len(found) > report.ROWS else "",
        "may_start": may_decide(request.user.role, LEAD),
        "may_all": request.user.role == Role.ADMIN,
        "merchants": merchants,
        "rounds": round_lines(*today(merchants, now=clock.now())),
        "error": error,
    }
    return render(request, "reminders/runs.html", context, status=status)


def _page(request: HttpRequest, run: Run, *, error: str = "", status: int = 200) -> HttpResponse:
    context = _moving(request, run)
    outcome, reason = context["outcome"], context["reason"]
    found = report.decisions_of(run, outcome=outcome, reason=reason)
    before = _whole(request.GET.get("before", ""))
    shown, after = report.slice_of(found, before=before, limit=report.ROWS)
    said = report.messages_of(shown)
    here = urlencode({"outcome": outcome, "reason": reason})
    context |= {
        "current": "runs",
        "rows": [decision_line(one, said.get((one.case_id, one.step_key))) for one in shown],
        "here": f"?{here}",
        "more": f"?{here}&before={after}" if after else "",
        "filter": filter_word(outcome, reason),
        "unreached": report.unreached(run).count() if outcome == "failed" else 0,
        "error": error,
    }
    return render(request, "reminders/run.html", context, status=status)


def _moving(request: HttpRequest, run: Run) -> dict:
    """What the page and its moving part share."""
    outcome, reason = asked_of(run, request.GET)
    known = request.GET.get("state", run.state)
    fates = cache.get_or_set(f"run-fates-{run.pk}", lambda: report.fates(run), FATES_KEPT_SECONDS)
    return run_line(run) | {
        "outcome": outcome,
        "reason": reason,
        "outcomes": outcome_lines(run, fates, outcome=outcome, reason=reason),
        "over": over_word(run),
        "every": "" if run.state in _OVER else "1s" if run.state == Run.State.RUNNING else "5s",
        "may_move": may_decide(request.user.role, LEAD),
        "has_changed": known != run.state,
    }


def asked_of(run: Run, given: QueryDict) -> tuple[str, str]:
    """The filter of the address, outcome and reason; what is no outcome or no reason of this run is none."""
    outcome, reason = given.get("outcome", ""), given.get("reason", "")
    reasons = {"wait": run.reasons, "send": MESSAGE_STATES}.get(outcome, ())
    if outcome not in (*OUTCOMES, "failed"):
        return "", ""
    return outcome, reason if reason in reasons else ""


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID else None
