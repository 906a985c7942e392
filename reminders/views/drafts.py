"""Saving a draft while it is written, and putting drafts back into the forms they belong to."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common import clock

from ..models import Draft
from ..services.case_acts import ACTS
from ..services.drafts import save_draft
from .act_fields import Form, Group
from .viewing import visible_case

LONGEST_KEY = 60
_FORMS = (*ACTS, "refund")


@login_required
@require_POST
def draft(request: HttpRequest, number: str, form: str, field: str) -> HttpResponse:
    """The words beside the field: saved, and when."""
    case, now = visible_case(request, number), clock.now()
    if len(form) > LONGEST_KEY or not any(form == act or form.startswith(f"{act}-") for act in _FORMS):
        raise Http404
    text = request.POST.get(field, "").replace("\x00", "")
    is_kept = save_draft(user_id=request.user.pk, case_id=case.pk, form=form, field=field, text=text, now=now)
    return HttpResponse(escape(saved_words(now)) if is_kept else "")


def saved_words(at: datetime) -> str:
    return _("draft saved %s") % f"{timezone.localtime(at):%H:%M}"


def with_drafts(forms: Iterable[Form], drafts: Mapping[tuple[str, str], Draft]) -> list[Form]:
    """The same forms with what this person had begun to write; a form with a draft stands open."""
    return [_with_own(form, drafts) for form in forms]


def groups_with_drafts(groups: Iterable[Group], drafts: Mapping[tuple[str, str], Draft]) -> list[Group]:
    return [Group(group.title, with_drafts(group.forms, drafts)) for group in groups]


def _with_own(form: Form, drafts: Mapping[tuple[str, str], Draft]) -> Form:
    own = {
        field.name: drafts[form.key, field.name] for field in form.fields if (form.key, field.name) in drafts
    }
    if not own:
        return form
    fields = [
        replace(field, value=own[field.name].text, draft=saved_words(own[field.name].saved_at))
        if field.name in own
        else field
        for field in form.fields
    ]
    return replace(form, fields=fields, is_open=True)
