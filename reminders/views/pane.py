"""The reading pane beside the queue: the case in short. Its own address, so that the list need not know what is told."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.services.persons import records_of
from accounts.views.wording import amount, day, moment
from common import clock
from defaults.models import DefaultCase
from defaults.reports.claim import live_claim
from defaults.reports.presence import others_at
from defaults.reports.queue_page import holds_of
from defaults.views.presence import viewing
from defaults.views.wording import due_chip, next_step, snoozed_until, state_of

from ..reports.timeline import timeline
from ..services.drafts import drafts_of
from ..services.explain import why
from .dialog_forms import act_keys
from .viewing import visible_case
from .wording import line_of

LINES, OTHERS, ITEMS = 6, 5, 4


@gzip_page
@login_required
@never_cache
@vary_on_headers("HX-Request")
@require_safe
def pane(request: HttpRequest, number: str) -> HttpResponse:
    """A part of the queue's page; asked for by itself it leads to the case's page."""
    case = visible_case(request, number)
    if not request.htmx:
        return redirect("case", number=number)
    return render(request, "reminders/pane.html", _context(request, case, now=clock.now()))


def _context(request: HttpRequest, case: DefaultCase, *, now: datetime) -> dict:
    hold = holds_of([case], now=now).get(case.pk)
    promise = case.promises.filter(state="made").first()
    sleeps = case.snoozes.filter(ended_at=None).first()
    claim = live_claim(case)
    told = why(case, at=now, now=now)
    entries = timeline(case)
    others = list(
        DefaultCase.objects.filter(customer__in=records_of(case.customer_id))
        .exclude(pk=case.pk)
        .order_by("-pk")[:OTHERS]
    )
    return {
        "case": case,
        "act_keys": act_keys(case),
        "state": state_of(case, hold, now=now),
        "claimed": amount(claim.owed_minor, case.currency),
        "disputed": amount(claim.disputed_minor, case.currency) if claim.disputed_minor else "",
        "due": due_chip(case, hold, now=now),
        "due_on": day(case.oldest_due_on),
        "next_step": next_step(case, hold, promise and promise.on, now=now),
        "sentence": told["sentence"],
        "lawful": moment(told["next_lawful_at"]) if told["next_lawful_at"] else "",
        "lines": [line_of(entry, now=now) for entry in entries[:LINES]],
        "has_more": len(entries) > LINES,
        "items": list(case.items.select_related("payment").order_by("payment__due_on", "pk")[:ITEMS]),
        "others": [
            (other, amount(other.claimed_minor, other.currency), state_of(other, None, now=now))
            for other in others
        ],
        "snoozed": snoozed_until(sleeps and sleeps.until, now=now),
        "present": viewing(others_at([case.pk], user_id=request.user.pk).get(case.pk, ())),
        "draft": drafts_of(user_id=request.user.pk, case=case).get(("note", "text")),
        "is_mine": case.assignee_id == request.user.pk,
    }
