"""Workers of one job against each other, against changes from outside, and killed in the middle of a case."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from defaults.models import CaseEvent, DefaultCase
from reminders.models import Job
from reminders.services import job_rows
from reminders.services.job_rows import carry_out, carry_out_next, rights_of

from .bulking import Bulk, rows_of

pytestmark = pytest.mark.django_db(transaction=True)


def until_done(job: Job, shop: Bulk) -> None:
    try:
        while carry_out_next(job, rights_of(job), now=shop.now):
            pass
    finally:
        connection.close()


def killed_within_a_case(job: Job, shop: Bulk, *, after: int = 0, over: DefaultCase | None = None) -> None:
    """A worker of its own process, killed after the act of its last case, or of this one, and before the commit."""
    child = os.fork()
    if child == 0:
        kept = connection.connection  # The parent's: it must not be closed from here.
        connection.connection = None
        write, seen = job_rows._write, []

        def deadly(row, result, *, now):
            seen.append(row)
            if row.case == over if over else len(seen) > after:
                os.kill(os.getpid(), signal.SIGKILL)
            write(row, result, now=now)

        job_rows._write = deadly
        carry_out(job, clock=lambda: shop.now, seconds=60)
        os._exit(0 if kept else 1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), status


def claims() -> list[int]:
    return list(CaseEvent.objects.filter(kind="claimed").values_list("case_id", flat=True))


def test_four_workers_at_once_do_each_case_once() -> None:
    shop = Bulk(24)
    job = shop.ask("claim")
    Job.objects.update(state="running")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: until_done(job, shop), range(4)))
    assert sorted(claims()) == [case.pk for case in shop.cases]
    assert rows_of(job) == [("done", "")] * 24


def test_a_killed_worker_neither_loses_nor_doubles_a_case() -> None:
    shop = Bulk(6)
    job = shop.ask("claim")
    for after in (0, 2, 1):
        killed_within_a_case(job, shop, after=after)
    assert len(claims()) == 3
    shop.work(job)
    assert sorted(claims()) == [case.pk for case in shop.cases]
    assert (rows_of(job), job.state) == ([("done", "")] * 6, "done")


@pytest.mark.parametrize(("deaths", "told"), [(3, ("done", "")), (4, ("failed", "worker_lost"))])
def test_a_case_that_kills_its_worker_is_given_up_after_the_fourth_and_the_others_are_done(
    deaths, told
) -> None:
    shop = Bulk(4)
    job = shop.ask("claim")
    for _ in range(deaths):
        killed_within_a_case(job, shop, over=shop.cases[1])
    shop.work(job)
    assert rows_of(job) == [("done", ""), told, ("done", ""), ("done", "")]
    assert set(claims()) == {case.pk for case in shop.cases if case != shop.cases[1] or told[0] == "done"}
    assert (job.state, job.deaths, job.suspect) == ("done", 0, None)


def test_two_jobs_at_once_on_the_same_cases_never_write_over_each_other() -> None:
    shop = Bulk(12)
    jobs = [shop.ask("claim"), shop.ask("claim", user=shop.person("bo"))]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda job: until_done(job, shop) if start(job) else None, jobs))
    for first, second in zip(*map(rows_of, jobs), strict=True):
        assert {first, second} == {("done", ""), ("failed", "stale_version")}
    assert len(claims()) == 12
    assert DefaultCase.objects.filter(assignee=None).count() == 0


def start(job: Job) -> bool:
    return bool(Job.objects.filter(pk=job.pk).update(state="running"))
