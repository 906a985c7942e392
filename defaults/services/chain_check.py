"""Whether the history of one case is as it was written: every seal worked out again from what stands there."""

from dataclasses import dataclass

from ..chain import FIRST, digest
from ..models import CaseEvent, DefaultCase

_FIELDS = ("case_id", "seq", "kind", "from_state", "to_state", "at", "actor", "reason", "data")


@dataclass(frozen=True, slots=True)
class Checked:
    """`broken_at`: the first entry that is missing or not what was sealed; None: all `entries` are in order."""

    entries: int
    broken_at: int | None


def check_history(case: DefaultCase) -> Checked:
    """Reads the entries once, and changes nothing. The case names its last entry, so that none can be cut off the end."""
    previous, place = FIRST, 0
    events = CaseEvent.objects.filter(case=case).order_by("seq")
    for event in events.iterator(chunk_size=500):
        place += 1
        sealed = digest(previous, **{name: getattr(event, name) for name in _FIELDS})
        if event.seq != place or sealed != bytes(event.digest):
            return Checked(place, place)
        previous = sealed
    return Checked(place, place + 1 if case.version > place else None)
