"""The dialog of an act, opened by a key on the list or on the case's page: the same forms, posted through the same door."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from common import clock
from defaults.models import DefaultCase
from defaults.reports.claim import live_claim

from .act_fields import Form, Group, with_typed
from .case import visible_case
from .dialog_forms import FORMS, NOT_NOW, TITLES
from .panel import load_open


@login_required
@never_cache
@vary_on_headers("HX-Request")
@require_safe
def dialog(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """A part of the page that asked; asked for by itself it leads to the case's page, with that form open."""
    case = visible_case(request, number)
    if name not in TITLES:
        raise Http404
    if not request.htmx:
        return redirect(reverse("case", args=[number]) + f"?act={name}")
    return show_dialog(request, case, name, now=clock.now())


def show_dialog(
    request: HttpRequest,
    case: DefaultCase,
    name: str,
    *,
    now: datetime,
    error: str = "",
    form: str = "",
    context: Mapping[str, object] | None = None,
) -> HttpResponse:
    """With `error`: why nothing was done, and what was typed into the form of that key."""
    forms = forms_of(request, case, name, now=now)
    if form:
        (group,) = with_typed([Group("", forms)], key=form, typed=request.POST.dict())
        forms = group.forms
    told = {
        "case": case,
        "name": name,
        "title": TITLES[name],
        "forms": forms,
        "error": error,
        "nothing": "" if any(one.action for one in forms) else NOT_NOW.get(name, ""),
    }
    return render(request, "reminders/dialog.html", told | dict(context or {}))


def forms_of(request: HttpRequest, case: DefaultCase, name: str, *, now: datetime) -> list[Form]:
    loaded = load_open(case)
    today = timezone.localtime(now).date()
    return [
        replace(one, is_open=False)
        for one in FORMS[name](loaded, request.user, today, live_claim(loaded).owed_minor)
    ]
