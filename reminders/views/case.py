"""The page of one case: what happened, what comes next, why, and the few things staff can do."""

from datetime import date, datetime, time, timedelta

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.services.persons import records_of
from accounts.views.wording import amount, day, moment, overdue
from common import clock
from common.calendar import days_past_due
from defaults.models import CaseItem, DefaultCase, Hold
from defaults.models.case import id_of
from defaults.reports.claim import live_claim
from defaults.reports.presence import others_at
from defaults.reports.queue import running_holds
from defaults.services.acts import Refused
from defaults.services.desk import StaleEdit, add_note, at_version
from defaults.services.holds import end_hold as end_running_hold
from defaults.services.holds import place_hold
from defaults.views.presence import viewing
from defaults.views.wording import held_until, next_step, snoozed_until, state_of

from ..facts import Verdict
from ..reports.timeline import Kind, timeline
from ..services.case_acts import ACTS, ENDS_WITH
from ..services.explain import why
from .dialog_forms import act_keys
from .panel import panel
from .refusals import in_words
from .wording import KINDS, line_of, who

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
    if any(hold.pk == hold_id for hold in _holds(case, now=now)):
        try:
            end_running_hold(hold_id=hold_id, actor=_actor(request), now=now)
        except Refused as refusal:
            return show_case(request, case, now=now, error=in_words(refusal))
    return redirect("case", number=number)


def visible_case(request: HttpRequest, number: str) -> DefaultCase:
    """The case, if this person may see it; somebody else's looks like none at all."""
    case_id = id_of(number)
    visible = DefaultCase.objects.filter(merchant__in=request.user.visible_merchants())
    case = (
        visible.filter(pk=case_id).select_related("customer", "merchant", "assignee", "previous_case").first()
    )
    if case_id is None or case is None:
        raise Http404
    return case


def show_case(
    request: HttpRequest, case: DefaultCase, *, now: datetime, error: str = "", form: str = ""
) -> HttpResponse:
    """The page; with `error`, why nothing was done, and what was typed into the form of that key."""
    holds, claim = _holds(case, now=now), live_claim(case)
    promise = case.promises.filter(state="made").first()
    first = min(holds, key=lambda hold: hold.reason != Hold.Reason.DISPUTE, default=None)
    sleeps = case.snoozes.filter(ended_at=None).first()
    shown = request.GET.get("show", "")
    shown = shown if shown in list(Kind) else ""
    entries = [entry for entry in timeline(case) if shown in ("", entry.kind)]
    today = timezone.localtime(now).date()
    context = {
        "current": "queue",
        "case": case,
        "act_keys": act_keys(case),
        "state": state_of(case, first, now=now),
        "claimed": amount(claim.owed_minor, case.currency),
        "disputed": amount(claim.disputed_minor, case.currency) if claim.disputed_minor else "",
        "overdue": "" if case.is_closed else overdue(days_past_due(case.oldest_due_on, today)),
        "due_on": day(case.oldest_due_on),
        "filters": _filters(shown),
        "lines": [line_of(entry, now=now) for entry in entries[:MOST_SHOWN]],
        "unshown": max(0, len(entries) - MOST_SHOWN),
        "next_step": next_step(case, first, promise, now=now),
        "why": _why(case, now=now),
        "holds": [_hold_line(hold, now=now) for hold in holds],
        "reasons": [(reason.value, reason.label) for reason in STAFF_REASONS],
        "snoozed": snoozed_until(sleeps and sleeps.until, now=now),
        "present": viewing(others_at([case.pk], user_id=request.user.pk).get(case.pk, ())),
        "items": [_item(item) for item in _items(case)],
        "others": [_other(other, now=now) for other in _others(case)],
        "error": error,
        "typed": _text(request) if error and not form else "",
        "tomorrow": (today + timedelta(days=1)).isoformat(),
    }
    context |= panel(
        request, case, claimed_minor=claim.owed_minor, now=now, form=form, typed=request.POST.dict()
    )
    return render(request, "reminders/case.html", context)


def _why(case: DefaultCase, *, now: datetime) -> dict:
    """The decision in force, in words."""
    told = why(case, at=now, now=now)
    instants = {name: moment(told[name]) for name in ("at", "next_lawful_at") if told[name]}
    rules = [rule | {"until": moment(rule["until"]) if rule["until"] else ""} for rule in told["rules"]]
    objections = [rule for rule in rules if rule["verdict"] != Verdict.ALLOW]
    return told | instants | {"rules": rules, "objections": objections}


def _holds(case: DefaultCase, *, now: datetime) -> list[Hold]:
    running = running_holds(now).filter(customer=case.customer_id).order_by("starts_at", "id")
    return [hold for hold in running if hold.case_id in (None, case.pk)]


def _hold_line(hold: Hold, *, now: datetime) -> dict:
    return {
        "id": hold.pk,
        "reason": hold.get_reason_display(),
        "until": held_until(hold, now=now),
        "by": who(hold.placed_by),
        "note": hold.note,
        "is_wide": hold.case_id is None,
        "may_end": hold.reason not in ENDS_WITH,
    }


def _items(case: DefaultCase) -> list[CaseItem]:
    return list(case.items.select_related("payment").order_by("payment__due_on", "pk")[:MOST_SHOWN])


def _item(item: CaseItem) -> dict:
    payment = item.payment
    return {
        "what": payment.description or payment.reference,
        "due_on": day(payment.due_on),
        "owed": amount(payment.outstanding_minor, payment.currency),
        "price": amount(payment.amount_minor, payment.currency),
    }


def _others(case: DefaultCase) -> list[DefaultCase]:
    others = DefaultCase.objects.filter(customer__in=records_of(case.customer_id)).exclude(pk=case.pk)
    return list(others.order_by("closed_at", "oldest_due_on")[:20])


def _other(case: DefaultCase, *, now: datetime) -> dict:
    return {
        "number": case.number,
        "sum": amount(case.claimed_minor, case.currency),
        "state": state_of(case, None, now=now),
    }


def _filters(shown: str) -> list[dict]:
    every = {"address": "?", "name": pgettext("timeline", "All"), "is_current": not shown}
    return [every] + [
        {"address": f"?show={kind.value}", "name": word, "is_current": shown == kind}
        for kind, word in KINDS.items()
    ]


def _start_of(text: str) -> datetime:
    """The first instant after that day, in the viewer's zone."""
    on = date.fromisoformat(text) + timedelta(days=1)
    return timezone.make_aware(datetime.combine(on, time.min))


def _text(request: HttpRequest) -> str:
    return request.POST.get("text", "").replace("\x00", "").strip()[:LONGEST_NOTE]


def _actor(request: HttpRequest) -> str:
    return f"staff:{request.user.get_username()}"
