"""Taking back an act within a minute, where it has left the house nowhere: the history keeps both, the act and its undoing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.services import unconcede, unwaive

from ..authority import LEAD, may_decide
from ..models import CaseEvent, DefaultCase, Hold, PromiseToPay
from .acts import Refused, record
from .desk import hand_to
from .history import Entry, append
from .holds import end_hold
from .offers import withdraw_offer
from .reopening import open_linked
from .snooze import undo_snooze, undo_wake

SECONDS = 60
_IS_FRESH = f"""
SELECT recorded_at > clock_timestamp() - interval '{SECONDS} s' FROM defaults_caseevent WHERE id = %s
"""
_BETWEEN_NAMES = " & "
# Entries that say what an act led to.
FOLLOWED = frozenset({"moved", "claim_changed", "closed"})


def undoable_kinds() -> frozenset[str]:
    return frozenset(_UNDO)


def is_fresh(event: CaseEvent) -> bool:
    """Whether it was written within the last SECONDS, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_FRESH, [event.id])
        return cursor.fetchone()[0]


def is_made_by(event: CaseEvent, actor: str) -> bool:
    """An act that took two people was made by both."""
    kind, _, name = actor.partition(":")
    made_kind, _, names = event.actor.partition(":")
    return made_kind == kind and name in names.split(_BETWEEN_NAMES)


def undo(
    *, case: DefaultCase, seq: int, role: str | None, now: datetime, actor: str, in_time: bool = False
) -> DefaultCase:
    """Take back entry `seq` of this case, held by `desk.at_version`. Where it had closed the case, a linked one goes on.

    The version that an act answered will do for `seq`: what followed from the act leads back to it.

    Answers the live case. Messages about the entry are the caller's to stop first.
    Raises Refused: no_such_event, append_only, not_undoable, not_yours, too_late, already_undone, overtaken.
    """
    event = event_to_undo(case, seq=seq, role=role, actor=actor, in_time=in_time)
    facts = _UNDO[event.kind](case, event.data, now, actor)
    data = {"event": event.seq, "undid": event.kind} | (facts or {})
    if case.is_closed:
        append([Entry(case_id=case.id, kind="undone", at=now, actor=actor, data=data)])
        return open_linked(case, reason="undone", now=now, actor=actor)
    record(case, kind="undone", now=now, actor=actor, **data)
    return case


def event_to_undo(
    case: DefaultCase, *, seq: int, role: str | None, actor: str, in_time: bool = False
) -> CaseEvent:
    """The entry, if this person may undo it now. Raises Refused as `undo` does.

    `in_time`: the entry is part of a larger act, whose own time the caller has judged.
    """
    event = _act_behind(case, seq)
    if event is None:
        raise Refused("no_such_event", "The case has no such entry.")
    if event.kind == "note":
        raise Refused("append_only", "A note stays in the history. Write another one that puts it right.")
    if event.kind not in _UNDO or not event.actor.startswith(("staff:", "merchant:")):
        raise Refused(
            "not_undoable", "This cannot be undone. What it began can be ended by an act of its own."
        )
    if not is_made_by(event, actor) and not may_decide(role, LEAD):
        raise Refused("not_yours", "Only who did it, or a lead, may undo it.")
    if case.events.filter(kind="undone", data__event=event.seq).exists():
        raise Refused("already_undone", "It was undone before.")
    if not in_time and not is_fresh(event):
        raise Refused("too_late", f"An act can be undone for {SECONDS} seconds.")
    return event


def _act_behind(case: DefaultCase, seq: int) -> CaseEvent | None:
    """The entry itself or, of one that only says what followed, the act before it in the same stroke."""
    event = case.events.filter(seq=seq).first()
    if event is None or event.kind not in FOLLOWED:
        return event
    same = case.events.filter(seq__lt=seq, at=event.at, actor=event.actor).exclude(kind__in=FOLLOWED)
    return same.order_by("-seq").first() or event


def _end_hold(case: DefaultCase, data: Mapping[str, Any], now: datetime, actor: str) -> None:
    if not end_hold(hold_id=data["hold"], now=now, actor=actor):
        raise Refused("overtaken", "The hold has ended already.")


def _resume_hold(case: DefaultCase, data: Mapping[str, Any], now: datetime, actor: str) -> None:
    hold = Hold.objects.select_for_update().get(id=data["hold"])
    if hold.ended_at is None or (hold.until and hold.until <= now):
        raise Refused("overtaken", "The hold runs again, or its time is over.")
    Hold.objects.filter(id=hold.id).update(ended_at=None, ended_by="")


def _void_promise(case: DefaultCase, data: Mapping[str, Any], now: datetime, actor: str) -> None:
    made = PromiseToPay.objects.filter(id=data["promise"], state=PromiseToPay.State.MADE)
    hold_id = made.values_list("hold_id", flat=True).first()
    if not made.update(state=PromiseToPay.State.VOID, ended_at=now):
        raise Refused("overtaken", "The promise has ended already.")
    Hold.objects.filter(id=hold_id, ended_at=None).update(ended_at=now, ended_by=actor)


def _withdraw_offer(case: DefaultCase, data: Mapping[str, Any], now: datetime, actor: str) -> None:
    withdraw_offer(offer_id=data["offer"], now=now, actor=actor)


def _take_back_waiver(case: DefaultCase, data: Mapping[str, Any], now: datetime, actor: str) -> dict:
    parts = dict(data["parts"])
    return {"amount_minor": unwaive(parts=parts, act=f"{actor}: undone"[:80], now=now)}


def _take_back_concession(case: DefaultCase, data: Mapping[str, Any], now: datetime, actor: str) -> dict:
    back = unconcede(payment_ids=data["payments"], act=f"{actor}: undone"[:80], now=now)
    return {"amount_minor": back}


def _hand_back(case: DefaultCase, data: Mapping[str, Any], now: datetime, actor: str) -> None:
    hand_to(case, assignee_id=data.get("was") or None, kind="assigned", now=now, actor=actor)


_UNDO: dict[str, Callable[[DefaultCase, Mapping[str, Any], datetime, str], dict | None]] = {
    "held": _end_hold,
    "hold_ended": _resume_hold,
    "promised": _void_promise,
    "offer_made": _withdraw_offer,
    "waived": _take_back_waiver,
    "forgiven": _take_back_concession,
    "written_off": _take_back_concession,
    "assigned": _hand_back,
    "claimed": _hand_back,
    "snoozed": undo_snooze,
    "woke": undo_wake,
}
