"""Undoing what a person did last, wherever it was: the latest act of the last minute that still stands."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models.functions import Now

from defaults.models import CaseEvent, DefaultCase
from defaults.services.acts import Refused
from defaults.services.approvals import Maker
from defaults.services.desk import held
from defaults.services.undo import FOLLOWED, SECONDS, undo

from ..message_states import MessageState
from ..models import JobRow, Message
from .remind import REMINDED, cancel_message, silence_about

# Entries that take something back are not taken back themselves.
_TAKE_BACK = frozenset({"undone", "message_cancelled"})
# What the undoing of an act writes before it says so.
_TRACES = {
    "held": "hold_ended",
    "offer_made": "offer_withdrawn",
    "claimed": "assigned",
    "assigned": "assigned",
    "snoozed": "woke",
}
# What somebody else may add without being overwritten.
_HARMLESS = FOLLOWED | {"note", "message_cancelled"}


class Overtaken(Exception):
    """Others changed the case since; `since` are their entries, in order."""

    def __init__(self, event: CaseEvent, since: list[CaseEvent]):
        super().__init__(event.kind)
        self.event, self.since = event, since


class PartOfJob(Exception):
    """It was one of many acts done at once: they are undone together, by their job."""

    def __init__(self, job_id: int):
        super().__init__(job_id)
        self.job_id = job_id


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, and the case that goes on: a linked one where the act had closed it."""

    event: CaseEvent
    case: DefaultCase


def undo_last(*, merchant_ids: Collection[int], maker: Maker, now: datetime) -> Undone:
    """Take back this person's latest act within the last minute, at these merchants.

    Raises Overtaken, PartOfJob, and Refused: nothing_to_undo, or as `undo` and `cancel_message` do.
    """
    event = _latest(merchant_ids, maker.actor)
    if event is None:
        raise Refused("nothing_to_undo", f"Nothing was done within {SECONDS} seconds.")
    if job_id := _job_of(event):
        raise PartOfJob(job_id)
    with held(event.case_id) as case:
        if since := _others_since(event, maker.actor):
            raise Overtaken(event, since)
        if event.kind == REMINDED:
            cancel_message(case=case, message_id=event.data["message"], now=now, actor=maker.actor)
            return Undone(event, case)
        silence_about(event, now=now)
        return Undone(event, undo(case=case, seq=event.seq, role=maker.role, now=now, actor=maker.actor))


def _latest(merchant_ids: Collection[int], actor: str) -> CaseEvent | None:
    """The act itself: neither what followed from it, nor what has been taken back already, nor what taking back wrote."""
    # Both conditions on the actor: the index of staff's acts holds no others.
    recent = CaseEvent.objects.filter(
        actor=actor, actor__startswith="staff:", recorded_at__gt=Now() - timedelta(seconds=SECONDS)
    )
    recent = recent.filter(case__merchant__in=merchant_ids).exclude(kind__in=FOLLOWED)
    taken: set[tuple[int, int]] = set()
    traces: dict[int, str] = {}
    for event in recent.select_related("case").order_by("-id").iterator(chunk_size=50):
        if event.kind == "undone":
            taken.add((event.case_id, event.data["event"]))
            traces[event.case_id] = _TRACES.get(event.data["undid"], "")
        elif event.kind == traces.get(event.case_id):
            del traces[event.case_id]
        elif not (event.kind in _TAKE_BACK or (event.case_id, event.seq) in taken or _is_cancelled(event)):
            return event
    return None


def _job_of(event: CaseEvent) -> int | None:
    """The job whose act on this case wrote the entry."""
    rows = JobRow.objects.filter(case=event.case_id, version__lt=event.seq, job__asked_by=event.actor)
    row = rows.order_by("-pk").first()
    return row.job_id if row and row.made and max(row.made) >= event.seq else None


def _is_cancelled(event: CaseEvent) -> bool:
    """Whether this reminder was recalled before, or led to no message."""
    if event.kind != REMINDED:
        return False
    message = Message.objects.filter(id=event.data.get("message", 0)).first()
    return message is None or message.state == MessageState.CANCELLED


def _others_since(event: CaseEvent, actor: str) -> list[CaseEvent]:
    later = CaseEvent.objects.filter(case=event.case_id, seq__gt=event.seq).exclude(actor=actor)
    return list(later.exclude(kind__in=_HARMLESS).exclude(actor="system", at=event.at).order_by("seq"))
