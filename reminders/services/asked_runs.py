"""Runs that somebody asked for: carried out by whichever worker looks first, one worker to a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection

from ..models import Run
from .plan import plan
from .runs import end_run, is_running

_RUN_LOCKS = 1 << 57  # keeps these numbers apart from the contact locks


def carry_out_runs(*, now: datetime, limit: int) -> int:
    """Carry on with every run that is running, by up to `limit` cases each; how many cases were considered.

    A run whose worker was killed is carried on by the next: what it decided is committed with its counts, case by case once.
    A dry run keeps no place between two calls, so it is done in one piece, and again from the start after a crash or a pause.
    """
    considered = 0
    for run in Run.objects.filter(state=Run.State.RUNNING).order_by("pk"):
        with run_lock(run.pk) as is_ours:
            if is_ours and is_running(run):
                considered += _all_at_once(run) if run.is_dry else _some(run, now=now, limit=limit)
    return considered


def _some(run: Run, *, now: datetime, limit: int) -> int:
    """What is really sent is decided on the present facts, whenever the run was asked for."""
    done = plan(now=now, limit=limit, run=run, merchant_id=run.merchant_id)
    if done.is_over:
        end_run(run)
    return done.considered


def _all_at_once(run: Run) -> int:
    Run.objects.filter(pk=run.pk).update(considered=0, counts={}, reasons={})
    done = plan(now=run.as_of, limit=max(run.total, 1), run=run, merchant_id=run.merchant_id, dry=True)
    end_run(run)
    return done.considered


@contextmanager
def run_lock(run_id: int) -> Iterator[bool]:
    """Hold the run for the block; yields whether it was free. It goes when its connection goes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_RUN_LOCKS + run_id])
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_RUN_LOCKS + run_id])
