"""A run's row: its counts grow while it runs, and a person may pause it, let it go on, or stop it."""

from collections import Counter
from datetime import datetime
from typing import Protocol

from django.db import connection, transaction

from defaults.services.acts import Refused

from ..models import Run

_State = Run.State
_PAUSE = """
UPDATE reminders_run SET state = 'paused', paused_at = clock_timestamp(), state_by = %(by)s WHERE id = %(run)s
"""
_RESUME = """
UPDATE reminders_run
   SET state = 'running', state_by = %(by)s, paused_at = NULL,
       rested_seconds = rested_seconds + extract(epoch FROM clock_timestamp() - paused_at)::int
 WHERE id = %(run)s
"""
_STOP = """
UPDATE reminders_run SET state = 'stopped', ended_at = coalesce(paused_at, clock_timestamp()), state_by = %(by)s
 WHERE id = %(run)s
"""
_DONE = """
UPDATE reminders_run SET state = 'done', ended_at = clock_timestamp() WHERE id = %s AND state = 'running'
"""


class _Progress(Protocol):
    considered: int
    counts: Counter
    reasons: Counter


def start_run(
    *, as_of: datetime, asked_by: str, total: int, merchant_id: int | None = None, is_dry: bool = False
) -> Run:
    return Run.objects.create(
        as_of=as_of, asked_by=asked_by, total=total, merchant_id=merchant_id, is_dry=is_dry
    )


def hold_running(run: Run) -> bool:
    """Lock the run for the caller's transaction; whether it shall go on.

    Whoever writes decisions of a run holds it so, and whoever pauses or stops it waits for them. So when a pause is committed
    nothing more is decided, and what was being decided is either written whole or not at all.
    """
    return Run.objects.select_for_update(no_key=True).get(pk=run.pk).state == _State.RUNNING


def is_running(run: Run) -> bool:
    return Run.objects.filter(pk=run.pk, state=_State.RUNNING).exists()


def note_progress(run: Run, progress: _Progress) -> None:
    """Add to the counts of a run that this transaction holds."""
    held = Run.objects.get(pk=run.pk)
    held.considered += progress.considered
    held.counts = dict(Counter(held.counts) + progress.counts)
    held.reasons = dict(Counter(held.reasons) + progress.reasons)
    held.save(update_fields=["considered", "counts", "reasons"])


def end_run(run: Run) -> None:
    """Done, unless a person paused or stopped it."""
    with connection.cursor() as cursor:
        cursor.execute(_DONE, [run.pk])


def pause_run(*, run_id: int, actor: str) -> Run:
    """Let it rest; once this is committed no further case is decided. A paused one stays so. Raises Refused(run_over)."""
    return _moved(run_id, _PAUSE, actor=actor, wanted=_State.PAUSED)


def resume_run(*, run_id: int, actor: str) -> Run:
    """Go on with the cases not yet decided. A running one goes on. Raises Refused(run_over)."""
    return _moved(run_id, _RESUME, actor=actor, wanted=_State.RUNNING)


def stop_run(*, run_id: int, actor: str) -> Run:
    """End it for good; its remaining cases go back to the automatic rounds. Raises Refused(run_over) for one that is done."""
    return _moved(run_id, _STOP, actor=actor, wanted=_State.STOPPED)


@transaction.atomic
def _moved(run_id: int, statement: str, *, actor: str, wanted: str) -> Run:
    run = Run.objects.select_for_update(no_key=True).get(pk=run_id)
    if run.state == wanted:
        return run
    if run.state in (_State.DONE, _State.STOPPED):
        raise Refused("run_over", f"The run is {run.state}.")
    with connection.cursor() as cursor:
        cursor.execute(statement, {"run": run_id, "by": actor})
    run.refresh_from_db()
    return run
