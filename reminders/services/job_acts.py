"""One case of a job: the act done or taken back through the doors a person uses, and what to note of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from defaults.models import Approval, DefaultCase
from defaults.services.acts import Refused
from defaults.services.desk import StaleEdit, held
from defaults.services.limited_acts import Maker
from defaults.services.undo import event_to_undo, undo

from ..message_states import MessageState
from ..models import Job, JobRow, Message
from .case_acts import perform
from .jobs import MACRO
from .remind import cancel_message, silence_about
from .shared_args import body_for

State = JobRow.State


@dataclass(frozen=True, slots=True)
class Result:
    """`made`: the versions the case was brought to, in order; None: as before."""

    state: str
    code: str = ""
    detail: str = ""
    made: list[int] | None = None
    message_id: int | None = None


def do(job: Job, row: JobRow, *, maker: Maker, user: User | None, now: datetime) -> Result:
    """The job's act on this case, at the version the job saw. Raises as `perform` does."""
    if job.action != MACRO:
        return _step(row.case, row.version, job.action, job.args, maker=maker, user=user, now=now)
    results: list[Result] = []
    version = row.version
    for step in job.args["steps"]:
        result = _step(row.case, version, step["action"], step["args"], maker=maker, user=user, now=now)
        if result.state == State.ASKED:
            detail = f"{step['action']} needs a second person here. Ask for it by itself; nothing was done."
            raise Refused("needs_approval_alone", detail)
        results.append(result)
        version = result.made[-1] if result.made else version
    made = [version for result in results for version in result.made or []]
    messages = [result.message_id for result in results if result.message_id]
    codes = [result.code for result in results if result.message_id or result.code not in ("", "unchanged")]
    code = (codes or ["" if made else "unchanged"])[-1]
    return Result(State.DONE, code, "", made, messages[-1] if messages else None)


def take_back(row: JobRow, *, maker: Maker, now: datetime) -> Result:
    """Undo what was done to this case, the last first, if nobody has changed it since. Raises StaleEdit, Refused."""
    with held(row.case_id) as case:
        if row.made and case.version != row.made[-1]:
            raise StaleEdit(_changed(case))
        kinds = dict(case.events.filter(seq__in=row.made).values_list("seq", "kind"))
        has_cancelled = _take_message_back(row, case, maker=maker, now=now)
        stays = {"note"} if len(row.made) > 1 else set()
        stays |= {"reminder_asked"} if has_cancelled else set()
        for seq in reversed(row.made):
            if kinds[seq] not in stays:
                _undo(case, seq, maker=maker, now=now)
    return Result(State.UNDONE)


def _step(
    case: DefaultCase,
    version: int,
    action: str,
    args: Mapping[str, Any],
    *,
    maker: Maker,
    user: User | None,
    now: datetime,
) -> Result:
    body = body_for(case, action, args, now=now)
    done = perform(
        case_id=case.pk, version=version, action=action, body=body, maker=maker, user=user, now=now
    )
    if isinstance(done, Approval):
        return Result(State.ASKED, "needs_approval", f"Approval {done.pk}: {done.needs_role} or above.")
    case.refresh_from_db()
    made = [case.version] if case.version != version else []
    if isinstance(done, dict):
        message = Message.objects.filter(case=case, step_key=done["step"], queued_at=now).first()
        return Result(State.DONE, done["kind"], "", made, message and message.pk)
    return Result(State.DONE, "" if made or done.pk != case.pk else "unchanged", "", made)


def _take_message_back(row: JobRow, case: DefaultCase, *, maker: Maker, now: datetime) -> bool:
    message = row.message
    if message is None or message.state in (MessageState.CANCELLED, MessageState.EXPIRED):
        return False
    cancel_message(case=case, message_id=message.pk, now=now, actor=maker.actor)
    return True


def _undo(case: DefaultCase, seq: int, *, maker: Maker, now: datetime) -> None:
    event = event_to_undo(case, seq=seq, role=maker.role, actor=maker.actor, in_time=True)
    silence_about(event, now=now)
    undo(case=case, seq=seq, role=maker.role, now=now, actor=maker.actor, in_time=True)


def _changed(case: DefaultCase) -> str:
    last = case.events.order_by("-seq").values("kind", "actor").first()
    return f"Changed since: {last['kind']} by {last['actor']}."
