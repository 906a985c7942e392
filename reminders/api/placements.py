"""Cases with agencies: which, and the package an agency gets of one."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from msgspec import Struct
from rest_framework.response import Response

from accounts.api.base import ApiView, Money
from accounts.models import Scope
from accounts.models.staff import Role
from common import clock
from common.openapi import PageOf, described
from common.paging import Column, Order, PageQuery
from common.problems import Problem, not_found
from common.reading import read_body, read_query
from defaults.agreement_states import PlacementState
from defaults.models import Placement
from defaults.models.case import number_of
from defaults.services.acts import Refused
from defaults.services.desk import held

from ..services.packages import as_csv, fetch_package

TAG = "Placements"
NEWEST_FIRST = Order("newest", (Column("pk", int, descending=True),))
_STATES = tuple(state.value for state in PlacementState)


class PlacementQuery(PageQuery, frozen=True, kw_only=True):
    state: Literal[_STATES] | None = None


class PackageRequest(Struct, forbid_unknown_fields=True, frozen=True):
    """`csv`: one line an item, for a spreadsheet."""

    format: Literal["json", "csv"] = "json"


class ShownPlacement(Struct, frozen=True):
    """`place_at`: the notice is over. `agency_told_at`: of a recall."""

    id: int
    case: str
    agency: str
    state: Literal[_STATES]
    announced_by: str
    announced_at: datetime
    place_at: datetime
    placed_at: datetime | None
    claimed: Money | None
    exported_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    agency_told_at: datetime | None


class Package(Struct, frozen=True):
    """What the agency gets. Amounts of `items` are decimals as text."""

    case: str
    agency: dict[str, str]
    creditor: dict[str, str]
    customer: dict[str, str]
    currency: str
    claimed: Money
    told_at: str
    placed_at: str
    items: list[dict[str, str]]


class PlacementList(ApiView):
    @described(operation="list_placements", summary="List placements, newest first", tag=TAG,
               query=PlacementQuery, answers={200: PageOf[ShownPlacement]})  # fmt: skip
    def get(self, request: HttpRequest) -> Response:
        query = read_query(request, PlacementQuery)
        rows = self.principal.narrow(Placement.objects.select_related("agency", "case"), "case__merchant_id")
        rows = rows if query.state is None else rows.filter(state=query.state)
        return self.page(
            rows, order=NEWEST_FIRST, query=query, show=lambda found: [_shown(one) for one in found]
        )


class PlacementPackage(ApiView):
    scope = Scope.CASES_WRITE

    @described(operation="fetch_package", summary="Fetch the package for the agency (lead and above)", tag=TAG,
               body={"application/json": PackageRequest}, answers={200: Package}, path=("placement_id",),
               problems=(409, 413, 415), description="Each fetch stands in the history of the case.")  # fmt: skip
    def post(self, request: HttpRequest, placement_id: str) -> HttpResponse:
        self.principal.require_role(Role.LEAD)
        asked = read_body(request, PackageRequest)
        if not (placement_id.isascii() and placement_id.isdecimal() and len(placement_id) <= 18):
            raise not_found()
        visible = self.principal.narrow(Placement.objects.filter(pk=int(placement_id)), "case__merchant_id")
        found = self.only(visible)
        try:
            with held(found.case_id):
                placement = visible.select_related("agency", "case__merchant", "case__customer").get()
                package = fetch_package(placement=placement, now=clock.now(), actor=self.principal.actor)
        except Refused as refusal:
            raise Problem(status=409, code=refusal.code, detail=refusal.detail) from refusal
        return _file(package) if asked.format == "csv" else Response(package)


def _file(package: dict[str, Any]) -> HttpResponse:
    name = f"{package['case']}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(as_csv(package), content_type="text/csv; charset=utf-8", headers=headers)


def _shown(placement: Placement) -> ShownPlacement:
    claimed = placement.claimed_minor
    return ShownPlacement(
        id=placement.pk,
        case=number_of(placement.case_id),
        agency=placement.agency.slug,
        state=placement.state,
        announced_by=placement.announced_by,
        announced_at=placement.announced_at,
        place_at=placement.place_at,
        placed_at=placement.placed_at,
        claimed=None if claimed is None else Money(claimed, placement.case.currency),
        exported_at=placement.exported_at,
        ended_at=placement.ended_at,
        end_reason=placement.end_reason or None,
        agency_told_at=placement.agency_told_at,
    )
