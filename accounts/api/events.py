"""Payment events: what merchants push (`intake`), and what became of it."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from msgspec import UNSET, Meta, Struct, UnsetType
from rest_framework.response import Response

from common.openapi import PageOf, described
from common.paging import Column, Order, PageQuery
from common.reading import read_query

from ..event_shapes import AnyEvent
from ..models import PaymentEvent
from ..sealed import NotSealedHere
from ..services.inbox import body_of
from .base import ApiView, MerchantQuery, known_reference, of_merchant
from .intake import receive_events

TAG = "Events"
NEWEST_FIRST = Order("newest", (Column("pk", int, descending=True),))
_EVERY_TYPE = Literal[tuple(sorted(shape.__struct_config__.tag for shape in AnyEvent.__args__))]


class EventQuery(PageQuery, frozen=True, kw_only=True):
    status: Literal["applied", "parked", "pending"] | None = None
    type: _EVERY_TYPE | None = None
    payment: Annotated[str, Meta(max_length=200, description="The payment's reference.")] | None = None
    merchant: Annotated[str, Meta(max_length=60, description="Slug.")] | None = None


class StoredEvent(Struct, frozen=True):
    """An event and its fate. `data` stands in the answer about one event only."""

    id: str
    type: str
    merchant: str
    occurred_at: datetime
    received_at: datetime
    status: Literal["applied", "parked", "pending"]
    applied_at: datetime | None
    payment: str | None
    data: Any | UnsetType = UNSET


class EventBatch(Struct, frozen=True):
    events: Annotated[list[AnyEvent], Meta(min_length=1, max_length=1000)]


class EventFate(Struct, frozen=True, omit_defaults=True):
    """`outstanding`: whole minor units that the payment still owes after this call."""

    id: str | None
    status: Literal["applied", "duplicate", "parked", "pending", "rejected"]
    payment: str | None = None
    outstanding: int | None = None
    errors: list[dict[str, str]] = []


class IntakeAnswer(Struct, frozen=True):
    """`accepted` counts applied events; `pending` ones are stored and will be; `results` stand in the order given."""

    accepted: int
    duplicates: int
    parked: int
    rejected: int
    results: list[EventFate]
    pending: int = 0


class EventList(ApiView):
    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Intake is a plain view: the framework around the others would cost it more than its work."""
        if request.method == "POST":
            return receive_events(request)
        return super().dispatch(request, *args, **kwargs)

    @described(operation="list_events", summary="List events, newest first", tag=TAG, query=EventQuery,
               answers={200: PageOf[StoredEvent]})  # fmt: skip
    def get(self, request: HttpRequest) -> Response:
        query = read_query(request, EventQuery)
        rows = of_merchant(
            self.principal.narrow(PaymentEvent.objects.select_related("merchant")), query.merchant
        )
        given = {"status": query.status, "type": query.type, "payment_reference": query.payment}
        rows = rows.filter(**{field: value for field, value in given.items() if value is not None}).defer(
            "body"
        )
        return self.page(
            rows, order=NEWEST_FIRST, query=query, show=lambda events: [_shown(event) for event in events]
        )

    @described(
        operation="push_events",
        summary="Push payment events",
        tag=TAG,
        description="One event, up to 1,000 in a batch (2 MiB), or one a line (10,000 lines, 16 MiB). Answered after "
        "the commit; the same event may come any number of times and counts once.",
        body={"application/json": (AnyEvent, EventBatch), "application/x-ndjson": AnyEvent},
        answers={200: IntakeAnswer, 202: IntakeAnswer},
        problems=(413, 415),
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        raise NotImplementedError("answered by dispatch")


class EventDetail(ApiView):
    @described(operation="read_event", summary="Read one event with its fate", tag=TAG, query=MerchantQuery,
               path=("event_id",), answers={200: StoredEvent})  # fmt: skip
    def get(self, request: HttpRequest, event_id: str) -> Response:
        query = read_query(request, MerchantQuery)
        rows = self.principal.narrow(PaymentEvent.objects.select_related("merchant"))
        event = self.only(of_merchant(rows, query.merchant).filter(event_id=known_reference(event_id)))
        return Response(msgspec.structs.replace(_shown(event), data=_data(event)))


def _shown(event: PaymentEvent) -> StoredEvent:
    return StoredEvent(
        id=event.event_id,
        type=event.type,
        merchant=event.merchant.slug,
        occurred_at=event.occurred_at,
        received_at=event.received_at,
        status=event.status,
        applied_at=event.applied_at,
        payment=event.payment_reference or None,
    )


def _data(event: PaymentEvent) -> Any:
    """What the event said; nothing once its content is erased."""
    try:
        body = body_of(merchant_id=event.merchant_id, event_id=event.event_id, sealed=event.body)
    except NotSealedHere:
        return None
    return msgspec.json.decode(body).get("data")
