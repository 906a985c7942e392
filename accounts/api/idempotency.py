"""`Idempotency-Key`: a call repeated under the same key has one effect and one answer.

The answer is written in the transaction of what the call did, so that a crash leaves both or neither. Not remembered are
answers that say nothing about the act: 401, 429, 5xx, and 412 and 428, after which the same call is meant to come again
with the version that was missing.
"""

import hashlib
import re
from collections.abc import Callable
from functools import wraps

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.response import Response

from common import clock
from common.openapi import JsonRenderer
from common.problems import Problem, as_problem, problem_response

from ..services.answered import Call
from .auth import Principal

REPLAYED = "Idempotent-Replayed"
KEPT_HEADERS = ("Content-Location", "ETag", "Location", "Retry-After")
HEADER = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="1 to 255 visible ASCII characters; the first answer is given again for 30 days.",
)
_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
_LARGEST_READ = 64 * 1024

Handler = Callable[..., HttpResponse]


def idempotent(handler: Handler) -> Handler:
    """For a POST handler of an ApiView that talks to the database only. Without the header it is called as it is.

    Raises Problem 400 (no such key), 409 idempotency_key_in_use, 422 idempotency_key_reused.
    """

    @wraps(handler)
    def once(view: object, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        key = request.META.get("HTTP_IDEMPOTENCY_KEY")
        if key is None:
            return handler(view, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            detail = "Idempotency-Key takes 1 to 255 visible ASCII characters."
            raise Problem(status=400, code="invalid_idempotency_key", detail=detail)
        call = Call(_holder(view.principal), f"POST {request.path}"[:200], key)
        digest = _digest(request)
        with transaction.atomic():
            if not call.take_lock():
                detail = "The first call with this key is still running. Ask again in a moment."
                raise Problem(
                    status=409, code="idempotency_key_in_use", detail=detail, headers={"Retry-After": "1"}
                )
            return _replayed(call, digest) or _first(
                call, digest, request, lambda: handler(view, request, *args, **kwargs)
            )

    return once


def _replayed(call: Call, digest: bytes) -> HttpResponse | None:
    kept = call.find(now=clock.now())
    if kept is None:
        return None
    if bytes(kept.request_digest) != digest:
        detail = "This key was used for another request. Take a fresh key for this one."
        raise Problem(status=422, code="idempotency_key_reused", detail=detail)
    answer = HttpResponse(call.body_of(kept), status=kept.status, headers=kept.headers)
    answer[REPLAYED] = "true"
    return answer


def _first(call: Call, digest: bytes, request: HttpRequest, act: Callable[[], HttpResponse]) -> HttpResponse:
    """The act and its answer; a refusal undoes what was begun and is remembered too, where it is one to remember."""
    try:
        with transaction.atomic():
            answer = _rendered(act())
    except Exception as error:
        problem = as_problem(error)
        if problem is None or not _is_kept(problem.status):
            raise
        answer = problem_response(problem, request)
    if _is_kept(answer.status_code):
        headers = {name: answer[name] for name in (*KEPT_HEADERS, "Content-Type") if name in answer}
        call.keep(
            request_digest=digest,
            status=answer.status_code,
            headers=headers,
            body=answer.content,
            now=clock.now(),
        )
    return answer


def _is_kept(status: int) -> bool:
    return status < 500 and status not in (401, 412, 428, 429)


def _rendered(answer: HttpResponse) -> HttpResponse:
    if not isinstance(answer, Response):
        return answer
    content = JsonRenderer().render(answer.data)
    rendered = HttpResponse(content, status=answer.status_code, content_type=JsonRenderer.media_type)
    for name, value in answer.items():
        # Until the framework renders it, its answer says text/html.
        if name != "Content-Type":
            rendered[name] = value
    return rendered


def _holder(principal: Principal) -> str:
    """A merchant whose keys are being rotated is one holder."""
    return f"merchant:{principal.key.merchant_id}" if principal.key else f"staff:{principal.user.pk}"


def _digest(request: HttpRequest) -> bytes:
    """Of the body and the query; too large a one is refused by the handler before anything happens."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > _LARGEST_READ:
        return b"\0" * 32
    query = request.META.get("QUERY_STRING", "").encode()
    return hashlib.sha256(query + b"\n" + request.body).digest()
