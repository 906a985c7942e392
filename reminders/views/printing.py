"""A case on paper: everything that happened, every message in full, absolute times, and nothing to click on."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.views.wording import amount, day, moment, overdue
from common import clock
from common.calendar import days_past_due
from defaults.reports.claim import live_claim
from defaults.reports.queue_page import holds_of
from defaults.views.wording import held_until, next_step, state_of

from ..reports.timeline import timeline
from ..services.explain import why
from .case import visible_case
from .wording import line_of, who


@login_required
@never_cache
@require_safe
def print_case(request: HttpRequest, number: str) -> HttpResponse:
    now, case = clock.now(), visible_case(request, number)
    hold = holds_of([case], now=now).get(case.pk)
    promise = case.promises.filter(state="made").first()
    claim, today = live_claim(case), timezone.localtime(now).date()
    items = case.items.select_related("payment").order_by("payment__due_on", "pk")
    context = {
        "case": case,
        "printed": moment(now),
        "state": state_of(case, hold, now=now),
        "claimed": amount(claim.owed_minor, case.currency),
        "disputed": amount(claim.disputed_minor, case.currency) if claim.disputed_minor else "",
        "overdue": "" if case.is_closed else overdue(days_past_due(case.oldest_due_on, today)),
        "due_on": day(case.oldest_due_on),
        "next_step": next_step(case, hold, promise and promise.on, now=now),
        "sentence": why(case, at=now, now=now)["sentence"],
        "hold": hold and f"{hold.get_reason_display()} · {held_until(hold, now=now)} · {who(hold.placed_by)}",
        "items": [(one.payment, *_sums(one.payment)) for one in items],
        "lines": [line_of(entry, now=now) for entry in timeline(case, most=None)],
    }
    return render(request, "reminders/print.html", context)


def _sums(payment) -> tuple[str, str, str]:
    return (
        day(payment.due_on),
        amount(payment.amount_minor, payment.currency),
        amount(payment.outstanding_minor, payment.currency),
    )
