"""`POST /api/v1/events/`: what merchants push. A plain view, since its speed is the product's speed.

PostgreSQL only: no broker, no cache, no session. The answer is given after the commit.
"""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from msgspec import UNSET, DecodeError, Raw, Struct, UnsetType, ValidationError, json

from common.clock import now
from common.problems import Problem

from ..models import Scope
from ..services import Fate, KeyRefused, gathered, record_events
from . import limits
from .auth import UNKNOWN_KEY, bucket_of, merchant_of, missing_scope, presented_key, unauthenticated

JSON_LIMIT, NDJSON_LIMIT = 2 * 2**20, 16 * 2**20
SMALL = 16 * 2**10
BATCH_LIMIT, LINES_LIMIT = 1_000, 10_000
_COUNTED = {"applied": "accepted", "duplicate": "duplicates", "parked": "parked", "rejected": "rejected"}


class _Body(Struct):
    events: Raw | UnsetType = UNSET


class _Batch(Struct, forbid_unknown_fields=True):
    events: list[Raw]


_body_decoder, _batch_decoder, _encoder = json.Decoder(_Body), json.Decoder(_Batch), json.Encoder()


def receive_events(request: HttpRequest) -> HttpResponse:
    """Take one event, a batch, or lines of NDJSON; answers every event's fate in the order given.

    200; 202 if some are stored but not yet applied; 422 for a single event that is rejected.
    """
    is_single, fates = _together(request) if _is_small(request) else _alone(request)
    if is_single and fates[0].status == "rejected":
        raise _refusal(fates[0])
    return _answer(fates)


def _is_small(request: HttpRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH") or ""
    return length.isdecimal() and int(length) <= SMALL and presented_key(request) is not None


def _together(request: HttpRequest) -> tuple[bool, list[Fate]]:
    """A few events share a transaction, and the look at their keys, with what other requests bring just now."""
    key = presented_key(request)
    request.amends_headers = limits.spend(bucket_of(key))
    events, is_single = _read(request)
    try:
        return is_single, gathered.record_events(key=key, scope=Scope.EVENTS_WRITE, events=events, now=now())
    except KeyRefused as refused:
        refusal = missing_scope(Scope.EVENTS_WRITE) if refused.missing_scope else unauthenticated(UNKNOWN_KEY)
        raise refusal from refused


def _alone(request: HttpRequest) -> tuple[bool, list[Fate]]:
    """Many events fill a transaction of their own. The key is looked at before the body is."""
    merchant_id = merchant_of(request, scope=Scope.EVENTS_WRITE)
    events, is_single = _read(request)
    return is_single, record_events(merchant_id=merchant_id, events=events, now=now())


def _read(request: HttpRequest) -> tuple[Sequence[bytes], bool]:
    """The events as JSON texts, and whether the body was one event alone."""
    if request.content_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise Problem(status=415, code="unsupported_charset", detail="Send UTF-8.")
    if request.content_type == "application/x-ndjson":
        return _lines(_body(request, NDJSON_LIMIT)), False
    if request.content_type != "application/json":
        raise Problem(
            status=415,
            code="unsupported_media_type",
            detail="Send application/json, or application/x-ndjson for lines.",
        )
    return _events(_body(request, JSON_LIMIT))


def _body(request: HttpRequest, limit: int) -> bytes:
    too_large = Problem(
        status=413, code="body_too_large", detail=f"At most {limit} bytes; send several bodies."
    )
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdecimal() and int(declared) > limit:
        raise too_large
    body = request.read(limit + 1)
    if len(body) > limit:
        raise too_large
    return body


def _lines(body: bytes) -> list[bytes]:
    lines = [line for line in body.split(b"\n") if line.strip()]
    if len(lines) > LINES_LIMIT:
        raise Problem(
            status=413, code="too_many_events", detail=f"At most {LINES_LIMIT} lines; send several bodies."
        )
    return lines


def _events(body: bytes) -> tuple[Sequence[bytes], bool]:
    try:
        if _body_decoder.decode(body).events is UNSET:
            return [body], True
        events = [bytes(event) for event in _batch_decoder.decode(body).events]
    except ValidationError as problem:
        raise Problem(
            status=422,
            code="invalid_body",
            detail=f'Send one event, or {{"events": […]}} and nothing else: {problem}.',
        ) from problem
    except (DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise Problem(status=400, code="malformed_json", detail=f"This is not JSON: {problem}.") from problem
    if len(events) > BATCH_LIMIT:
        raise Problem(
            status=413, code="too_many_events", detail=f"At most {BATCH_LIMIT} events; send several bodies."
        )
    return events, False


def _refusal(fate: Fate) -> Problem:
    problem = fate.errors[0]
    status = 400 if problem["code"] == "malformed_json" else 422
    return Problem(status=status, code=problem["code"], detail=problem["detail"], errors=fate.errors)


def _answer(fates: Sequence[Fate]) -> HttpResponse:
    counts = dict.fromkeys((*_COUNTED.values(), "pending"), 0)
    for fate in fates:
        counts[_COUNTED.get(fate.status, "pending")] += 1
    pending = counts.pop("pending")
    if pending:
        counts["pending"] = pending
    body = _encoder.encode(counts | {"results": [_result(fate) for fate in fates]})
    return HttpResponse(body, status=202 if pending else 200, content_type="application/json")


def _result(fate: Fate) -> dict:
    result = {"id": fate.event_id, "status": fate.status}
    if fate.status == "applied" and fate.payment is not None:
        result |= {"payment": fate.payment, "outstanding": fate.outstanding_minor}
    if fate.errors:
        result["errors"] = fate.errors
    return result
