"""Reading what callers send, strictly: what is unknown, repeated or of another type is refused with its place."""

import json
import re
from datetime import date
from typing import TypeVar

import msgspec
from django.http import HttpRequest
from msgspec import DecodeError, Struct, ValidationError

from .problems import Problem, plain_problem

LARGEST_BODY = 64 * 1024
DEEPEST = 32
FIRST_YEAR, LAST_YEAR = 1900, 2199

Shape = TypeVar("Shape", bound=Struct)

_PLACE = re.compile(r" - at `(?:key in )?\$(?P<path>[^`]*)`$")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_NAMED = re.compile(r"(?:missing required field|contains unknown field) `(?P<name>[^`]+)`")


def read_query(request: HttpRequest, shape: type[Shape]) -> Shape:
    """The query parameters as `shape`; numbers and booleans are read from their plain decimal or lower-case text.

    Raises Problem 422; pointers begin with /query.
    """
    for name, values in request.GET.lists():
        if len(values) > 1:
            raise invalid(f"/query/{name[:80]}", "repeated_parameter", "Give this parameter once.")
    given = request.GET.dict()
    try:
        read = msgspec.convert(given, shape, strict=False)
    except ValidationError as problem:
        raise located(str(problem), under="/query") from problem
    for name, text in given.items():
        check_span(getattr(read, name), f"/query/{name}")
        if not _is_plainly(getattr(read, name), text):
            raise invalid(
                f"/query/{name}", "invalid_value", "Write whole numbers in digits, truth as true or false."
            )
    return read


def check_span(value: object, pointer: str) -> None:
    """Refuses dates that no debt can have and that some zone's calendar cannot hold. Raises Problem 422."""
    if isinstance(value, date) and not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise invalid(pointer, "out_of_range", f"Years run from {FIRST_YEAR} to {LAST_YEAR}.")


def _is_plainly(value: object, text: str) -> bool:
    """The decoder also takes 5e1 for 50, `1` for true and `null` for nothing."""
    if isinstance(value, bool):
        return text in ("true", "false")
    if isinstance(value, int):
        return text == str(value)
    return value is not None


def read_body(request: HttpRequest, shape: type[Shape], *, limit: int = LARGEST_BODY) -> Shape:
    """A JSON body as `shape`; an empty body is an empty object.

    Raises Problem 413 (more than `limit` bytes), 415 (not JSON), 400 (malformed), 422 (not of the shape).
    """
    if request.content_type not in ("", "application/json") or not _is_utf8(request):
        raise plain_problem(415)
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit or len(request.body) > limit:
        raise plain_problem(413)
    return parse(request.body or b"{}", shape)


def parse(raw: bytes, shape: type[Shape]) -> Shape:
    """JSON bytes as `shape`, refusing depth, repeated keys, NUL and halves of surrogate pairs besides."""
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_once)
        if _depth(raw) > DEEPEST:
            raise RecursionError
        clean = json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError as problem:
        raise Problem(
            status=400, code="too_deep", detail=f"Nest no deeper than {DEEPEST} levels."
        ) from problem
    except ValueError as problem:
        raise Problem(status=400, code="malformed_json", detail="The body is not JSON in UTF-8.") from problem
    if _NUL.search(clean):
        raise Problem(status=400, code="forbidden_character", detail="Text must not hold U+0000.")
    try:
        return msgspec.json.decode(clean, type=shape)
    except ValidationError as problem:
        raise located(str(problem), under="") from problem
    except DecodeError as problem:
        raise Problem(status=400, code="malformed_json", detail="The body is not JSON in UTF-8.") from problem


def invalid(pointer: str, code: str, detail: str) -> Problem:
    """Content that can be read but not taken, with its place."""
    return Problem(
        status=422,
        code="invalid_request",
        detail="Something in the request cannot be taken; `errors` says what.",
        errors=[{"pointer": pointer, "code": code, "detail": detail}],
    )


def located(text: str, *, under: str) -> Problem:
    """A decoder's sentence such as "Expected `int`, got `str` - at `$.limit`" as a problem with its place."""
    place = _PLACE.search(text)
    pointer = under + (re.sub(r"\[(\d+)\]", r".\1", place["path"]).replace(".", "/") if place else "")
    detail = _PLACE.sub("", text)
    named = _NAMED.search(detail)
    if named:
        code = "missing_field" if "missing" in detail else "unknown_field"
        return invalid(f"{pointer}/{named['name'][:80]}", code, f"{detail[:200]}.")
    return invalid(pointer, "invalid_value", f"{detail[:200]}.")


def _once(pairs: list[tuple[str, object]]) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Problem(status=400, code="repeated_key", detail="The same key stands twice in one object.")
    return found


def _depth(raw: bytes) -> int:
    """The most brackets open at once, outside of strings."""
    depth = deepest = 0
    for mark in re.findall(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', raw, re.DOTALL):
        if mark in (b"[", b"{"):
            depth += 1
            deepest = max(deepest, depth)
        elif mark in (b"]", b"}"):
            depth -= 1
    return deepest


def _is_utf8(request: HttpRequest) -> bool:
    return request.content_params.get("charset", "utf-8").lower() in ("utf-8", "utf8")
