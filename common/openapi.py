"""The published schema, from the same types that read the requests and write the answers."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from msgspec import Struct
from rest_framework.renderers import BaseRenderer

Item = TypeVar("Item")

_REFERENCE = "#/components/schemas/{name}"
_published: list[type] = []

MEANINGS = {
    200: "Done.",
    202: "Taken; it goes on after the answer.",
    400: "Malformed: no JSON, or bytes that no text may hold.",
    401: "No valid key.",
    403: "The key or the role does not allow this.",
    404: "No such object, or somebody else's.",
    409: "Refused as things stand.",
    412: "Another version than the one in If-Match; `case` is the present one.",
    413: "Too large.",
    415: "Another media type than application/json.",
    422: "Read, but not to be taken; `errors` says what and where.",
    428: "Send the version you read as If-Match.",
    429: "Too many requests; `Retry-After` says when to go on.",
    503: "Nothing was stored; the same request may come again.",
}
_ALWAYS = (400, 401, 403, 429, 503)


class LocatedError(Struct, frozen=True):
    pointer: str
    code: str
    detail: str


class ProblemDocument(Struct, frozen=True, rename={"kind": "type"}):
    """RFC 9457. `code` is stable."""

    kind: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    errors: list[LocatedError] = []


class PageOf(Struct, Generic[Item], frozen=True):
    """`next` and `previous` are cursors for `?cursor=`; the counts stand there only with `?count=capped`."""

    results: list[Item]
    next: str | None
    previous: str | None
    count: int = 0
    count_is_capped: bool = False


class JsonRenderer(BaseRenderer):
    """Answers are plain data and structs; instants leave in UTC with a Z."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        return b"" if data is None else msgspec.json.encode(data)


def described(
    *,
    operation: str,
    summary: str,
    tag: str,
    answers: Mapping[int, type],
    query: type[Struct] | None = None,
    body: Mapping[str, Any] | None = None,
    path: tuple[str, ...] = (),
    problems: tuple[int, ...] = (),
    description: str = "",
    header_parameters: tuple[OpenApiParameter, ...] = (),
) -> Callable:
    """Document a handler. `body` by media type, several shapes as a tuple; `problems` beside the common ones."""
    failures = sorted({*_ALWAYS, *problems, *([422] if query or body else ()), *([404] if path else ())})
    responses: dict = {
        (status, "application/json"): _response(status, shape) for status, shape in answers.items()
    }
    responses |= {
        (status, "application/problem+json"): _response(status, ProblemDocument) for status in failures
    }
    return extend_schema(
        operation_id=operation,
        summary=summary,
        description=description or f"{summary}.",
        tags=[tag],
        parameters=[*_parameters(query), *(_in_path(name) for name in path), *header_parameters],
        request={media: _one_of(shapes) for media, shapes in body.items()} if body else None,
        responses=responses,
    )


def reference_to(shape: Any) -> dict:
    """The schema that points to `shape`, which is published with the others."""
    _published.append(shape)
    (schema,), _ = msgspec.json.schema_components([shape], ref_template=_REFERENCE)
    return schema


def add_components(result: dict, **_: Any) -> dict:
    """Post-processing hook of drf-spectacular: the schemas that the operations point to."""
    _, components = msgspec.json.schema_components(_published, ref_template=_REFERENCE)
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.update({name: components[name] for name in sorted(components)})
    return result


def _one_of(shapes: Any) -> dict:
    if isinstance(shapes, tuple):
        return {"oneOf": [reference_to(shape) for shape in shapes]}
    return reference_to(shapes)


def _response(status: int, shape: type) -> OpenApiResponse:
    return OpenApiResponse(response=reference_to(shape), description=MEANINGS[status])


def _parameters(query: type[Struct] | None) -> list[OpenApiParameter]:
    if query is None:
        return []
    schema = msgspec.json.schema(query)
    fields = schema["$defs"][query.__name__]["properties"]
    return [_in_query(name, _without_null(field)) for name, field in fields.items()]


def _in_query(name: str, schema: dict) -> OpenApiParameter:
    description = schema.pop("description", "")
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, description=description)


def _without_null(schema: dict) -> dict:
    """A parameter that is not given has no value; null cannot be written in a query."""
    kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    if schema.get("default", ...) is None:
        del schema["default"]
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    return (kinds[0] if kinds else {}) | schema


def _in_path(name: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.PATH)
