"""The package for an agency, fetched from the case page by a lead."""

import json

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from common import clock
from defaults.authority import LEAD, may_decide
from defaults.models import Placement
from defaults.services.acts import Refused
from defaults.services.desk import held

from ..services.packages import as_csv, fetch_package
from .case import show_case, visible_case
from .refusals import in_words
from .viewing import maker_of


@login_required
@require_POST
def package(request: HttpRequest, placement_id: int) -> HttpResponse:
    now = clock.now()
    visible = Placement.objects.filter(case__merchant__in=request.user.visible_merchants(), pk=placement_id)
    found = visible.select_related("case").first()
    if found is None:
        raise Http404
    if not may_decide(request.user.role, LEAD):
        raise PermissionDenied
    try:
        with held(found.case_id):
            placement = visible.select_related("agency", "case__merchant", "case__customer").get()
            fetched = fetch_package(placement=placement, now=now, actor=maker_of(request).actor)
    except Refused as refusal:
        case = visible_case(request, found.case.number)
        return show_case(request, case, now=now, error=in_words(refusal))
    if request.POST.get("format") == "json":
        return _file(json.dumps(fetched, ensure_ascii=False, indent=2), f"{fetched['case']}.json")
    return _file(as_csv(fetched), f"{fetched['case']}.csv")


def _file(text: str, name: str) -> HttpResponse:
    kind = "application/json" if name.endswith(".json") else "text/csv; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(text, content_type=kind, headers=headers)
