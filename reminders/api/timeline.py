"""The timeline of a case: history, money, messages and refusals in one list, oldest first, page by page."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Literal

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from msgspec import Struct
from rest_framework.response import Response

from accounts.models import LedgerEntry
from common.openapi import PageOf, described
from common.paging import Column, Order, PageQuery, merge_page
from common.reading import read_query
from defaults.models import CaseEvent, CaseItem, DefaultCase

from ..facts import Verdict
from ..models import Decision, Message
from .cases import TAG, CaseView


class TimelineEntry(Struct, frozen=True):
    """`data` depends on `kind`; amounts in it are whole minor units of `currency`."""

    at: datetime
    kind: Literal["case", "money", "message", "decision"]
    what: str
    actor: str
    reason: str
    data: dict[str, Any]


class TimelineView(CaseView):
    @described(operation="read_case_timeline", summary="What happened to a case", tag=TAG, query=PageQuery,
               path=("number",), answers={200: PageOf[TimelineEntry]})  # fmt: skip
    def get(self, request: HttpRequest, number: str) -> Response:
        query = read_query(request, PageQuery)
        found = merge_page(_sources(self.case(number)), order=OLDEST_FIRST, query=query)
        return Response(
            found.answer([SHOW[row.rank](row) for row in found.rows]), headers=found.links(request)
        )


OLDEST_FIRST = Order("timeline", (Column("shown_at", datetime), Column("rank", int), Column("pk", int)))


def _sources(case: DefaultCase) -> Iterator[QuerySet]:
    """One queryset for each kind, in the order of SHOW, each row with `shown_at`."""
    payments = CaseItem.objects.filter(case=case).values("payment_id")
    yield CaseEvent.objects.filter(case=case).annotate(shown_at=F("at"))
    yield (
        LedgerEntry.objects.filter(payment_id__in=payments)
        .select_related("payment", "event")
        .annotate(shown_at=F("occurred_at"))
    )
    yield (
        Message.objects.filter(case=case)
        .defer("body", "sent_to")
        .select_related("case")
        .annotate(shown_at=Coalesce("contacted_at", "ended_at", "queued_at"))
    )
    # Decisions that kept us silent; the others show as the messages they made.
    yield Decision.objects.filter(case=case).exclude(verdict=Verdict.ALLOW).annotate(shown_at=F("at"))


def _case_event(event: CaseEvent) -> TimelineEntry:
    moved = {"from_state": event.from_state, "to_state": event.to_state} if event.to_state else {}
    return TimelineEntry(event.at, "case", event.kind, event.actor, event.reason, moved | event.data)


def _money(entry: LedgerEntry) -> TimelineEntry:
    data = {
        "payment": entry.payment.reference,
        "amount": entry.amount_minor,
        "currency": entry.currency,
        "from_account": entry.from_account,
        "to_account": entry.to_account,
        "event": entry.event.event_id if entry.event_id else None,
    }
    return TimelineEntry(
        entry.occurred_at, "money", entry.kind, "merchant" if entry.event_id else "", entry.act, data
    )


def _message(message: Message) -> TimelineEntry:
    data = {
        "message": message.pk,
        "step": message.step_key,
        "channel": message.channel,
        "class": message.contact_class,
        "amount": message.claimed_minor,
        "currency": message.case.currency,
    }
    return TimelineEntry(message.shown_at, "message", message.state, "system", message.state_reason, data)


def _decision(decision: Decision) -> TimelineEntry:
    data = {
        "verdict": decision.verdict,
        "rule": decision.rule or None,
        "until": decision.until,
        "step": decision.step_key or None,
        "channel": decision.channel or None,
    }
    return TimelineEntry(decision.at, "decision", decision.kind, "system", decision.reason, data)


SHOW: tuple[Callable[..., TimelineEntry], ...] = (_case_event, _money, _message, _decision)
