"""Messages: what was said, or will be, and what became of it. Bodies and addresses stay sealed."""

from datetime import datetime
from typing import Annotated, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from msgspec import Meta, Struct
from rest_framework.response import Response

from accounts.api.base import ApiView, Money
from accounts.models import Channel
from common.openapi import PageOf, described
from common.paging import Column, Order, PageQuery
from common.reading import read_query
from defaults.models.case import id_of, number_of

from ..message_states import MessageState
from ..models import Message

_STATES = tuple(state.value for state in MessageState)
NEWEST_FIRST = Order("newest", (Column("pk", int, descending=True),))


class MessageQuery(PageQuery, frozen=True, kw_only=True):
    state: Literal[_STATES] | None = None
    channel: Literal[tuple(Channel.values)] | None = None
    case: Annotated[str, Meta(max_length=30, description="Case number.")] | None = None
    customer: Annotated[str, Meta(max_length=200, description="The customer's reference.")] | None = None
    merchant: Annotated[str, Meta(max_length=60, description="Slug.")] | None = None


class ShownMessage(Struct, frozen=True):
    """`contact_class`: N notice, I info, D demand, O offer, R reply, T receipt, M marketing.

    `sent_at`: of the hand-over to the channel.
    """

    id: int
    case: str
    merchant: str
    customer: str
    step: str
    contact_class: str
    channel: str
    language: str | None
    state: Literal[_STATES]
    state_reason: str | None
    claimed: Money | None
    queued_at: datetime
    due_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None


class MessageList(ApiView):
    @described(operation="list_messages", summary="List messages, newest first", tag="Messages and runs",
               query=MessageQuery, answers={200: PageOf[ShownMessage]})  # fmt: skip
    def get(self, request: HttpRequest) -> Response:
        query = read_query(request, MessageQuery)
        rows = Message.objects.select_related("case__merchant", "customer").defer("body", "sent_to")
        rows = _chosen(self.principal.narrow(rows, "case__merchant_id"), query)
        return self.page(
            rows, order=NEWEST_FIRST, query=query, show=lambda found: [_shown(one) for one in found]
        )


def _chosen(rows: QuerySet[Message], query: MessageQuery) -> QuerySet[Message]:
    given = {"state": query.state, "channel": query.channel, "customer__reference": query.customer}
    rows = rows.filter(**{name: value for name, value in given.items() if value is not None})
    if query.case is not None:
        rows = rows.filter(case_id=id_of(query.case))
    return rows if query.merchant is None else rows.filter(case__merchant__slug=query.merchant)


def _shown(message: Message) -> ShownMessage:
    return ShownMessage(
        id=message.pk,
        case=number_of(message.case_id),
        merchant=message.case.merchant.slug,
        customer=message.customer.reference,
        step=message.step_key,
        contact_class=message.contact_class,
        channel=message.channel,
        language=message.language or None,
        state=message.state,
        state_reason=message.state_reason or None,
        claimed=None
        if message.claimed_minor is None
        else Money(message.claimed_minor, message.case.currency),
        queued_at=message.queued_at,
        due_at=message.due_at,
        sent_at=message.contacted_at,
        ended_at=message.ended_at,
    )
