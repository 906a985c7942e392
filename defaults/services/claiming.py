"""Taking the next case: each is given to one caller, however many ask at the same moment."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from ..case_states import CaseState
from ..models import DefaultCase
from .desk import hand_to


def claim_next(
    *, cases: QuerySet[DefaultCase], user_id: int, now: datetime, actor: str
) -> DefaultCase | None:
    """The first of `cases`, in their order, that is live and nobody's, now this person's; None where there is none.

    A row that another caller is taking, or that is being worked on, is passed over, not waited for.
    """
    free = cases.filter(assignee__isnull=True).exclude(state=CaseState.CLOSED)
    with transaction.atomic():
        case = free.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
        if case is not None:
            hand_to(case, assignee_id=user_id, kind="claimed", now=now, actor=actor)
        return case
