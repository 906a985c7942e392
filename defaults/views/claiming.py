"""Taking cases: this one, or the next one of a view. Both work as plain forms; with script the page stays."""

import json
import secrets
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common import clock

from ..models import DefaultCase
from ..models.case import id_of
from ..reports.queue import workable
from ..reports.queue_filters import narrowed
from ..reports.queue_order import order_of, ordered
from ..services.claiming import claim_next
from ..services.desk import claim_case
from .queue import ACTED, ids_of
from .queue_address import Asked

WHILE = 60


@login_required
@require_POST
def claim(request: HttpRequest) -> HttpResponse:
    """Take the case `number`. One that somebody else has is taken over only where `over` says so."""
    case = _case(request)
    if case.is_closed:
        said = _("%(case)s is closed: there is nothing to claim.")
    elif case.assignee_id not in (None, request.user.pk) and not request.POST.get("over"):
        said = _("%(owner)s has %(case)s. Take it over on its panel if you mean it.")
    else:
        claim_case(case_id=case.pk, user_id=request.user.pk, now=clock.now(), actor=_actor(request))
        said = _("%(case)s is yours.")
    return _answer(request, said % {"case": case.number, "owner": case.assignee})


@login_required
@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Take the first free case of the view that is looked at, and open it."""
    asked, now = Asked.read(request.POST), clock.now()
    ids = ids_of(asked, list(request.user.visible_merchants()))
    cases = workable(asked.view, ids, user_id=request.user.pk, now=now)
    cases = narrowed(cases, asked.filters, user_id=request.user.pk, now=now)
    case = claim_next(
        cases=ordered(cases, order_of(asked.order, now=now)),
        user_id=request.user.pk,
        now=now,
        actor=_actor(request),
    )
    if case is None:
        return marked(redirect(reverse("queue") + "?" + urlencode({"view": "mine", "none": "1"})))
    return marked(redirect("case", number=case.number))


def _case(request: HttpRequest) -> DefaultCase:
    case_id = id_of(request.POST.get("number", ""))
    visible = DefaultCase.objects.filter(merchant__in=request.user.visible_merchants())
    case = visible.filter(pk=case_id).select_related("assignee").first() if case_id else None
    if case is None:
        raise Http404
    return case


def _answer(request: HttpRequest, said: str) -> HttpResponse:
    """With script: what to say, and that the list has changed. Without: back to where the form was."""
    if request.htmx:
        told = HttpResponse(status=204)
        told["HX-Trigger"] = json.dumps({"said": said, "changed": ""})
        return marked(told)
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return marked(redirect(back if safe else "queue"))


def marked(answer: HttpResponse) -> HttpResponse:
    """Whoever acted sees his own counts anew."""
    answer.set_cookie(ACTED, secrets.token_urlsafe(6), max_age=WHILE, samesite="Lax", httponly=True)
    return answer


def _actor(request: HttpRequest) -> str:
    return f"staff:{request.user.get_username()}"
