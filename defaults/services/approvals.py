"""Acts that give money up or hand a case away: done at once within a person's authority, else put to a second person.

The act and its approval name both people. What was approved is the case as its maker saw it: on another version the
approval is overtaken.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from ..agreement_states import ApprovalState
from ..authority import may_decide, needed_role
from ..models import Approval, DefaultCase
from .acts import Refused
from .desk import held
from .history import Entry, append
from .limited_acts import DO, Maker
from .limits import weigh

LONGEST_ACTOR = 120
_SYSTEM = "system"


class _Undone(Exception):
    """Ends the rehearsal of an act; nothing of it stays."""


def do_or_ask(
    *, case: DefaultCase, action: str, args: Mapping[str, Any], maker: Maker, now: datetime
) -> Approval | DefaultCase:
    """The act if `maker` may do it alone, else the approval it waits for. `case` is held by `desk.at_version`.

    `args` are those of the API. Answers the approval, or the case that goes on (a linked one after `reopen`).
    Raises Refused, as the act does, or `approval_open`.
    """
    act, limits = weigh(case, action, args, now=now)
    needs = needed_role(maker.role, act, limits)
    if needs is None:
        return DO[action](case, args, now, maker)
    _rehearse(case, action, args, now=now, maker=maker)
    return _ask(case, action, args, needs=needs, maker=maker, now=now)


def needs_second(
    case: DefaultCase, action: str, args: Mapping[str, Any], *, role: str | None, now: datetime
) -> str | None:
    """The role of the second person this act would need; None: `role` may do it alone. Reads only."""
    act, limits = weigh(case, action, args, now=now)
    return needed_role(role, act, limits)


def grant(*, approval_id: int, checker: Maker, now: datetime, comment: str = "") -> Approval:
    """Do what was asked for, in both names; `overtaken` in its state tells that the case had moved on and nothing was done.

    Raises Refused: own_approval, missing_role, already_decided, and what the act refuses, which leaves it open.
    """
    case_id = Approval.objects.values_list("case_id", flat=True).get(id=approval_id)
    with held(case_id) as case:
        approval = _to_decide(approval_id, checker)
        if case.version != approval.version:
            return _decided(approval, ApprovalState.OVERTAKEN, by=_SYSTEM, now=now, comment=comment)
        _decided(approval, ApprovalState.GRANTED, by=checker.actor, now=now, comment=comment)
        _note(case, approval, now=now)
        both = f"{approval.asked_by} & {checker.actor.removeprefix('staff:')}"[:LONGEST_ACTOR]
        DO[approval.action](case, approval.args, now, Maker(both, checker.role))
    return approval


def refuse(*, approval_id: int, checker: Maker, now: datetime, comment: str = "") -> Approval:
    """Say no. Raises Refused: own_approval, missing_role, already_decided."""
    case_id = Approval.objects.values_list("case_id", flat=True).get(id=approval_id)
    with held(case_id) as case:
        approval = _to_decide(approval_id, checker)
        _decided(approval, ApprovalState.REFUSED, by=checker.actor, now=now, comment=comment)
        _note(case, approval, now=now)
    return approval


def _rehearse(
    case: DefaultCase, action: str, args: Mapping[str, Any], *, now: datetime, maker: Maker
) -> None:
    """Nobody is asked to approve what could not be done: try it, and take it back."""
    before = {field.attname: getattr(case, field.attname) for field in case._meta.concrete_fields}
    try:
        with transaction.atomic():
            DO[action](case, args, now, maker)
            raise _Undone
    except _Undone:
        for name, value in before.items():
            setattr(case, name, value)


def _ask(
    case: DefaultCase, action: str, args: Mapping[str, Any], *, needs: str, maker: Maker, now: datetime
) -> Approval:
    """Open the approval; the same one asked for twice is one."""
    args = dict(args)
    standing = Approval.objects.filter(case=case, action=action, state=ApprovalState.ASKED)
    for one in standing.select_for_update(no_key=True):
        if one.version != case.version:
            _decided(one, ApprovalState.OVERTAKEN, by=_SYSTEM, now=now, comment="")
        elif one.args == args:
            return one
        else:
            raise Refused(
                "approval_open", "The same act with other terms waits for approval. Have that decided first."
            )
    return Approval.objects.create(
        case=case,
        action=action,
        args=args,
        version=case.version,
        needs_role=needs,
        reason=str(args.get("reason", ""))[:500],
        state=ApprovalState.ASKED,
        asked_by=maker.actor,
        asked_at=now,
    )


def _to_decide(approval_id: int, checker: Maker) -> Approval:
    approval = Approval.objects.select_for_update(no_key=True).get(id=approval_id)
    if approval.state != ApprovalState.ASKED:
        raise Refused("already_decided", f"The approval is {approval.state} already.")
    if checker.actor == approval.asked_by:
        raise Refused("own_approval", "Somebody else decides what you asked for.")
    if not may_decide(checker.role, approval.needs_role):
        raise Refused("missing_role", f"This needs a staff member: {approval.needs_role} or above.")
    return approval


def _decided(approval: Approval, state: ApprovalState, *, by: str, now: datetime, comment: str) -> Approval:
    approval.state, approval.decided_by, approval.decided_at = state, by, now
    approval.comment = comment
    approval.save(update_fields=["state", "decided_by", "decided_at", "comment"])
    return approval


def _note(case: DefaultCase, approval: Approval, *, now: datetime) -> None:
    data = {"approval": approval.id, "action": approval.action, "asked_by": approval.asked_by}
    entry = Entry(
        case_id=case.id, kind=f"approval_{approval.state}", at=now, actor=approval.decided_by,
        reason=approval.comment, data=data,
    )  # fmt: skip
    case.version = append([entry])[case.id]
