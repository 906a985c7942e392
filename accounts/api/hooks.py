"""`POST /api/v1/hooks/{gateway}/{merchant}/`: what gateways tell, also of a merchant's own sales.

Authenticated over the raw bytes, stored, applied, answered. A callback that is no gateway's is a 401, whatever its form.
"""

import time

from django.http import HttpRequest
from msgspec import Struct
from rest_framework.response import Response
from rest_framework.views import APIView

from common.clock import now
from common.openapi import JsonRenderer, described
from common.problems import Problem, not_found, plain_problem

from ..gateways import NotAuthentic
from ..models import Gateway
from ..services.gateway_events import take_callback
from . import limits

LARGEST_BODY = 256 * 2**10

# Toss signs nothing, so anybody can make rows here: its callbacks have a bucket of their own per merchant.
_UNSIGNED = frozenset({Gateway.TOSS})


class Received(Struct, frozen=True):
    """`status`: applied, ignored, unknown, or stored to be applied in a moment."""

    status: str


class GatewayHook(APIView):
    authentication_classes = ()
    permission_classes = ()
    parser_classes = ()
    renderer_classes = (JsonRenderer,)
    metadata_class = None

    @described(
        operation="report_gateway_event",
        summary="Report an event of a payment gateway",
        tag="Providers",
        description="For the gateway's own webhooks (`stripe`, `toss`, `portone`, `sandbox`), in its own shape and with its "
        "own signature. Repeats and unknown kinds are answered 200 too. A payment that names ours in its metadata "
        "(`amends_payment`: the reference) becomes a `payment.paid` event.",
        answers={200: Received},
        path=("gateway", "merchant"),
        problems=(413,),
    )
    def post(self, request: HttpRequest, gateway: str, merchant: str) -> Response:
        if gateway not in Gateway.values:
            raise not_found()
        raw = _raw_body(request)
        if gateway in _UNSIGNED:
            request._request.amends_headers = limits.spend(f"hook:{gateway}:{merchant[:60]}")
        try:
            event = take_callback(
                gateway=gateway,
                merchant=merchant,
                raw=raw,
                headers={name.lower(): value for name, value in request.headers.items()},
                at=time.time(),
                now=now(),
            )
        except NotAuthentic as error:
            raise Problem(
                status=401, code="invalid_signature", detail="No gateway set up here signed this body."
            ) from error
        event.refresh_from_db(fields=["status"])
        return Response(Received(event.status))


def _raw_body(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY or len(request.body) > LARGEST_BODY:
        raise plain_problem(413)
    return request.body
