"""What every answer under /api/ has in common: an id, one shape of error, and no bytes the database cannot hold."""

import logging
import sys
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.core.signals import got_request_exception
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from accounts.api.intake import receive_events
from common.problems import Problem, as_problem, plain_problem, problem_response, request_id

logger = logging.getLogger("amends.api")
PREFIX = "/api/"
INTAKE = "/api/v1/events/"
PROBLEM = "application/problem+json"


class ApiMiddleware:
    """Outermost, so that no other layer's HTML error page gets past it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        identity = request_id(request)
        response = self._api_answer(request) if _is_api(request) else self.get_response(request)
        for name, value in getattr(request, "amends_headers", {}).items():
            response[name] = value
        response["X-Request-ID"] = identity
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not _is_api(request):
            return None
        problem = as_problem(error)
        if problem is None:
            logger.exception("Unforeseen error in request %s", request_id(request), exc_info=error)
            problem = plain_problem(500)
        return problem_response(problem, request)

    def _intake_answer(self, request: HttpRequest) -> HttpResponse:
        try:
            response = receive_events(request)
        except Exception as error:
            response = self.process_exception(request, error)
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Length"] = str(len(response.content))
        return response

    def _api_answer(self, request: HttpRequest) -> HttpResponse:
        refusal = _refusal(request)
        if refusal:
            return problem_response(refusal, request)
        response = self._intake_answer(request) if _is_intake(request) else self.get_response(request)
        if response.status_code < 400 or response.get("Content-Type", "").startswith(PROBLEM):
            return response
        error = getattr(request, "amends_error", None)
        problem = (as_problem(error) if error else None) or plain_problem(response.status_code)
        problem = problem_response(problem, request)
        if "Allow" in response:
            problem["Allow"] = response["Allow"]
        return problem


@receiver(got_request_exception)
def _note_error(request: HttpRequest, **_: object) -> None:
    """An error in another layer reaches this one as a finished page; the signal is the only word of it."""
    request.amends_error = sys.exc_info()[1]


def _is_intake(request: HttpRequest) -> bool:
    """A key, and no session, cookie, language or form: the inner layers have nothing to do for it."""
    return request.method == "POST" and request.path_info == INTAKE and "HTTP_AUTHORIZATION" in request.META


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(PREFIX)


def _refusal(request: HttpRequest) -> Problem | None:
    if not _is_clean(request.META.get("QUERY_STRING", "")) or "\0" in request.path_info:
        return Problem(
            status=400,
            code="forbidden_character",
            detail="The address must be percent-encoded UTF-8 without U+0000 and without halves of surrogate pairs.",
        )
    if not request.path_info.endswith("/"):
        return Problem(status=404, code="not_found", detail="Addresses of this interface end with a slash.")
    return None


def _is_clean(query: str) -> bool:
    """Django would put U+FFFD for what is no UTF-8, and PostgreSQL refuses U+0000."""
    try:
        return "\0" not in unquote_to_bytes(query.encode("latin-1")).decode("utf-8")
    except UnicodeError:
        return False
