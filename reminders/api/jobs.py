"""Acts on many cases: asked for at once, carried out in the background, watched and told case by case."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from django.db.models import QuerySet
from django.http import HttpRequest
from msgspec import Meta, Struct
from rest_framework.response import Response

from accounts.api.base import ApiView
from accounts.api.idempotency import HEADER as IDEMPOTENCY_KEY
from accounts.api.idempotency import idempotent
from accounts.models import Merchant, Scope
from common import clock
from common.openapi import PageOf, described
from common.paging import Column, Order, PageQuery
from common.problems import Problem, not_found
from common.reading import check_span, invalid, located, read_body, read_query
from defaults.api.cases import CaseQuery, chosen
from defaults.models import DefaultCase
from defaults.models.case import id_of, number_of
from defaults.services.limited_acts import Maker

from ..models import Job, JobRow
from ..services.act_args import Unfit
from ..services.case_acts import ACTS
from ..services.jobs import Asker, NothingChosen, ask_job, counts_of, visible_jobs
from ..services.shared_args import SHARED, check_shared

TAG = "Working many cases"
IN_ORDER = Order("asked", (Column("pk", int),))
NEWEST_FIRST = Order("newest", (Column("pk", int, descending=True),))
MOST_NUMBERS = 1000
_NOT_A_FILTER = (*PageQuery.__struct_fields__, "order")
# What `GET /cases/` takes, without its order and pages.
CaseFilter = msgspec.defstruct(
    "CaseFilter",
    [
        (field.encode_name, field.type, field.default)
        for field in msgspec.structs.fields(CaseQuery)
        if field.name not in _NOT_A_FILTER
    ],
    forbid_unknown_fields=True,
    frozen=True,
    kw_only=True,
    module=__name__,
)


class BulkRequest(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Either `filter` or `numbers`. `args`: the body of the single act, with what differs from case to case said in general.

    An amount is {"percent": 50} of what a case claims, or {"amount", "currency"}; a date may be {"in_days": 7};
    `instalments` may be {"parts", "in_days", "every_days"}; ids of offers, disputes and the like are left out.
    """

    action: Literal[SHARED]
    args: dict[str, Any] = {}
    filter: CaseFilter | None = None
    numbers: (
        Annotated[list[Annotated[str, Meta(max_length=30)]], Meta(min_length=1, max_length=MOST_NUMBERS)]
        | None
    ) = None


class JobQuery(PageQuery, frozen=True, kw_only=True):
    state: Annotated[Literal[tuple(JobRow.State.values)], Meta(description="Of the rows.")] | None = None


class ShownJob(Struct, frozen=True):
    """`counts`: cases by what became of them."""

    id: int
    action: str
    args: dict[str, Any]
    state: Literal[tuple(Job.State.values)]
    asked_by: str
    total: int
    counts: dict[str, int]
    asked_at: datetime
    ended_at: datetime | None
    undo_asked_at: datetime | None


class ShownRow(Struct, frozen=True):
    """`version`: of the case when the job was asked for. `code`: why, or of a reminder its decision."""

    case: str
    version: int
    state: Literal[tuple(JobRow.State.values)]
    code: str
    detail: str
    done_at: datetime | None


class JobDetails(Struct, frozen=True):
    job: ShownJob
    rows: PageOf[ShownRow]


