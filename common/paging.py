"""Pages of a list by keyset: as fast at the end as at the start, and stable while rows come and go.

A cursor names the order, the direction and the last row's place in the order. It is opaque to callers, and not trusted.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
from django.db.models import IntegerField, Q, QuerySet, Value
from django.http import HttpRequest
from msgspec import Meta, Struct

from .reading import check_span, invalid

COUNTED_UP_TO = 10_000

_INT = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
_KINDS: dict[type, Any] = {
    int: _INT,
    str: Annotated[str, Meta(max_length=300)],
    date: date,
    datetime: Annotated[datetime, Meta(tz=True)],
}


class PageQuery(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The parameters every list takes."""

    limit: Annotated[int, Meta(ge=1, le=200, description="Rows on a page.")] = 50
    cursor: (
        Annotated[str, Meta(max_length=2000, description="`next` or `previous` of an earlier answer.")] | None
    ) = None
    count: (
        Annotated[Literal["capped"], Meta(description="Answer the number of rows too, up to 10,000.")] | None
    ) = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an order: a field's path with double underscores, never null."""

    field: str
    kind: type
    descending: bool = False

    def value_of(self, row) -> object:
        return attrgetter(self.field.replace("__", "."))(row)


@dataclass(frozen=True, slots=True)
class Order:
    """A total order: the last column is unique among what the others leave equal."""

    name: str
    columns: tuple[Column, ...]

    def terms(self, *, backwards: bool) -> list[str]:
        return [("-" if column.descending != backwards else "") + column.field for column in self.columns]


class _Cursor(Struct, array_like=True, frozen=True):
    order: str
    backwards: bool
    place: list[Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of model rows. `next`, `previous`: cursors. `count`: None unless it was asked for."""

    rows: list
    next: str | None
    previous: str | None
    count: int | None
    count_is_capped: bool

    def answer(self, results: list) -> dict:
        body = {"results": results, "next": self.next, "previous": self.previous}
        if self.count is not None:
            body |= {"count": self.count, "count_is_capped": self.count_is_capped}
        return body

    def links(self, request: HttpRequest) -> dict[str, str]:
        """The neighbouring pages as whole addresses, in a Link header (RFC 8288)."""
        found = [(self.next, "next"), (self.previous, "prev")]
        links = [f'<{_address(request, cursor)}>; rel="{name}"' for cursor, name in found if cursor]
        return {"Link": ", ".join(links)} if links else {}


def read_page(rows: QuerySet, *, order: Order, query: PageQuery) -> Page:
    """Two queries at most (one without a count), plus what `rows` prefetches. Raises Problem 422 for a bad cursor."""
    return _page([rows], order=order, query=query)


def merge_page(sources: Iterable[QuerySet], *, order: Order, query: PageQuery) -> Page:
    """One page over rows of several kinds that share the fields of `order`; adds `rank`, the number of its source."""
    ranked = [rows.annotate(rank=Value(rank, IntegerField())) for rank, rows in enumerate(sources)]
    return _page(ranked, order=order, query=query)


def _page(sources: list[QuerySet], *, order: Order, query: PageQuery) -> Page:
    cursor = _read(query.cursor, order) if query.cursor is not None else None
    backwards = cursor is not None and cursor.backwards
    count = sum(rows.order_by()[: COUNTED_UP_TO + 1].count() for rows in sources) if query.count else None
    found = []
    for rows in sources:
        wanted = rows.order_by(*order.terms(backwards=backwards))
        if cursor:
            wanted = wanted.filter(_beyond(order, cursor.place, backwards=backwards))
        found += wanted[: query.limit + 1]
    if len(sources) > 1:
        # An order of several sources ascends in every column.
        found.sort(key=lambda row: [column.value_of(row) for column in order.columns], reverse=backwards)
    has_more, found = len(found) > query.limit, found[: query.limit]
    if backwards:
        found.reverse()
    has_next = has_more if not backwards else True
    has_previous = has_more if backwards else cursor is not None
    return Page(
        rows=found,
        next=_cursor(order, found[-1], backwards=False) if found and has_next else None,
        previous=_cursor(order, found[0], backwards=True) if found and has_previous else None,
        count=min(count, COUNTED_UP_TO) if count is not None else None,
        count_is_capped=count is not None and count > COUNTED_UP_TO,
    )


def _beyond(order: Order, place: list, *, backwards: bool) -> Q:
    """Rows past `place`, as an OR over the columns; the bound on the first column lets an index begin there."""
    anywhere, equal = Q(), Q()
    for column, value in zip(order.columns, place, strict=True):
        past = "lt" if column.descending != backwards else "gt"
        anywhere |= equal & Q(**{f"{column.field}__{past}": value})
        equal &= Q(**{column.field: value})
    first = order.columns[0]
    bound = "lte" if first.descending != backwards else "gte"
    return Q(**{f"{first.field}__{bound}": place[0]}) & anywhere


def _cursor(order: Order, row, *, backwards: bool) -> str:
    cursor = _Cursor(order.name, backwards, [column.value_of(row) for column in order.columns])
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def _read(text: str, order: Order) -> _Cursor:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        cursor = msgspec.json.decode(raw, type=_Cursor)
        if cursor.order != order.name:
            raise invalid(
                "/query/cursor", "cursor_of_another_order", "This cursor was made for another order."
            )
        shape = tuple[tuple(_KINDS[column.kind] for column in order.columns)]
        place = list(msgspec.convert(cursor.place, shape))
    except (ValueError, msgspec.MsgspecError, RecursionError) as problem:
        raise _bad_cursor() from problem
    for value in place:
        check_span(value, "/query/cursor")
        if isinstance(value, str) and "\0" in value:
            raise _bad_cursor()
    return _Cursor(cursor.order, cursor.backwards, place)


def _bad_cursor():
    return invalid(
        "/query/cursor", "invalid_cursor", "Use `next` or `previous` of an earlier answer as it stands."
    )


def _address(request: HttpRequest, cursor: str) -> str:
    parameters = {name: value for name, value in request.GET.items() if name != "cursor"}
    return request.build_absolute_uri(f"{request.path}?{urlencode(parameters | {'cursor': cursor})}")
