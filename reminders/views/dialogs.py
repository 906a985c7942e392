"""The dialog of an act, opened by a key on the list or on the case's page: the same forms, posted through the same door."""

from collections.abc import Mapping, Sequence
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

from ..services.drafts import drafts_of
from .act_fields import Form, Group, with_typed
from .dialog_forms import FORMS, NOT_NOW, TITLES
from .drafts import with_drafts
from .panel import load_open
from .preview_words import preview_context
from .viewing import visible_case


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
    return show_dialog(request, case, name=name, now=clock.now())


def show_dialog(
    request: HttpRequest,
    case: DefaultCase,
    *,
    name: str,
    now: datetime,
    error: str = "",
    form: str = "",
    changed: Sequence[Mapping] = (),
) -> HttpResponse:
    """With `error`: why nothing was done, what was typed into the form of that key, and what has `changed` meanwhile."""
    context: dict[str, object] = {}
    forms = forms_of(request, case, name, now=now)
    if form:
        (group,) = with_typed([Group("", forms)], key=form, typed=request.POST.dict())
        forms = group.forms
    if name == "remind":
        context = preview_context(
            case,
            now=now,
            channel=request.GET.get("channel", ""),
            language=request.GET.get("language", ""),
        )
        forms = forms if context["leaves"] else []
    told = {
        "case": case,
        "name": name,
        "title": TITLES[name],
        "forms": forms,
        "error": error,
        "changed": changed,
        "nothing": "" if any(one.action for one in forms) else NOT_NOW.get(name, ""),
    }
    return render(request, "reminders/dialog.html", told | context)


def forms_of(request: HttpRequest, case: DefaultCase, name: str, *, now: datetime) -> list[Form]:
    loaded, today = load_open(case), timezone.localtime(now).date()
    forms = FORMS[name](loaded, request.user, today, live_claim(loaded).owed_minor)
    return with_drafts(forms, drafts_of(user_id=request.user.pk, case=case))
