"""Errors as RFC 9457 problem documents: the one place where a named error becomes HTTP."""

from collections.abc import Sequence
from http import HTTPStatus
import uuid

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse


class Problem(Exception):
    """A refusal the caller can act on.

    `code` is stable and machine-readable, `detail` says what to do, `errors` locates bad input:
    [{"pointer": "/data/amount", "code": "…", "detail": "…"}].
    """

    def __init__(
        self, *, status: int, code: str, detail: str, errors: Sequence[dict] = (), headers: dict[str, str] | None = None
    ):
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers = list(errors), headers or {}


NOT_FOUND = {"status": 404, "code": "not_found", "detail": "There is no such object."}
UNAVAILABLE = {"status": 503, "code": "temporarily_unavailable", "detail": "Nothing was stored. Send the same again."}


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
    response = JsonResponse(body, status=problem.status, content_type="application/problem+json")
    response.headers.update(problem.headers)
    return response


def unavailable(_: OperationalError | InterfaceError) -> Problem:
    """The database is away or the work would wait too long: nothing was committed, the same request may come again."""
    return Problem(**UNAVAILABLE, headers={"Retry-After": "1"})


def request_id(request: HttpRequest) -> str:
    """The id that answers, logs and problem documents share."""
    if not hasattr(request, "amends_request_id"):
        request.amends_request_id = uuid.uuid4().hex
    return request.amends_request_id
