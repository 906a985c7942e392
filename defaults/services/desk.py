"""What staff do at a case that changes no fact about the debt."""

from datetime import datetime

from django.db import transaction

from ..models import DefaultCase
from .history import Entry, append


class StaleEdit(Exception):
    """Somebody else changed the case since this version of it was read."""


def add_note(*, case_id: int, text: str, now: datetime, actor: str) -> None:
    """Write a note into the history, for staff only; up to 500 characters. Closed cases take notes too."""
    text = text.strip()
    if not 0 < len(text) <= 500:
        raise ValueError("A note has 1 to 500 characters.")
    with transaction.atomic():
        case = DefaultCase.objects.select_for_update(no_key=True).get(id=case_id)
        append([Entry(case_id=case.id, kind="note", at=now, actor=actor, reason=text)])


def assign(*, case_id: int, assignee_id: int | None, version: int, now: datetime, actor: str) -> int:
    """Give the case to somebody, or to nobody; `version` is the one that was read. Answers the new version.

    Raises StaleEdit when the case has moved on.
    """
    with transaction.atomic():
        case = DefaultCase.objects.select_for_update(no_key=True).get(id=case_id)
        if case.version != version:
            raise StaleEdit(f"{case.number} is at version {case.version}, not {version}.")
        case.assignee_id = assignee_id
        case.save(update_fields=["assignee"])
        entry = Entry(
            case_id=case.id, kind="assigned", at=now, actor=actor, data={"assignee": assignee_id or 0}
        )
        return append([entry])[case.id]
