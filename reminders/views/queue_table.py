"""The queue's list as a table for a spreadsheet: what the rows show, in one cell each, with dates and plain numbers."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.calendar import days_past_due
from common.money import to_decimal
from defaults.models import DefaultCase
from defaults.reports.queue_order import ByGain, Order, slice_of
from defaults.reports.queue_page import beside, holds_of
from defaults.views.wording import next_step, state_of

CHUNK = 2_000


def queue_rows(
    cases: QuerySet[DefaultCase], order: Order, *, merchants: Mapping[int, str], now: datetime
) -> Iterator[list[object]]:
    """The header, then a row a case in that order; read page by page, each a constant number of queries.

    `merchants`: the names of those of `cases`, by id.
    """
    yield _header(by_gain=isinstance(order, ByGain))
    after = ""
    while True:
        chunk, (_before, after) = slice_of(
            cases, order, after=after, before="", limit=CHUNK, dressed=_with_names
        )
        yield from _rows_of(chunk, order, merchants=merchants, now=now)
        if not after:
            return


def _rows_of(
    chunk: list[DefaultCase], order: Order, *, merchants: Mapping[int, str], now: datetime
) -> Iterator[list[object]]:
    by_gain, today = isinstance(order, ByGain), timezone.localtime(now).date()
    told, holds = beside(chunk), holds_of(chunk, now=now)
    for case in chunk:
        hold, about = holds.get(case.pk), told[case.pk]
        row = [
            case.number,
            case.customer_name,
            merchants[case.merchant_id],
            case.oldest_due_on.isoformat(),
            days_past_due(case.oldest_due_on, today),
            about.first_item,
            about.item_count,
            to_decimal(case.claimed_minor, case.currency),
            case.currency,
            state_of(case, hold, now=now).word,
            next_step(case, hold, about.promised_on, now=now),
            minute(case.next_review_at),
            case.owner or "",
        ]
        if by_gain and not case.is_closed:
            row.append(to_decimal(order.gain(case).net_minor, case.currency))
        yield row


def _with_names(cases: QuerySet[DefaultCase]) -> QuerySet[DefaultCase]:
    """Two texts instead of two whole records a row."""
    return cases.annotate(customer_name=F("customer__name"), owner=F("assignee__username"))


def minute(at: datetime | None) -> str:
    """An instant on the viewer's clock, as spreadsheets read it."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""


def _header(*, by_gain: bool) -> list[str]:
    header = [
        _("Case"),
        _("Customer"),
        _("Merchant"),
        _("Due"),
        _("Days overdue"),
        pgettext("column", "First item"),
        _("Items"),
        _("Amount"),
        _("Currency"),
        _("State"),
        pgettext("column", "Next step"),
        pgettext("column", "Next review (%s)") % timezone.get_current_timezone_name(),
        pgettext("column", "Owner"),
    ]
    return [*header, _("Expected gain")] if by_gain else header
