"""Approvals: acts beyond their maker's authority, waiting for a second person."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from msgspec import Meta, Struct
from rest_framework.response import Response

from accounts.api.base import ApiView
from accounts.api.idempotency import HEADER as IDEMPOTENCY_KEY
from accounts.api.idempotency import idempotent
from accounts.models import Scope
from accounts.models.staff import Role
from common import clock
from common.openapi import PageOf, described
from common.paging import Column, Order, PageQuery
from common.problems import Problem, not_found, problem_response
from common.reading import read_body, read_query
from defaults.agreement_states import ApprovalState
from defaults.models import Approval
from defaults.models.case import number_of
from defaults.services.acts import Refused
from defaults.services.approvals import Maker, grant, refuse

TAG = "Approvals"
NEWEST_FIRST = Order("newest", (Column("pk", int, descending=True),))
_STATES = tuple(state.value for state in ApprovalState)
# Refusals that are about the caller, not about how things stand.
_FORBIDDEN = frozenset({"own_approval", "missing_role"})


class ApprovalQuery(PageQuery, frozen=True, kw_only=True):
    state: Literal[_STATES] | None = None


class Comment(Struct, forbid_unknown_fields=True, frozen=True):
    comment: Annotated[str, Meta(max_length=500)] = ""


class ShownApproval(Struct, frozen=True):
    """`args`: of the act, amounts in whole minor units of the case's currency. `version`: of the case as its maker saw it."""

    id: int
    case: str
    action: str
    args: dict[str, Any]
    version: int
    needs_role: str
    state: Literal[_STATES]
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    comment: str


class ApprovalList(ApiView):
    @described(operation="list_approvals", summary="List approvals, newest first", tag=TAG, query=ApprovalQuery,
               answers={200: PageOf[ShownApproval]})  # fmt: skip
    def get(self, request: HttpRequest) -> Response:
        query = read_query(request, ApprovalQuery)
        rows = self.principal.narrow(Approval.objects.all(), "case__merchant_id")
        rows = rows if query.state is None else rows.filter(state=query.state)
        return self.page(
            rows, order=NEWEST_FIRST, query=query, show=lambda found: [shown_approval(one) for one in found]
        )


class _Decision(ApiView):
    scope = Scope.CASES_WRITE

    def decide(self, request: HttpRequest, approval_id: str, *, verb: Any) -> HttpResponse:
        self.principal.require_role(Role.AGENT)
        approval = self.only(
            _chosen(self.principal.narrow(Approval.objects.all(), "case__merchant_id"), approval_id)
        )
        comment = read_body(request, Comment).comment
        checker = Maker(self.principal.actor, self.principal.role)
        try:
            decided = verb(approval_id=approval.pk, checker=checker, now=clock.now(), comment=comment)
        except Refused as refusal:
            status = 403 if refusal.code in _FORBIDDEN else 409
            raise Problem(status=status, code=refusal.code, detail=refusal.detail) from refusal
        if decided.state == ApprovalState.OVERTAKEN:
            detail = (
                "The case has changed since this was asked for. Nothing was done; have it asked for again."
            )
            return problem_response(Problem(status=409, code="overtaken", detail=detail), request)
        return Response(shown_approval(decided))


class ApprovalGrant(_Decision):
    @described(operation="grant_approval", summary="Grant an approval: the act is done", tag=TAG,
               body={"application/json": Comment}, answers={200: ShownApproval}, path=("approval_id",),
               problems=(409, 413, 415), header_parameters=(IDEMPOTENCY_KEY,))  # fmt: skip
    @idempotent
    def post(self, request: HttpRequest, approval_id: str) -> HttpResponse:
        return self.decide(request, approval_id, verb=grant)


class ApprovalRefuse(_Decision):
    @described(operation="refuse_approval", summary="Refuse an approval", tag=TAG,
               body={"application/json": Comment}, answers={200: ShownApproval}, path=("approval_id",),
               problems=(409, 413, 415), header_parameters=(IDEMPOTENCY_KEY,))  # fmt: skip
    @idempotent
    def post(self, request: HttpRequest, approval_id: str) -> HttpResponse:
        return self.decide(request, approval_id, verb=refuse)


def shown_approval(approval: Approval) -> ShownApproval:
    return ShownApproval(
        id=approval.pk,
        case=number_of(approval.case_id),
        action=approval.action,
        args=approval.args,
        version=approval.version,
        needs_role=approval.needs_role,
        state=approval.state,
        asked_by=approval.asked_by,
        asked_at=approval.asked_at,
        decided_by=approval.decided_by or None,
        decided_at=approval.decided_at,
        comment=approval.comment,
    )


def _chosen(rows: QuerySet[Approval], approval_id: str) -> QuerySet[Approval]:
    if not (approval_id.isascii() and approval_id.isdecimal() and len(approval_id) <= 18):
        raise not_found()
    return rows.filter(pk=int(approval_id))
