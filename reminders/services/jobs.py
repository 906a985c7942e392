"""One act on many cases: asked for in one statement, stopped, taken up again, undone. `job_rows` carries it out.

Which cases they are is decided once, when the job is asked for: exactly those of the filter at that instant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Count, F, Func, Q, QuerySet

from accounts.models import User
from defaults.authority import LEAD, may_decide
from defaults.models import DefaultCase
from defaults.services.acts import Refused
from defaults.services.limited_acts import Maker

from ..models import Job, JobRow

# So many are done while the caller waits; more go on without him.
AT_ONCE = 200
UNDO_SECONDS = 60
MACRO = "macro"

_TAKE = """
INSERT INTO reminders_jobrow (job_id, case_id, version)
SELECT %s, chosen.id, chosen.version FROM ({cases}) AS chosen (id, version)
"""
_MERCHANTS = """
SELECT array_agg(DISTINCT c.merchant_id) FROM reminders_jobrow r JOIN defaults_defaultcase c ON c.id = r.case_id
 WHERE r.job_id = %s
"""
_SECONDS_LEFT = f"""
SELECT ceil(extract(epoch FROM ended_at + interval '{UNDO_SECONDS} s' - clock_timestamp()))::int
  FROM reminders_job WHERE id = %s
"""
# Only what failed is tried again, on the cases as they are now.
_AGAIN = """
UPDATE reminders_jobrow r SET state = 'waiting', code = '', detail = '', version = c.version
  FROM defaults_defaultcase c WHERE c.id = r.case_id AND r.job_id = %s AND r.state = 'failed'
"""


class NothingChosen(Exception):
    """No case is in the selection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """`user` None: a merchant's own key."""

    maker: Maker
    user: User | None


class _ClockTime(Func):
    function = "clock_timestamp"
    template = "%(function)s()"


CLOCK = _ClockTime()


def ask_job(
    *,
    cases: QuerySet[DefaultCase],
    asker: Asker,
    action: str,
    args: Mapping[str, Any],
    chosen: Mapping[str, Any],
) -> Job:
    """Write down the job and its rows, in the order of `cases`, which are those the asker may see. Two statements.

    `args` have passed `shared_args.check_shared`. Raises NothingChosen.
    """
    with transaction.atomic():
        job = Job.objects.create(
            asked_by=asker.maker.actor, user=asker.user, role=asker.maker.role or "", action=action,
            args=args, chosen=chosen, merchants=[], total=0,
        )  # fmt: skip
        job.total = _take(job, cases)
        if not job.total:
            raise NothingChosen
        with connection.cursor() as cursor:
            cursor.execute(_MERCHANTS, [job.pk])
            (job.merchants,) = cursor.fetchone()
        job.save(update_fields=["total", "merchants"])
    job.refresh_from_db()
    return job


def stop_job(*, job: Job, maker: Maker) -> None:
    """Begin no further case. Raises Refused: not_yours, already_ended_job."""
    _own(job, maker)
    running = Job.objects.filter(pk=job.pk, state__in=[Job.State.WAITING, Job.State.RUNNING])
    if not running.update(state=Job.State.STOPPED, ended_at=CLOCK):
        raise Refused("job_ended", "The job has ended already.")
    _drop_waiting(job)


def retry_failed(*, job: Job, maker: Maker) -> int:
    """Try the failed rows again; how many. Raises Refused: not_yours, job_undone."""
    _own(job, maker)
    with transaction.atomic():
        locked = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
        if locked.undo_asked_at is not None:
            raise Refused("job_undone", "The job was undone. Ask for a new one.")
        with connection.cursor() as cursor:
            cursor.execute(_AGAIN, [job.pk])
            again = cursor.rowcount
        if again:
            Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, ended_at=None)
    return again


def ask_undo(*, job: Job, maker: Maker) -> int:
    """Stop the job if it runs, and set down what is to be undone; how many rows.

    Raises Refused: not_yours, already_undone, too_late.
    """
    _own(job, maker)
    with transaction.atomic():
        locked = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
        if locked.undo_asked_at is not None:
            raise Refused("already_undone", "It was undone before.")
        if not locked.is_running and seconds_left(locked) <= 0:
            raise Refused("too_late", f"A bulk act can be undone for {UNDO_SECONDS} seconds.")
        _drop_waiting(job)
        made = Q(made__len__gt=0) | Q(message__isnull=False)
        rows = JobRow.objects.filter(made, job=job, state=JobRow.State.DONE)
        undoing = rows.update(state=JobRow.State.UNDOING)
        Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, ended_at=None, undo_asked_at=CLOCK)
    return undoing


def end_if_done(job: Job) -> bool:
    """Note the end where nothing is left to do; whether it has ended."""
    to_do = JobRow.objects.filter(job=job, state__in=[JobRow.State.WAITING, JobRow.State.UNDOING])
    if not to_do.exists():
        running = Job.objects.filter(pk=job.pk, state__in=[Job.State.WAITING, Job.State.RUNNING])
        running.update(state=Job.State.DONE, ended_at=CLOCK)
    job.refresh_from_db()
    return not job.is_running


def seconds_left(job: Job) -> int:
    """For how long it can be undone, by the database's clock; 0 when it no longer can."""
    if job.undo_asked_at is not None:
        return 0
    if job.is_running:
        return UNDO_SECONDS
    with connection.cursor() as cursor:
        cursor.execute(_SECONDS_LEFT, [job.pk])
        return max(0, cursor.fetchone()[0])


def counts_of(job: Job) -> dict[tuple[str, str], int]:
    """How many rows there are of each (state, code)."""
    counted = job.rows.order_by().values_list("state", "code").annotate(number=Count("pk"))
    return {(state, code): number for state, code, number in counted}


def visible_jobs(merchant_ids: QuerySet | list[int] | None) -> QuerySet[Job]:
    """The jobs all of whose cases are of these merchants; None: every merchant."""
    jobs = Job.objects.select_related("user")
    return jobs if merchant_ids is None else jobs.filter(merchants__contained_by=list(merchant_ids))


def may_change(job: Job, maker: Maker) -> bool:
    return maker.actor == job.asked_by or (maker.role is not None and may_decide(maker.role, LEAD))


def _own(job: Job, maker: Maker) -> None:
    if not may_change(job, maker):
        raise Refused("not_yours", "Only who asked for it, or a lead, may do that.")


def _drop_waiting(job: Job) -> None:
    waiting = JobRow.objects.filter(job=job, state=JobRow.State.WAITING)
    waiting.update(state=JobRow.State.DROPPED)


def _take(job: Job, cases: QuerySet[DefaultCase]) -> int:
    try:
        sql, params = cases.annotate(seen=F("version")).values_list("pk", "seen").query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_TAKE.format(cases=sql), [job.pk, *params])
        return cursor.rowcount
