"""The queue's list as a table for a spreadsheet: what the rows show, in one cell each, with dates and plain numbers."""

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.calendar import days_past_due
from common.money import to_decimal
from defaults.models import DefaultCase
from defaults.models.case import number_of
from defaults.reports.queue_order import ByGain, Order, slice_of
from defaults.reports.queue_page import beside, holds_of
from defaults.views.wording import next_step, state_of

CHUNK = 2_000
# What a line says of its case. Plain tuples: a list of thousands need not be made of whole records.
_TOLD = (
    "pk",
    "merchant_id",
    "customer_id",
    "state",
    "outcome",
    "needs_staff",
    "oldest_due_on",
    "claimed_minor",
    "currency",
    "chance",
    "gain_rank",
    "next_review_at",
    "closed_at",
)


def queue_rows(
    cases: QuerySet[DefaultCase], order: Order, *, merchants: Mapping[int, str], now: datetime
) -> Iterator[list[object]]:
    """The header, then a row a case in that order; read page by page, each a constant number of queries.

    `merchants`: the names of those of `cases`, by id.
    """
    yield _header(by_gain=isinstance(order, ByGain))
    after = ""
    while True:
        chunk, (_before, after) = slice_of(cases, order, after=after, before="", limit=CHUNK, dressed=_told)
        yield from _rows_of(chunk, order, merchants=merchants, now=now)
        if not after:
            return


def _rows_of(
    chunk: list[DefaultCase], order: Order, *, merchants: Mapping[int, str], now: datetime
) -> Iterator[list[object]]:
    by_gain, zone = isinstance(order, ByGain), timezone.get_current_timezone()
    told, holds, today = beside(chunk), holds_of(chunk, now=now), now.astimezone(zone).date()
    for case in chunk:
        hold, about = holds.get(case.pk), told[case.pk]
        row = [
            number_of(case.pk),
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
            minute(case.next_review_at, zone),
            case.owner or "",
        ]
        if by_gain and not case.closed_at:
            row.append(to_decimal(order.gain(case).net_minor, case.currency))
        yield row


def _told(cases: QuerySet[DefaultCase]) -> QuerySet:
    named = cases.annotate(customer_name=F("customer__name"), owner=F("assignee__username"))
    return named.values_list(*_TOLD, "customer_name", "owner", named=True)


def minute(at: datetime | None, zone: tzinfo) -> str:
    """An instant on the clock of that zone, as spreadsheets read it; empty for none."""
    return at.astimezone(zone).isoformat(" ", "minutes")[:16] if at else ""


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
