"""Saved views beside the nine: showing them with their numbers, keeping the present address under a name, changing one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import Merchant, User

from ..models import DefaultCase, SavedView
from ..reports.queue import view_of
from ..reports.queue_filters import narrowed
from ..reports.saved_views import MOST_SHOWN, saved_views
from ..services.acts import Refused
from ..services.saved_views import delete_view, may_change, rename_view, save_view
from .queue_address import Asked

TOLD = {
    "view_without_name": gettext_lazy("A view needs a name."),
    "search_is_private": gettext_lazy("A search may name a customer: such a view is yours alone."),
    "too_many_views": gettext_lazy("You have as many views as one person can have. Delete one first."),
    "view_name_taken": gettext_lazy("There is a view of that name already."),
    "not_your_view": gettext_lazy("Only who made it, or a lead, may change a shared view."),
}


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved view as this person has it. `asked`: what its address asks for today."""

    view: SavedView
    asked: Asked
    may_change: bool

    @property
    def key(self) -> str:
        return f"saved-{self.view.pk}"


def saved_of(user: User, merchants: Sequence[Merchant]) -> list[Saved]:
    """Views of a merchant this person may not see are not theirs. One query."""
    known = {"", *(merchant.slug for merchant in merchants)}
    found = [Saved(view, Asked.read(view.parts), may_change(view, user)) for view in saved_views(user)]
    return [one for one in found if one.asked.merchant in known][:MOST_SHOWN]


def current_of(saved: Sequence[Saved], asked: Asked) -> Saved | None:
    return next((one for one in saved if one.asked.fields() == asked.fields()), None)


def countable(
    saved: Sequence[Saved], merchants: Sequence[Merchant], *, user_id: int, now: datetime
) -> dict[str, QuerySet[DefaultCase]]:
    """The cases of each by its key. What is searched for is looked up when the view is opened, not counted."""
    found = {}
    for one in saved:
        if one.asked.q:
            continue
        ids = [merchant.pk for merchant in merchants if one.asked.merchant in ("", merchant.slug)]
        cases = view_of(one.asked.view, ids, user_id=user_id, now=now)
        found[one.key] = narrowed(cases, one.asked.filters, user_id=user_id, now=now)
    return found


@login_required
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the address the form carries. Back to it, now under its name."""
    asked = Asked.read(request.POST)
    try:
        save_view(
            owner=request.user,
            name=request.POST.get("name", ""),
            parts=asked.fields(),
            is_shared="shared" in request.POST,
        )
    except Refused as refusal:
        return _back(asked, told=refusal.code)
    return _back(asked)


@login_required
@require_POST
def change(request: HttpRequest, view_id: int, verb: str) -> HttpResponse:
    """`verb`: rename or delete."""
    merchants = list(request.user.visible_merchants())
    saved = next((one for one in saved_of(request.user, merchants) if one.view.pk == view_id), None)
    if saved is None or verb not in ("rename", "delete"):
        raise Http404
    try:
        if verb == "rename":
            rename_view(saved.view, name=request.POST.get("name", ""), by=request.user)
        else:
            delete_view(saved.view, by=request.user)
    except Refused as refusal:
        return _back(saved.asked, told=refusal.code)
    return _back(saved.asked)


def line_of(one: Saved, *, count: str, viewer: User, current: Saved | None) -> dict:
    """How it stands in the list of views."""
    by = one.view.owner
    return {
        "name": one.view.name,
        "count": count,
        "address": one.asked.address(),
        "is_current": one is current,
        "told": _("Shared by %s") % by if one.view.is_shared and by.pk != viewer.pk else "",
        "is_shared": one.view.is_shared,
    }


def _back(asked: Asked, *, told: str = "") -> HttpResponse:
    return redirect(reverse("queue") + asked.address(told=told))
