"""Lists to take away: exactly what is filtered, as CSV, for a reason that is written down."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from accounts.services import audit
from common import clock
from common.tables import csv_lines
from defaults.authority import LEAD, may_decide
from defaults.reports.queue_order import order_of
from defaults.views.queue import cases_of
from defaults.views.queue_address import Asked

from ..reports.runs import decisions_of
from .job_words import STATES, row_lines
from .jobs import ALL, LOOK, of_outcome, own_job
from .queue_table import minute, queue_rows
from .run_table import run_rows
from .runs import asked_of, visible_run
from .viewing import maker_of

LONGEST_REASON = 500
CHUNK = 500


@login_required
@never_cache
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "HEAD", "POST"])
def queue_csv(request: HttpRequest) -> HttpResponse:
    """The list at this address: every row of it, in its order."""
    asked, now = Asked.read(request.GET).at_start(), clock.now()
    if not _may_leave(request):
        return _ask_reason(request)
    merchants = list(request.user.visible_merchants())
    order = order_of(asked.order, now=now)
    cases = cases_of(request, asked, merchants, now=now)
    chosen = [merchant for merchant in merchants if asked.merchant in ("", merchant.slug)]
    for merchant in chosen:
        _note(request, what=f"queue {asked.address()}"[:300], merchant_id=merchant.pk)
    names = {merchant.pk: merchant.name for merchant in chosen}
    rows = queue_rows(cases, order, merchants=names, now=now)
    return _file(rows, f"queue-{asked.view}-{timezone.localtime(now):%Y-%m-%d}")


@login_required
@never_cache
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "HEAD", "POST"])
def job_csv(request: HttpRequest, job_id: int) -> HttpResponse:
    """The cases of an act on many, and what became of each."""
    job, wanted = own_job(request, job_id), request.GET.get("outcome", ALL)
    if wanted not in (ALL, LOOK) and wanted not in STATES:
        raise Http404
    if not _may_leave(request):
        return _ask_reason(request)
    for merchant_id in job.merchants:
        _note(request, what=f"job {job.pk} {wanted}", merchant_id=merchant_id)
    rows = of_outcome(job, wanted).select_related("case__customer", "case__merchant")
    return _file(_job_rows(rows.iterator(chunk_size=CHUNK)), f"job-{job.pk}")


@login_required
@never_cache
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "HEAD", "POST"])
def run_csv(request: HttpRequest, run_id: int) -> HttpResponse:
    """What a run decided about which case, under the filter of this address."""
    run = visible_run(request, run_id)
    outcome, reason = asked_of(run, request.GET)
    if not _may_leave(request):
        return _ask_reason(request)
    _note(request, what=f"run {run.pk} {outcome} {reason}".rstrip(), merchant_id=run.merchant_id)
    return _file(run_rows(decisions_of(run, outcome=outcome, reason=reason)), f"run-{run.pk}")


def _job_rows(rows: Iterable) -> Iterator[list[object]]:
    zone = timezone.get_current_timezone()
    yield [_("Case"), _("Customer"), _("Merchant"), _("Result"), _("Why"), _("When")]
    for chunk in _chunks(rows):
        for line in row_lines(chunk):
            case, row = line["case"], line["row"]
            names = case.number, case.customer.name, case.merchant.name
            yield [*names, line["word"], line["why"], minute(row.done_at, zone)]


def _chunks(rows: Iterable) -> Iterator[list]:
    chunk: list = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _may_leave(request: HttpRequest) -> bool:
    """A lead takes what he sees; everybody else says what for."""
    if request.method != "POST":
        return False
    return may_decide(request.user.role, LEAD) or bool(_reason(request))


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").replace("\x00", "").strip()[:LONGEST_REASON]


def _ask_reason(request: HttpRequest) -> HttpResponse:
    context = {
        "address": request.get_full_path(),
        "error": request.method == "POST",
        "longest": LONGEST_REASON,
        "layout": "reminders/part.html" if request.htmx else "base.html",
    }
    return render(request, "reminders/export.html", context)


def _note(request: HttpRequest, **told: Any) -> None:
    audit.note(
        actor=maker_of(request).actor,
        kind="exported",
        now=clock.now(),
        reason=_reason(request),
        address=request.META.get("REMOTE_ADDR"),
        **told,
    )


def _file(rows: Iterable[Sequence[object]], name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(_spoken(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _spoken(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines in the language and zone of the request: they are made after it, when both are forgotten."""
    language, zone = get_language(), timezone.get_current_timezone()

    def lines() -> Iterator[str]:
        with override(language), timezone.override(zone):
            yield from csv_lines(rows)

    return lines()
