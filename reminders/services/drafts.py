"""Drafts: saved while a person writes, found again on any device, gone when the text is kept. Nobody else reads them."""

from collections.abc import Mapping
from datetime import datetime

from defaults.models import DefaultCase

from ..models import Draft

LONGEST = 2000


def save_draft(*, user_id: int, case_id: int, form: str, field: str, text: str, now: datetime) -> bool:
    """Keep this text; an empty one ends the draft. Answers whether there is a draft now."""
    mine = Draft.objects.filter(user=user_id, case=case_id, form=form, field=field)
    text = text[:LONGEST]
    if not text.strip():
        mine.delete()
        return False
    Draft.objects.update_or_create(
        user_id=user_id,
        case_id=case_id,
        form=form,
        field=field,
        defaults={"text": text, "saved_at": now},
    )
    return True


def drafts_of(*, user_id: int, case: DefaultCase) -> Mapping[tuple[str, str], Draft]:
    """This person's drafts at the case, by form and field; one query."""
    mine = Draft.objects.filter(user=user_id, case=case)
    return {(draft.form, draft.field): draft for draft in mine}


def end_drafts(*, user_id: int, case_id: int, form: str) -> None:
    """What was written into this form has been kept."""
    Draft.objects.filter(user=user_id, case=case_id, form=form).delete()
