"""The queue: which cases there are, what each one waits for, and finding one. The page staff work on all day."""

import hashlib
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from accounts.models import Merchant
from common import clock

from ..models import DefaultCase
from ..reports import queue as report
from ..reports.presence import others_at
from ..reports.queue_filters import narrowed
from ..reports.queue_order import order_of
from ..reports.queue_page import page as page_of
from ..reports.queue_search import search
from .queue_address import Asked
from .queue_rows import chips, count_word, filter_fields, others, row_of, tabs
from .queue_saved import TOLD, Saved, countable, current_of, line_of, saved_of
from .wording import VIEW_EMPTY, VIEW_NAMES

# With the ten seconds between two polls, what a colleague does shows within fifteen.
COUNTS_KEPT_SECONDS = 4
# Whoever acts gets another value, so that his own counts are counted anew at once, in every process.
ACTED = "acted"


@gzip_page
@login_required
@never_cache
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    now, asked = clock.now(), Asked.read(request.GET)
    merchants = list(request.user.visible_merchants())
    saved = saved_of(request.user, merchants)
    current = current_of(saved, asked)
    order = order_of(asked.order, now=now)
    page = page_of(
        cases_of(request, asked, merchants, now=now),
        order=order,
        now=now,
        after=asked.after,
        before=asked.before,
    )
    names = {merchant.pk: merchant.name for merchant in merchants}
    people = others_at([case.pk for case in page.cases], user_id=request.user.pk)
    context = {
        "current": "queue",
        "asked": asked,
        "name": current.view.name if current else VIEW_NAMES[asked.view],
        "merchants": merchants,
        "saved": current,
        "told": TOLD.get(request.GET.get("told", ""), ""),
        "filters": filter_fields(asked),
        "chips": chips(asked, merchants),
        "rows": [
            row_of(case, page, order, merchants=names, people=people.get(case.pk, ()), now=now)
            for case in page.cases
        ],
        "none_left": "none" in request.GET,
        "empty": VIEW_EMPTY[asked.view],
        "earlier": asked.address(before=page.before) if page.before else "",
        "later": asked.address(after=page.after) if page.after else "",
    }
    context |= _sidebar(request, asked, merchants, saved, now=now)
    return render(request, "defaults/queue.html", context | _addresses(asked))


@login_required
@never_cache
@require_safe
def queue_counts(request: HttpRequest) -> HttpResponse:
    """The views with their numbers alone, as a part of the page: it asks for them from time to time."""
    asked = Asked.read(request.GET)
    merchants = list(request.user.visible_merchants())
    saved = saved_of(request.user, merchants)
    context = _sidebar(request, asked, merchants, saved, now=clock.now())
    return render(request, "defaults/queue_views.html", context | {"here": asked.address()})


def ids_of(asked: Asked, merchants: list[Merchant]) -> list[int]:
    return [merchant.pk for merchant in merchants if asked.merchant in ("", merchant.slug)]


def cases_of(
    request: HttpRequest, asked: Asked, merchants: list[Merchant], *, now: datetime
) -> QuerySet[DefaultCase]:
    """Every case of the list at this address, of those the viewer may see."""
    ids = ids_of(asked, merchants)
    # Whoever looks for a customer wants every open case of theirs.
    searched = bool(asked.q) and asked.view == "open"
    cases = report.view_of(asked.view, ids, user_id=request.user.pk, now=now, with_snoozed=searched)
    cases = narrowed(cases, asked.filters, user_id=request.user.pk, now=now)
    return search(cases, asked.q, ids) if asked.q else cases


def _sidebar(
    request: HttpRequest, asked: Asked, merchants: list[Merchant], saved: list[Saved], *, now: datetime
) -> dict:
    counts, current = _counts(request, asked, merchants, saved, now=now), current_of(saved, asked)
    words = {one.key: count_word(counts[one.key]) if one.key in counts else "" for one in saved}
    return {
        "views": tabs(asked, counts, is_saved=current is not None),
        "saved_views": [
            line_of(one, count=words[one.key], viewer=request.user, current=current) for one in saved
        ],
        "other_views": others(asked, is_saved=current is not None),
    }


def _counts(
    request: HttpRequest, asked: Asked, merchants: list[Merchant], saved: list[Saved], *, now: datetime
) -> dict[str, int]:
    ids, user_id = ids_of(asked, merchants), request.user.pk
    kept = [(one.key, one.asked.address()) for one in saved]
    told = f"{user_id}|{ids}|{kept}|{request.COOKIES.get(ACTED, '')}"
    key = "queue-counts-" + hashlib.sha256(told.encode()).hexdigest()
    more = countable(saved, merchants, user_id=user_id, now=now)
    return cache.get_or_set(
        key, lambda: report.counts(ids, user_id=user_id, now=now, saved=more), COUNTS_KEPT_SECONDS
    )


def _addresses(asked: Asked) -> dict[str, str]:
    return {
        "here": asked.address(),
        "search_open": asked.address(view="open"),
        "search_closed": asked.address(view="closed"),
        "without_search": asked.address(q=""),
        "without_filters": asked.address(**dict.fromkeys(("merchant", *asked.filters.given()), "")),
        "by_due": asked.address(order=""),
        "by_gain": asked.address(order="gain"),
    }