class CasesBulk(ApiView):
    scope = Scope.CASES_WRITE

    @described(
        operation="act_on_cases",
        summary="Do one act on many cases",
        tag=TAG,
        body={"application/json": BulkRequest},
        answers={202: ShownJob},
        problems=(413, 415),
        description="Exactly the cases that are chosen now, each at the version it has now, under the rules of the single act."
        " Staff; merchants' keys for what a merchant may decide.",
        header_parameters=(IDEMPOTENCY_KEY,),
    )
    @idempotent
    def post(self, request: HttpRequest) -> Response:
        asked, principal = read_body(request, BulkRequest), self.principal
        if principal.role is None and not ACTS[asked.action].for_merchants:
            raise Problem(status=403, code="staff_only", detail="This act is for staff. Ask them to do it.")
        _check_args(asked.action, asked.args)
        cases, told = self._chosen(asked)
        asker = Asker(maker=Maker(principal.actor, principal.role), user=principal.user)
        try:
            job = ask_job(cases=cases, asker=asker, action=asked.action, args=asked.args, chosen=told)
        except NothingChosen as nothing:
            pointer = "/numbers" if asked.filter is None else "/filter"
            raise invalid(pointer, "nothing_chosen", "You may see no such case.") from nothing
        return Response(_shown(job), status=202, headers={"Location": f"/api/v1/jobs/{job.pk}/"})

    def _chosen(self, asked: BulkRequest) -> tuple[QuerySet[DefaultCase], dict[str, Any]]:
        """The cases, of those the caller may see, and what to keep of how they were chosen."""
        if (asked.filter is None) == (asked.numbers is None):
            raise invalid("/filter", "one_of_two", "Give `filter` or `numbers`.")
        visible = self.principal.narrow(DefaultCase.objects.all())
        if asked.numbers is not None:
            return self._numbered(visible, asked.numbers), {"numbers": len(asked.numbers)}
        told = {name: value for name, value in msgspec.to_builtins(asked.filter).items() if value is not None}
        check_span(asked.filter.opened_after, "/filter/opened_after")
        query = CaseQuery(**msgspec.structs.asdict(asked.filter))
        merchants = self.principal.narrow(Merchant.objects.order_by(), "pk").values("pk")
        cases = chosen(visible, query, merchant_ids=merchants, now=clock.now())
        return cases.order_by("oldest_due_on", "pk"), {"filter": told}

    def _numbered(self, visible: QuerySet[DefaultCase], numbers: Sequence[str]) -> QuerySet[DefaultCase]:
        """Every number is one of a case the caller may see, or nothing is done. Raises Problem 422."""
        ids = [id_of(number) or 0 for number in numbers]
        known = set(visible.filter(pk__in=ids).values_list("pk", flat=True))
        for place, case_id in enumerate(ids):
            if case_id not in known:
                raise invalid(f"/numbers/{place}", "unknown_case", "You may see no such case.")
        return visible.filter(pk__in=known).order_by("oldest_due_on", "pk")


class JobList(ApiView):
    @described(operation="list_jobs", summary="List acts on many cases, newest first", tag=TAG, query=PageQuery,
               answers={200: PageOf[ShownJob]})  # fmt: skip
    def get(self, request: HttpRequest) -> Response:
        query = read_query(request, PageQuery)
        jobs = visible_jobs(self.principal.merchant_ids)
        return self.page(
            jobs, order=NEWEST_FIRST, query=query, show=lambda found: [_shown(job) for job in found]
        )


class JobDetail(ApiView):
    @described(operation="read_job", summary="Read one act on many cases: how far it is, and what became of each",
               tag=TAG, query=JobQuery, answers={200: JobDetails}, path=("job_id",))  # fmt: skip
    def get(self, request: HttpRequest, job_id: str) -> Response:
        query = read_query(request, JobQuery)
        if not (job_id.isascii() and job_id.isdecimal() and len(job_id) <= 18):
            raise not_found()
        job = self.only(visible_jobs(self.principal.merchant_ids).filter(pk=int(job_id)))
        rows = job.rows.all() if query.state is None else job.rows.filter(state=query.state)
        answer = self.page(rows, order=IN_ORDER, query=query, show=lambda found: [_row(row) for row in found])
        answer.data = {"job": _shown(job), "rows": answer.data}
        return answer


def _check_args(action: str, args: dict[str, Any]) -> None:
    """Raises Problem 422 with the place in the request."""
    try:
        body = check_shared(action, args)
    except msgspec.ValidationError as problem:
        raise located(str(problem), under="/args") from problem
    except Unfit as unfit:
        raise invalid(f"/args/{unfit.field}", unfit.code, unfit.detail) from unfit
    for name in ("on", "expires_on"):
        check_span(getattr(body, name, None), f"/args/{name}")
    for place, instalment in enumerate(getattr(body, "instalments", ())):
        check_span(instalment.on, f"/args/instalments/{place}/on")


def _shown(job: Job) -> ShownJob:
    counts = dict.fromkeys(JobRow.State.values, 0)
    for (state, _code), number in counts_of(job).items():
        counts[state] += number
    return ShownJob(
        id=job.pk,
        action=job.action,
        args=job.args,
        state=job.state,
        asked_by=job.asked_by,
        total=job.total,
        counts={state: number for state, number in counts.items() if number},
        asked_at=job.asked_at,
        ended_at=job.ended_at,
        undo_asked_at=job.undo_asked_at,
    )


def _row(row: JobRow) -> ShownRow:
    return ShownRow(
        case=number_of(row.case_id),
        version=row.version,
        state=row.state,
        code=row.code,
        detail=row.detail,
        done_at=row.done_at,
    )
