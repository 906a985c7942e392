"""Carrying a job out: each case through the door of a single act, in a transaction with the row that says so.

A worker that is killed leaves the row as it was, and the next one takes it. What goes wrong with one case ends with it,
also when it is what kills the workers.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from django.db import OperationalError, connection, transaction
from django.db.models import F, QuerySet

from accounts.models import ApiKey, User
from defaults.authority import RANKS
from defaults.services.acts import Refused
from defaults.services.desk import StaleEdit
from defaults.services.limited_acts import Maker

from ..models import Job, JobRow
from .act_args import Unfit
from .job_acts import Result, do, take_back
from .jobs import end_if_done

log = logging.getLogger(__name__)

State = JobRow.State
_JOB_LOCKS = 1 << 58  # keeps these numbers apart from the contact locks and those of runs
# One case that waits for ever would stop the others.
_LONGEST = "SET LOCAL statement_timeout = '15s'"
_SLICE_SECONDS = 5
# After so many lost workers each case is noted before it is begun, so that the one that kills them is known.
_DEATHS_BORNE = 3


@dataclass(frozen=True, slots=True)
class Rights:
    """As they are now, and never more than when the job was asked for."""

    maker: Maker
    user: User | None
    merchants: frozenset[int]


def carry_out_jobs(*, clock: Callable[[], datetime], seconds: float) -> bool:
    """Carry on with every job that is not done, in turns, until nothing is left or the time is up; whether any was done."""
    end, did_any = monotonic() + seconds, False
    while monotonic() < end:
        to_do = Job.objects.filter(state__in=[Job.State.WAITING, Job.State.RUNNING]).order_by("pk")
        worked = [carry_out(job, clock=clock, seconds=_SLICE_SECONDS) for job in to_do]
        if not any(worked):
            break
        did_any = True
    return did_any


def carry_out(job: Job, *, clock: Callable[[], datetime], seconds: float) -> bool:
    """Work on this job for up to `seconds`; whether anything was done. Only one worker has it at a time."""
    with _alone(job) as is_ours:
        if not is_ours:
            return False
        Job.objects.filter(pk=job.pk, state=Job.State.WAITING).update(state=Job.State.RUNNING)
        rights, end, done = rights_of(job), monotonic() + seconds, 0
        is_wary = _take_up(job, now=clock())
        while monotonic() < end:
            if is_wary:
                _suspect_next(job)
            if not carry_out_next(job, rights, now=clock()):
                break
            done += 1
        Job.objects.filter(pk=job.pk).update(deaths=0, suspect=None)
        end_if_done(job)
    return done > 0


def carry_out_next(job: Job, rights: Rights | None, *, now: datetime) -> bool:
    """The next case of a running job; False when there is none. Safe beside other workers."""
    with transaction.atomic():
        row = _next(job)
        if row is None:
            return False
        with connection.cursor() as cursor:
            cursor.execute(_LONGEST)
        if row.state == State.UNDOING:
            result = outcome_of(row, rights, lambda: take_back(row, maker=rights.maker, now=now), State.KEPT)
        else:
            result = outcome_of(
                row, rights, lambda: do(job, row, maker=rights.maker, user=rights.user, now=now)
            )
        _write(row, result, now=now)
    return True


def _next(job: Job) -> JobRow | None:
    rows = _to_do(job).select_related("case__merchant", "case__customer")
    return rows.select_for_update(of=("self",), no_key=True, skip_locked=True).first()


def _to_do(job: Job) -> QuerySet[JobRow]:
    rows = JobRow.objects.filter(job=job, job__state=Job.State.RUNNING)
    return rows.filter(state__in=[State.WAITING, State.UNDOING]).order_by("state", "pk")


def _take_up(job: Job, *, now: datetime) -> bool:
    """Count this worker as lost until it has ended its turn; whether so many were that cases are begun warily.

    The case that was in hand when the last of them was lost is given up.
    """
    Job.objects.filter(pk=job.pk).update(deaths=F("deaths") + 1)
    job.refresh_from_db(fields=["deaths", "suspect"])
    for row in _to_do(job).filter(pk=job.suspect):
        log.error("job row %s was in hand when its worker was lost", row.pk)
        state = State.FAILED if row.state == State.WAITING else State.KEPT
        _write(
            row,
            Result(state, "worker_lost", "A worker was lost over this case. Nothing was done to it."),
            now=now,
        )
    return job.deaths > _DEATHS_BORNE


def _suspect_next(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(suspect=_to_do(job).values("pk")[:1])


def outcome_of(
    row: JobRow, rights: Rights | None, act: Callable[[], Result], refused: str = State.REFUSED
) -> Result:
    """What became of the case; whatever it raised is undone with it."""
    if rights is None or row.case.merchant_id not in rights.merchants:
        return Result(refused, "no_longer_allowed", "Who asked for it may not do this any more.")
    failed = State.FAILED if refused == State.REFUSED else refused
    try:
        with transaction.atomic():
            return act()
    except StaleEdit as problem:
        return Result(failed, "stale_version", str(problem))
    except (Refused, Unfit) as refusal:
        return Result(refused, refusal.code, refusal.detail)
    except OperationalError as problem:
        log.info("job row %s: %s", row.pk, problem)
        return Result(failed, "busy", "Somebody else, or a message that is leaving, had the case. Try again.")
    except Exception:
        log.exception("job row %s", row.pk)
        return Result(failed, "internal_error", "This is our fault. Nothing was done to this case.")


def _write(row: JobRow, result: Result, *, now: datetime) -> None:
    JobRow.objects.filter(pk=row.pk).update(
        state=result.state,
        code=result.code[:40],
        detail=result.detail[:300],
        made=row.made if result.made is None else result.made,
        message_id=result.message_id or row.message_id,
        done_at=now,
    )


def rights_of(job: Job) -> Rights | None:
    if job.asked_by.startswith("merchant:"):
        key = ApiKey.objects.filter(key_id=job.asked_by.removeprefix("merchant:"), revoked_at=None).first()
        return key and Rights(Maker(job.asked_by, None), None, frozenset({key.merchant_id}))
    user = User.objects.filter(pk=job.user_id, is_active=True).first()
    if user is None:
        return None
    role = min(job.role, user.role, key=RANKS.__getitem__)
    merchants = frozenset(user.visible_merchants().values_list("pk", flat=True))
    return Rights(Maker(job.asked_by, role), user, merchants)


@contextmanager
def _alone(job: Job) -> Iterator[bool]:
    """Hold the job for the block; yields whether it was free. It goes when its connection goes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_JOB_LOCKS + job.pk])
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_JOB_LOCKS + job.pk])
