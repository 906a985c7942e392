"""The queue: which cases there are, what each one waits for, and finding one."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.views.wording import amount, day, overdue
from common import clock
from common.calendar import days_past_due

from ..models import DefaultCase
from ..reports import queue as report
from .wording import VIEW_EMPTY, VIEW_NAMES, Chip, next_step, state_of

LATE_FROM_DAYS = 30


@dataclass(frozen=True, slots=True)
class Row:
    case: DefaultCase
    due: str
    due_on: str
    is_late: bool
    items: str
    more: str
    amount: str
    state: Chip
    next_step: str


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    asked = {
        name: request.GET.get(name, "").replace("\x00", "").strip()[:200]
        for name in ("view", "q", "merchant")
    }
    view = asked["view"] if asked["view"] in report.VIEWS else "open"
    merchants = list(request.user.visible_merchants())
    ids = [merchant.pk for merchant in merchants if asked["merchant"] in ("", merchant.slug)]
    cases = report.view_of(view, ids, now=now)
    if asked["q"]:
        cases = report.search(cases, asked["q"], ids)
    page = report.page(
        cases,
        now=now,
        after=report.Key.read(request.GET.get("after", "")),
        before=report.Key.read(request.GET.get("before", "")),
    )
    kept = {name: value for name, value in asked.items() if value and name != "view"}
    context = {
        "current": "queue",
        "view": view,
        "name": VIEW_NAMES[view],
        "asked": asked,
        "merchants": merchants,
        "views": [_tab(name, count, kept, view) for name, count in report.counts(ids, now=now).items()],
        "rows": [_row(case, page, now=now) for case in page.cases],
        "empty": VIEW_EMPTY[view],
        "earlier": _address(view, kept, before=page.before) if page.before else "",
        "later": _address(view, kept, after=page.after) if page.after else "",
        "search_open": _address("open", kept),
        "search_closed": _address("closed", kept),
        "without_search": _address(view, {name: value for name, value in kept.items() if name != "q"}),
    }
    return render(request, "defaults/queue.html", context)


def _tab(name: str, count: int, kept: dict, current: str) -> dict:
    shown = f"{report.COUNT_LIMIT:,}+" if count > report.COUNT_LIMIT else f"{count:,}"
    return {
        "name": VIEW_NAMES[name],
        "count": shown,
        "address": _address(name, kept),
        "is_current": name == current,
    }


def _address(view: str, kept: dict, **place: report.Key) -> str:
    return "?" + urlencode({"view": view, **kept, **place})


def _row(case: DefaultCase, page: report.Page, *, now) -> Row:
    hold, promise = page.holds.get(case.pk), page.promises.get(case.pk)
    days = days_past_due(case.oldest_due_on, timezone.localtime(now).date())
    others = case.item_count - 1
    return Row(
        case=case,
        due=day(case.oldest_due_on) if case.is_closed else overdue(days),
        due_on=day(case.oldest_due_on),
        is_late=not case.is_closed and days > LATE_FROM_DAYS,
        items=case.first_item or _("Item without a name"),
        more=ngettext("and %d more item", "and %d more items", others) % others if others > 0 else "",
        amount=amount(case.claimed_minor, case.currency),
        state=state_of(case, hold, now=now),
        next_step=next_step(case, hold, promise, now=now),
    )
