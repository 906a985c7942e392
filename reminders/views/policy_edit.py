"""Changing a draft: each form posts to its own address, on the edition that was read; refused at its field, text kept."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.views.wording import ago
from common import clock
from defaults.services.acts import Refused

from ..models import PolicyVersion
from ..services.policy_diff import changes_from
from ..services.policy_drafts import StaleDraft, add_step, editing, move_step, remove_step
from ..services.step_texts import UnknownNames, save_text
from .policy_address import Asked, version_address
from .policy_common import may_edit, visible_version
from .policy_forms import NewStepForm, SettingsForm, StepForm, TextForm
from .policy_version import show_version, template_keys
from .policy_words import change_lines
from .refusals import in_words
from .viewing import maker_of
from .wording import who

_MOVES = {"earlier": -1, "later": 1}
Change = Callable[[PolicyVersion], object]


@login_required
@require_POST
def save_settings(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    form = SettingsForm(request.POST, auto_id="settings-%s")

    def change(version: PolicyVersion) -> None:
        for name, value in form.cleaned_data.items():
            setattr(version, name, value)
        version.save(update_fields=list(form.cleaned_data))

    return _save(request, slug, number, change, form=form)


@login_required
@require_POST
def new_step(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    templates = template_keys(visible_version(request, slug, number))
    form = NewStepForm(request.POST, templates=templates, auto_id="new-%s")
    return _save(
        request,
        slug,
        number,
        lambda version: add_step(version, **form.values()),
        form=form,
        step=request.POST.get("key", ""),
    )


@login_required
@require_POST
def save_step(request: HttpRequest, slug: str, number: int, key: str) -> HttpResponse:
    form = StepForm(request.POST, auto_id="step-%s")
    return _save(
        request, slug, number, lambda version: version.steps.filter(key=key).update(**form.values()),
        form=form, step=key,
    )  # fmt: skip


@login_required
@require_POST
def move(request: HttpRequest, slug: str, number: int, key: str, verb: str) -> HttpResponse:
    """One place earlier or later in the ladder, or out of it."""
    if verb == "remove":
        return _save(request, slug, number, lambda version: remove_step(version, key), step=key, after="")
    if verb not in _MOVES:
        raise Http404
    return _save(request, slug, number, lambda version: move_step(version, key, by=_MOVES[verb]), step=key)


@login_required
@require_POST
def save_words(request: HttpRequest, slug: str, number: int, key: str) -> HttpResponse:
    """The text of a step on one channel in one language."""
    asked = Asked.read(request.POST)
    form = TextForm(request.POST, channel=asked.channel, auto_id="text-%s")

    def change(version: PolicyVersion) -> None:
        step = version.steps.select_related("version").get(key=key)
        try:
            save_text(
                version, step, variant=asked.variant, channel=asked.channel, language=asked.language,
                subject=form.cleaned_data.get("subject", ""), body=form.cleaned_data["body"],
            )  # fmt: skip
        except UnknownNames as unknown:
            names = ", ".join(f"{{{name}}}" for name in unknown.names)
            form.add_error("body", _("Nothing fills this in: %s.") % names)
            raise

    return _save(request, slug, number, change, form=form, step=key)


def _save(
    request: HttpRequest,
    slug: str,
    number: int,
    change: Change,
    *,
    form: forms.Form | None = None,
    step: str | None = None,
    after: str | None = None,
) -> HttpResponse:
    """Do it on the edition that was read. `step`: the one it is about; `after`: the one to show then, if another."""
    version = visible_version(request, slug, number)
    asked = Asked.read(request.POST)
    asked = asked if step is None else replace(asked, step=step)
    if not may_edit(request.user, version.policy):
        return show_version(request, version, asked, error=in_words(Refused("missing_role", "")), status=403)
    if form is not None and not form.is_valid():
        return show_version(
            request, version, asked, bound=form, error=_("Look at what is marked."), status=422
        )
    _refuse_unknown_step(version, step, form)
    try:
        with _editing(request, version) as draft:
            change(draft)
    except StaleDraft as stale:
        return _stale(request, visible_version(request, slug, number), asked, stale, form)
    except UnknownNames:
        return show_version(
            request, version, asked, bound=form, error=_("Look at what is marked."), status=422
        )
    except Refused as refusal:
        return show_version(request, version, asked, bound=form, error=in_words(refusal), status=409)
    return redirect(version_address(version, asked if after is None else replace(asked, step=after)))


def _refuse_unknown_step(version: PolicyVersion, step: str | None, form: forms.Form | None) -> None:
    if step is None or isinstance(form, NewStepForm):
        return
    if not version.steps.filter(key=step).exists():
        raise Http404


def _editing(request: HttpRequest, version: PolicyVersion) -> AbstractContextManager[PolicyVersion]:
    edition = request.POST.get("edition", "")
    return editing(
        version_id=version.pk,
        edition=int(edition) if edition.isdecimal() and len(edition) < 9 else -1,
        actor=maker_of(request).actor,
        now=clock.now(),
    )


def _stale(
    request: HttpRequest, version: PolicyVersion, asked: Asked, stale: StaleDraft, form: forms.Form | None
) -> HttpResponse:
    """What others changed meanwhile; what was typed stays, and the next save is on what is shown now."""
    now = clock.now()
    since = [
        {
            "by": who(edit.by),
            "ago": ago(edit.at, now=now),
            "changes": change_lines(changes_from(edit.changes)),
        }
        for edit in stale.edits
    ]
    error = _(
        "The draft has changed since you read it. Nothing was saved: look at what changed, then save again."
    )
    return show_version(request, version, asked, bound=form, error=error, since=since, status=409)
