"""Who looks at a page of cases, as the services know them, and the case they look at."""

from django.http import Http404, HttpRequest

from defaults.models import DefaultCase
from defaults.models.case import id_of
from defaults.services.limited_acts import Maker


def maker_of(request: HttpRequest) -> Maker:
    return Maker(f"staff:{request.user.get_username()}", request.user.role)


def visible_case(request: HttpRequest, number: str) -> DefaultCase:
    """The case, if this person may see it; somebody else's looks like none at all."""
    case_id = id_of(number)
    visible = DefaultCase.objects.filter(merchant__in=request.user.visible_merchants())
    case = (
        visible.filter(pk=case_id).select_related("customer", "merchant", "assignee", "previous_case").first()
    )
    if case_id is None or case is None:
        raise Http404
    return case
