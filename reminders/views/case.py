"""The page of one case: what happened, what comes next, why, and the few things staff can do."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from accounts.services.persons import records_of
from common import clock
from defaults.models import DefaultCase, Hold
from defaults.reports.claim import live_claim
from defaults.reports.presence import others_at
from defaults.services.acts import Refused
from defaults.services.desk import StaleEdit, add_note, at_version
from defaults.services.holds import end_hold as end_running_hold
from defaults.services.holds import place_hold
from defaults.views.presence import viewing
from defaults.views.wording import snoozed_until

from ..reports.timeline import Kind, timeline
from ..services.case_acts import ACTS
from ..services.drafts import drafts_of, end_drafts
from . import case_parts as parts
from .panel import panel
from .refusals import in_words
from .viewing import visible_case
from .wording import line_of

MOST_SHOWN = 100
STAFF_REASONS = (
    Hold.Reason.STAFF,
    Hold.Reason.HARDSHIP,
    Hold.Reason.PROTECTION,
    Hold.Reason.MINOR,
    Hold.Reason.FRAUD,
    Hold.Reason.DECEASED,
    Hold.Reason.LAWYER,
)
LONGEST_NOTE = 500


@gzip_page
@login_required
@never_cache
@require_safe
def case_page(request: HttpRequest, number: str) -> HttpResponse:
    case, opened = visible_case(request, number), request.GET.get("act", "")
    return show_case(request, case, now=clock.now(), form=opened if opened in ACTS else "")


@login_required
@require_POST
def note(request: HttpRequest, number: str) -> HttpResponse:
    case = visible_case(request, number)
    text = _text(request)
    if not text:
        return show_case(request, case, now=clock.now(), error=_("A note needs words."))
    add_note(case_id=case.pk, text=text, actor=_actor(request), now=clock.now())
    end_drafts(user_id=request.user.pk, case_id=case.pk, form="note")
    return redirect("case", number=number)


@login_required
@require_POST
def hold(request: HttpRequest, number: str) -> HttpResponse:
    case, now = visible_case(request, number), clock.now()
    reason, until = request.POST.get("reason", ""), request.POST.get("until", "")
    if reason not in STAFF_REASONS:
        return show_case(request, case, now=now, error=_("Choose why the case is to be held."))
    try:
        end = _start_of(until) if until else None
    except ValueError:
        return show_case(request, case, now=now, error=_("The last day of the hold is not a date."))
    if end and end <= now:
        return show_case(request, case, now=now, error=_("A hold ends in the future."))
    version = request.POST.get("version", "")
    try:
        with at_version(case_id=case.pk, version=int(version) if version.isdecimal() else 0):
            place_hold(
                case_id=case.pk,
                reason=reason,
                note=_text(request),
                until=end,
                actor=_actor(request),
                now=now,
            )
    except StaleEdit:
        error = _("The case has changed since you read it. Look again, then hold it.")
        return show_case(request, visible_case(request, number), now=now, error=error)
    except Refused:
        error = _("The case has been closed. There is nothing to hold.")
        return show_case(request, case, now=now, error=error)
    return redirect("case", number=number)


@login_required
@require_POST
def end_hold(request: HttpRequest, number: str, hold_id: int) -> HttpResponse:
    case, now = visible_case(request, number), clock.now()
    if any(hold.pk == hold_id for hold in parts.holds_of(case, records_of(case.customer_id), now=now)):
        try:
            end_running_hold(hold_id=hold_id, actor=_actor(request), now=now)
        except Refused as refusal:
            return show_case(request, case, now=now, error=in_words(refusal))
    return redirect("case", number=number)


def show_case(
    request: HttpRequest,
    case: DefaultCase,
    *,
    now: datetime,
    error: str = "",
    form: str = "",
    changed: Sequence[Mapping] = (),
) -> HttpResponse:
    """The page; with `error`, why nothing was done, what was typed into the form of that key, and what `changed` meanwhile."""
    records, claim = records_of(case.customer_id), live_claim(case)
    holds = parts.holds_of(case, records, now=now)
    sleeps = case.snoozes.filter(ended_at=None).first()
    shown = request.GET.get("show", "")
    shown = shown if shown in list(Kind) else ""
    items = parts.items_of(case)
    entries = [entry for entry in timeline(case) if shown in ("", entry.kind)]
    drafts = drafts_of(user_id=request.user.pk, case=case)
    told = panel(
        request, case, claim=claim, holds=holds, drafts=drafts, now=now, form=form, typed=request.POST.dict()
    )
    context = {
        "current": "queue",
        "filters": parts.filters(shown),
        "lines": [line_of(entry, now=now) for entry in entries[:MOST_SHOWN]],
        "unshown": max(0, len(entries) - MOST_SHOWN),
        "holds": [parts.hold_line(hold, now=now) for hold in holds],
        "reasons": [(reason.value, reason.label) for reason in STAFF_REASONS],
        "snoozed": snoozed_until(sleeps and sleeps.until, now=now),
        "present": viewing(others_at([case.pk], user_id=request.user.pk).get(case.pk, ())),
        "items": [parts.item_line(item) for item in items],
        "others": [parts.other_line(other, now=now) for other in parts.others_of(case, records)],
        "error": error,
        "changed": changed,
        "typed": _text(request) if error and not form else "",
        "tomorrow": (timezone.localtime(now).date() + timedelta(days=1)).isoformat(),
        "note_form": parts.note_form(drafts, typed=_text(request) if form == "note" else ""),
    }
    return render(
        request, "reminders/case.html", parts.header(case, claim, holds, items, now=now) | context | told
    )


def _start_of(text: str) -> datetime:
    """The first instant after that day, in the viewer's zone."""
    on = date.fromisoformat(text) + timedelta(days=1)
    return timezone.make_aware(datetime.combine(on, time.min))


def _text(request: HttpRequest) -> str:
    return request.POST.get("text", "").replace("\x00", "").strip()[:LONGEST_NOTE]


def _actor(request: HttpRequest) -> str:
    return f"staff:{request.user.get_username()}"
