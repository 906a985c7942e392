"""Reminder runs: asked for by a lead, watched while they work, paused, resumed and stopped."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from msgspec import Meta, Struct
from rest_framework.response import Response

from accounts.api.base import ApiView
from accounts.api.idempotency import HEADER as IDEMPOTENCY_KEY
from accounts.api.idempotency import idempotent
from accounts.models import Merchant
from accounts.models.staff import Role
from common import clock
from common.openapi import PageOf, described
from common.paging import Column, Order, PageQuery
from common.problems import Problem, not_found
from common.reading import check_span, invalid, read_body, read_query
from defaults.models import DefaultCase
from defaults.services.acts import Refused

from ..models import Run
from ..services.runs import pause_run, resume_run, start_run, stop_run
from .cases import NoQuery

TAG = "Messages and runs"
NEWEST_FIRST = Order("newest", (Column("pk", int, descending=True),))


class RunQuery(PageQuery, frozen=True, kw_only=True):
    state: Literal[tuple(Run.State.values)] | None = None


class RunRequest(Struct, forbid_unknown_fields=True, frozen=True):
    """`as_of` in a dry run only: what is really sent is decided now. `merchant` left out: all of them."""

    as_of: Annotated[datetime, Meta(tz=True)] | None = None
    merchant: Annotated[str, Meta(max_length=60)] | None = None
    dry_run: bool = False


class ShownRun(Struct, frozen=True):
    """`counts`: considered cases by kind of decision. `reasons`: waiting ones by rule, or by reason."""

    id: int
    state: Literal[tuple(Run.State.values)]
    merchant: str | None
    as_of: datetime
    dry_run: bool
    asked_by: str
    considered: int
    total: int
    counts: dict[str, int]
    reasons: dict[str, int]
    started_at: datetime
    ended_at: datetime | None


class RunList(ApiView):
    @described(operation="list_runs", summary="List runs, newest first", tag=TAG, query=RunQuery,
               answers={200: PageOf[ShownRun]})  # fmt: skip
    def get(self, request: HttpRequest) -> Response:
        query = read_query(request, RunQuery)
        rows = self.principal.narrow(_runs())
        rows = rows if query.state is None else rows.filter(state=query.state)
        return self.page(
            rows, order=NEWEST_FIRST, query=query, show=lambda runs: [_shown(run) for run in runs]
        )

    @described(
        operation="create_run",
        summary="Ask for a run (lead and above)",
        tag=TAG,
        body={"application/json": RunRequest},
        answers={202: ShownRun},
        problems=(409, 413, 415),
        header_parameters=(IDEMPOTENCY_KEY,),
    )
    @idempotent
    def post(self, request: HttpRequest) -> Response:
        self.principal.require_role(Role.LEAD)
        asked, now = read_body(request, RunRequest), clock.now()
        if asked.as_of is not None and not asked.dry_run:
            raise invalid("/as_of", "dry_run_only", "Only a dry run may look from another instant.")
        check_span(asked.as_of, "/as_of")
        as_of = asked.as_of or now
        merchant = self._merchant(asked.merchant)
        run = start_run(
            as_of=as_of,
            asked_by=self.principal.actor,
            total=_due(as_of, merchant).count(),
            merchant_id=merchant.pk if merchant else None,
            is_dry=asked.dry_run,
        )
        return Response(_shown(run), status=202, headers={"Location": f"{request.path}{run.pk}/"})

    def _merchant(self, slug: str | None) -> Merchant | None:
        """The merchant of the run; None, for all of them, may be asked by those who see them all."""
        if slug is None and self.principal.merchant_ids is None:
            return None
        if slug is None:
            raise invalid("/merchant", "missing_field", "Name one of your merchants.")
        found = self.principal.narrow(Merchant.objects.filter(slug=slug), "pk").first()
        if found is None:
            raise invalid("/merchant", "unknown_merchant", "There is no such merchant.")
        return found


class RunDetail(ApiView):
    @described(operation="read_run", summary="Read one run", tag=TAG, query=NoQuery, path=("run_id",),
               answers={200: ShownRun})  # fmt: skip
    def get(self, request: HttpRequest, run_id: str) -> Response:
        read_query(request, NoQuery)
        return Response(_shown(_visible(self, run_id)))


class RunPause(ApiView):
    """Once it answers no further case is decided."""

    @described(operation="pause_run", summary="Let a run rest (lead and above)",
               tag=TAG, answers={200: ShownRun}, problems=(409,),
               path=("run_id",), header_parameters=(IDEMPOTENCY_KEY,))  # fmt: skip
    @idempotent
    def post(self, request: HttpRequest, run_id: str) -> Response:
        return _moved(self, run_id, pause_run)


class RunResume(ApiView):
    @described(operation="resume_run", summary="Let a paused run go on (lead and above)", tag=TAG,
               answers={200: ShownRun}, problems=(409,), path=("run_id",), header_parameters=(IDEMPOTENCY_KEY,))  # fmt: skip
    @idempotent
    def post(self, request: HttpRequest, run_id: str) -> Response:
        return _moved(self, run_id, resume_run)


class RunStop(ApiView):
    """What is left of it is due as before: the automatic rounds decide it."""

    @described(operation="stop_run", summary="End a run (lead and above)",
               tag=TAG, answers={200: ShownRun}, problems=(409,),
               path=("run_id",), header_parameters=(IDEMPOTENCY_KEY,))  # fmt: skip
    @idempotent
    def post(self, request: HttpRequest, run_id: str) -> Response:
        return _moved(self, run_id, stop_run)


def _moved(view: ApiView, run_id: str, move: Callable[..., Run]) -> Response:
    """The run after it. Raises Problem: 403 below a lead, 404, 409 run_over."""
    view.principal.require_role(Role.LEAD)
    run = _visible(view, run_id)
    try:
        move(run_id=run.pk, actor=view.principal.actor)
    except Refused as refusal:
        raise Problem(status=409, code=refusal.code, detail=refusal.detail) from refusal
    return Response(_shown(_runs().get(pk=run.pk)))


def _visible(view: ApiView, run_id: str) -> Run:
    if not (run_id.isascii() and run_id.isdecimal() and len(run_id) <= 18):
        raise not_found()
    return view.only(view.principal.narrow(_runs()).filter(pk=int(run_id)))


def _due(as_of: datetime, merchant: Merchant | None) -> QuerySet[DefaultCase]:
    due = DefaultCase.objects.due_for_review(as_of)
    return due.filter(merchant=merchant) if merchant else due


def _runs() -> QuerySet[Run]:
    """A run over every merchant belongs to none, so it is shown to those who may see every merchant."""
    return Run.objects.select_related("merchant")


def _shown(run: Run) -> ShownRun:
    return ShownRun(
        id=run.pk,
        state=run.state,
        merchant=run.merchant.slug if run.merchant else None,
        as_of=run.as_of,
        dry_run=run.is_dry,
        asked_by=run.asked_by,
        considered=run.considered,
        total=run.total,
        counts=run.counts,
        reasons=run.reasons,
        started_at=run.started_at,
        ended_at=run.ended_at,
    )
