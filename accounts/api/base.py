"""What every address of the reading interface shares: who may call, the rate limit, and one way to answer."""

from collections.abc import Callable
from typing import Annotated, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from msgspec import Meta, Struct
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.openapi import JsonRenderer
from common.paging import Order, PageQuery, read_page
from common.problems import not_found
from common.reading import invalid

from ..models import Scope
from .auth import Principal, admit

LONGEST_REFERENCE = 255


class Money(Struct, frozen=True):
    """Whole minor units; KRW and JPY have no smaller ones."""

    amount: int
    currency: str


class Person(Struct, frozen=True):
    reference: str
    name: str


class MerchantQuery(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """For staff of several merchants that use the same reference."""

    merchant: Annotated[str, Meta(max_length=60, description="Slug.")] | None = None


class AlwaysJson(BaseContentNegotiation):
    """There is one representation, so `Accept` chooses nothing."""

    def select_parser(self, request: HttpRequest, parsers: list) -> None:
        return None

    def select_renderer(
        self, request: HttpRequest, renderers: list, format_suffix: str | None = None
    ) -> tuple:
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """Authenticates, spends a token of the rate limit, then asks for `scope`; handlers find `self.principal`."""

    authentication_classes: ClassVar = []
    permission_classes: ClassVar = []
    parser_classes: ClassVar = []
    renderer_classes: ClassVar = [JsonRenderer]
    content_negotiation_class = AlwaysJson
    metadata_class = None
    scope: str = Scope.READ

    principal: Principal

    def perform_authentication(self, request: Request) -> None:
        """In place of the framework's, which knows users only; it would also forget the session's."""
        self.principal = admit(request._request, scope=self.scope)

    def options(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return self.http_method_not_allowed(request, *args, **kwargs)

    def page(
        self, rows: QuerySet, *, order: Order, query: PageQuery, show: Callable[[list], list]
    ) -> Response:
        """One page of `rows`; `show` turns its rows into what is answered."""
        found = read_page(rows, order=order, query=query)
        return Response(found.answer(show(found.rows)), headers=found.links(self.request))

    def only(self, rows: QuerySet) -> Model:
        """The one row of `rows`. Raises Problem 404 for none; 422 for several: merchants may share a reference."""
        found = list(rows[:2])
        if not found:
            raise not_found()
        if len(found) > 1:
            raise invalid(
                "/query/merchant", "merchant_needed", "Several merchants use this reference: name one."
            )
        return found[0]


def of_merchant(rows: QuerySet, slug: str | None) -> QuerySet:
    return rows.filter(merchant__slug=slug) if slug is not None else rows


def known_reference(text: str) -> str:
    """A reference from the address; one that no row can have is not found. Raises Problem 404."""
    if not text or len(text) > LONGEST_REFERENCE:
        raise not_found()
    return text
