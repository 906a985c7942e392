"""A run's row: its counts grow while it runs, and a person may pause or stop it."""

from collections import Counter
from datetime import datetime
from typing import Protocol

from ..models import Run


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


def note_progress(run: Run, progress: _Progress) -> bool:
    """Add to the run's counts within the caller's transaction; whether the run shall go on."""
    locked = Run.objects.select_for_update().get(pk=run.pk)
    locked.considered += progress.considered
    locked.counts = dict(Counter(locked.counts) + progress.counts)
    locked.reasons = dict(Counter(locked.reasons) + progress.reasons)
    locked.save(update_fields=["considered", "counts", "reasons"])
    return locked.state == Run.State.RUNNING


def end_run(run: Run, *, now: datetime) -> None:
    """Done, unless a person paused or stopped it."""
    Run.objects.filter(pk=run.pk, state=Run.State.RUNNING).update(state=Run.State.DONE, ended_at=now)
