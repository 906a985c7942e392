"""Views of the queue under a name, a person's own or shared with all. They hold an address, never cases."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from accounts.models import User

from ..authority import LEAD, may_decide
from ..models import SavedView
from .acts import Refused

MOST, LONGEST = 20, 60


def save_view(*, owner: User, name: str, parts: Mapping[str, str], is_shared: bool) -> SavedView:
    """Keep these parts of an address under the name; the person's own view of that name is replaced.

    Raises Refused: view_without_name, search_is_private, too_many_views.
    """
    name = _name(name)
    if is_shared and "q" in parts:
        raise Refused("search_is_private", "A search may name a customer: such a view is yours alone.")
    others = SavedView.objects.filter(owner=owner).exclude(name=name)
    if others.count() >= MOST:
        raise Refused("too_many_views", f"A person has {MOST} views at most. Delete one first.")
    kept, _is_new = SavedView.objects.update_or_create(
        owner=owner, name=name, defaults={"parts": dict(parts), "is_shared": is_shared}
    )
    return kept


def rename_view(view: SavedView, *, name: str, by: User) -> None:
    """Raises Refused: not_your_view, view_without_name, view_name_taken."""
    _refuse_strangers(view, by)
    view.name = _name(name)
    try:
        with transaction.atomic():
            view.save(update_fields=["name"])
    except IntegrityError as taken:
        raise Refused("view_name_taken", "There is a view of that name already.") from taken


def delete_view(view: SavedView, *, by: User) -> None:
    """Raises Refused(not_your_view)."""
    _refuse_strangers(view, by)
    view.delete()


def may_change(view: SavedView, by: User) -> bool:
    """Whoever made it; of shared ones a lead too."""
    return view.owner_id == by.pk or (view.is_shared and may_decide(by.role, LEAD))


def _refuse_strangers(view: SavedView, by: User) -> None:
    if not may_change(view, by):
        raise Refused("not_your_view", "Only who made it, or a lead, may change a shared view.")


def _name(text: str) -> str:
    name = " ".join(text.replace("\x00", "").split())[:LONGEST]
    if not name:
        raise Refused("view_without_name", "A view needs a name.")
    return name
