"""Taking the next case over HTTP: each to one caller, however many ask at the same moment."""

from typing import Annotated, Literal

from django.http import HttpRequest
from msgspec import Meta, Struct
from rest_framework.response import Response

from accounts.api.base import ApiView
from accounts.api.idempotency import HEADER as IDEMPOTENCY_KEY
from accounts.api.idempotency import idempotent
from accounts.models import Merchant, Scope
from common import clock
from common.openapi import described
from common.problems import Problem
from common.reading import read_body
from defaults.api.cases import ShownCase, etag, shown, with_details
from defaults.models import DefaultCase
from defaults.reports.queue import workable
from defaults.reports.queue_order import ORDERS, order_of, ordered
from defaults.services.claiming import claim_next

from .cases import TAG, next_steps


class NextWanted(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which cases, and which of them first: the longest overdue, or the largest expected net gain."""

    view: Literal["open", "due", "soon", "staff", "disputed", "promised", "held"] = "open"
    order: Literal[tuple(ORDERS)] = "due"
    merchant: Annotated[str, Meta(max_length=60, description="Slug.")] | None = None


class CaseNext(ApiView):
    scope = Scope.CASES_WRITE

    @described(
        operation="claim_next_case",
        summary="Take the next case that nobody has",
        tag=TAG,
        body={"application/json": NextWanted},
        answers={200: ShownCase},
        problems=(413, 415),
        description="Staff only. Never the same case to two callers; 204 when there is none.",
        header_parameters=(IDEMPOTENCY_KEY,),
    )
    @idempotent
    def post(self, request: HttpRequest) -> Response:
        wanted, user, now = read_body(request, NextWanted), self.principal.user, clock.now()
        if user is None:
            raise Problem(
                status=403, code="staff_only", detail="A case is taken by a person: use a staff token."
            )
        merchants = self.principal.narrow(Merchant.objects.order_by(), "pk")
        if wanted.merchant is not None:
            merchants = merchants.filter(slug=wanted.merchant)
        cases = workable(wanted.view, merchants.values_list("pk", flat=True), user_id=user.pk, now=now)
        taken = claim_next(
            cases=ordered(cases, order_of(wanted.order, now=now)),
            user_id=user.pk,
            now=now,
            actor=self.principal.actor,
        )
        if taken is None:
            return Response(status=204)
        case = with_details(DefaultCase.objects.filter(pk=taken.pk)).get()
        (answer,) = shown([case], next_steps=next_steps([case], now=now), now=now)
        return Response(answer, headers=etag(case) | {"Content-Location": f"/api/v1/cases/{case.number}/"})
