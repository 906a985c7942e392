"""Taking cases back from an agency, or before it gets them: set-based, for `settle` and for staff."""

from collections.abc import Collection
from datetime import datetime

from ..agreement_states import PlacementState
from ..models import DefaultCase, Hold, Placement
from .history import Entry

RUNNING = (PlacementState.ANNOUNCED, PlacementState.PLACED)


def recall(
    cases: Collection[DefaultCase], *, reason: str, now: datetime, actor: str = "system"
) -> list[Entry]:
    """End every placement of these locked cases; the entries that say so, still to be written. Three queries at most.

    An agency that had the case is told by `reminders.services.agencies`.
    """
    running = list(
        Placement.objects.filter(case__in=cases, state__in=RUNNING)
        .select_related("agency")
        .select_for_update(of=("self",), no_key=True)
        .order_by("id")
    )
    if not running:
        return []
    Placement.objects.filter(id__in=[one.id for one in running]).update(
        state=PlacementState.RECALLED, ended_at=now, end_reason=reason[:60]
    )
    Hold.objects.filter(id__in=[one.hold_id for one in running], ended_at=None).update(
        ended_at=now, ended_by=actor
    )
    return [
        Entry(
            case_id=one.case_id,
            kind="placement_recalled",
            at=now,
            actor=actor,
            reason=reason,
            data={"placement": one.id, "agency": one.agency.slug, "was_placed": one.placed_at is not None},
        )
        for one in running
    ]
