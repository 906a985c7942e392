"""What providers report about messages: authenticated over the raw bytes, stored first, applied by the next sweep."""

import time
from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter
from msgspec import Meta, Struct
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Channel
from common.openapi import JsonRenderer, described
from common.problems import Problem, not_found, plain_problem
from common.reading import LARGEST_BODY, check_span, parse

from ..channels.callbacks import is_authentic
from ..channels.secrets import open_secret
from ..services.deliveries import Report, record_delivery

HEADER = "Amends-Signature"
MOST_REPORTS = 100


class DeliveryReport(Struct, forbid_unknown_fields=True, frozen=True):
    """`id`: the provider's own, once per event. `key`: the idempotency key that the message was handed over with."""

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    key: Annotated[str, Meta(min_length=1, max_length=120)]
    kind: Literal["delivered", "bounced", "failed", "complained"]
    occurred_at: Annotated[datetime, Meta(tz=True)]
    detail: Annotated[str, Meta(max_length=300)] = ""


class DeliveryReports(Struct, forbid_unknown_fields=True, frozen=True):
    events: Annotated[list[DeliveryReport], Meta(min_length=1, max_length=MOST_REPORTS)]


class Taken(Struct, frozen=True):
    """`stored`: how many were new."""

    stored: int


class DeliveryCallback(APIView):
    authentication_classes = ()
    permission_classes = ()
    parser_classes = ()
    renderer_classes = (JsonRenderer,)
    metadata_class = None

    @described(
        operation="report_deliveries",
        summary="Report what became of messages",
        tag="Providers",
        description="Signed with the channel's secret: `Amends-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "
        "'<seconds>.' and the raw body>`. Unknown and repeated reports are answered 200 too.",
        body={"application/json": DeliveryReports},
        answers={200: Taken},
        path=("channel",),
        problems=(413,),
        header_parameters=(OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, required=True),),
    )
    def post(self, request: HttpRequest, channel: str) -> Response:
        raw = _raw_body(request)
        _authenticate(raw, header=request.META.get("HTTP_AMENDS_SIGNATURE", ""), channel=channel)
        found = parse(raw, DeliveryReports).events
        for place, one in enumerate(found):
            check_span(one.occurred_at, f"/events/{place}/occurred_at")
        return Response(Taken(record_delivery(channel=channel, reports=[_report(one) for one in found])))


def _raw_body(request: HttpRequest) -> bytes:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY or len(request.body) > LARGEST_BODY:
        raise plain_problem(413)
    return request.body


def _authenticate(raw: bytes, *, header: str, channel: str) -> None:
    """Signatures go by the real clock, not by the business clock. Raises Problem 401; 404 for no such channel."""
    if channel not in Channel.values:
        raise not_found()
    if not is_authentic(raw, header=header, secret=open_secret(channel), at=time.time()):
        raise Problem(status=401, code="invalid_signature", detail=f"{HEADER} does not sign this body.")


def _report(told: DeliveryReport) -> Report:
    return Report(
        event_id=told.id,
        message_key=told.key,
        kind=told.kind,
        occurred_at=told.occurred_at,
        detail=told.detail,
    )
