"""Errors as RFC 9457 problem documents: the one place where a named error becomes HTTP."""

import uuid
from collections.abc import Sequence
from http import HTTPStatus

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse, UnreadablePostError
from rest_framework.exceptions import APIException


class Problem(Exception):
    """A refusal the caller can act on.

    `code` is stable and machine-readable, `detail` says what to do, `errors` locates bad input:
    [{"pointer": "/data/amount", "code": "…", "detail": "…"}]. `members`: further members of the document (RFC 9457, 3.2).
    """

    def __init__(
        self,
        *,
        status: int,
        code: str,
        detail: str,
        errors: Sequence[dict] = (),
        headers: dict[str, str] | None = None,
        members: dict[str, object] | None = None,
    ):
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers, self.members = list(errors), headers or {}, members or {}


NOT_FOUND = {"status": 404, "code": "not_found", "detail": "There is no such object."}
UNAVAILABLE = {
    "status": 503,
    "code": "temporarily_unavailable",
    "detail": "Nothing was stored. Send the same again.",
}


def not_found() -> Problem:
    """The one answer for an absent object and for somebody else's."""
    return Problem(**NOT_FOUND)


def problem_response(problem: Problem, request: HttpRequest) -> JsonResponse:
    body = {
        "type": f"https://amends.example/problems/{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.path,
        "code": problem.code,
        "request_id": request_id(request),
    }
    if problem.errors:
        body["errors"] = problem.errors
    response = JsonResponse(
        body | problem.members, status=problem.status, content_type="application/problem+json"
    )
    for name, value in problem.headers.items():
        response[name] = value
    return response


def unavailable(_: OperationalError | InterfaceError) -> Problem:
    """The database is away or the work would wait too long: nothing was committed, the same request may come again."""
    return Problem(**UNAVAILABLE, headers={"Retry-After": "1"})


def request_id(request: HttpRequest) -> str:
    """The id that answers, logs and problem documents share."""
    if not hasattr(request, "amends_request_id"):
        request.amends_request_id = uuid.uuid4().hex
    return request.amends_request_id


# What a status says when nothing more is known: (code, detail).
PLAIN = {
    400: ("bad_request", "The request is not of the form this address takes."),
    401: ("not_authenticated", "Send a valid key as `Authorization: Bearer …`."),
    403: ("forbidden", "You may not do this."),
    405: ("method_not_allowed", "This address does not take that method."),
    413: ("too_large", "The body is larger than this address takes."),
    415: ("unsupported_media_type", "Send application/json in UTF-8."),
    429: ("too_many_requests", "Wait for the seconds of Retry-After, then go on."),
    500: ("internal_error", "This is our fault. Quote the request id to support."),
}


def plain_problem(status: int) -> Problem:
    """A problem of which only the status is known."""
    if status == 404:
        return not_found()
    if status == 503:
        return Problem(**UNAVAILABLE, headers={"Retry-After": "1"})
    code, detail = PLAIN.get(status) or PLAIN[400 if status < 500 else 500]
    return Problem(status=status, code=code, detail=detail)


def as_problem(error: Exception) -> Problem | None:
    """A raised error as the caller may see it; None for one that nobody foresaw."""
    match error:
        case Problem():
            return error
        case OperationalError() | InterfaceError():
            return unavailable(error)
        case Http404():
            return not_found()
        case RequestDataTooBig():
            return plain_problem(413)
        case SuspiciousOperation() | UnreadablePostError():
            return plain_problem(400)
        case PermissionDenied():
            return plain_problem(403)
        case APIException():
            return plain_problem(error.status_code)
    return None


def exception_handler(error: Exception, context: dict) -> JsonResponse | None:
    """For REST framework; what it answers None to goes on to the middleware, which logs it."""
    problem = as_problem(error)
    return problem_response(problem, context["request"]) if problem else None
