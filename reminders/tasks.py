"""The alarm clock of this stage: each task looks at its table until nothing is due, or until its time is up."""

import logging
from time import monotonic

from celery import Task, shared_task
from kombu.exceptions import OperationalError

from common.clock import now

from .channels import open_channels
from .services.agencies import tell_agencies as tell_of_recalls
from .services.asked_runs import carry_out_runs as carry_on
from .services.correspondence import answer
from .services.deliveries import apply_deliveries as apply_reports
from .services.job_rows import carry_out_jobs as carry_on_with_jobs
from .services.plan import plan
from .services.release import release
from .services.send import send_due

log = logging.getLogger(__name__)

SECONDS = 30
PLANNED_AT_ONCE = 5000
ANSWERED_AT_ONCE = 500
SENT_AT_ONCE = 200


@shared_task
def plan_next_steps() -> None:
    """Decide every case whose review is due; messages that come of it ring for the sender."""
    end = monotonic() + SECONDS
    while monotonic() < end:
        result = plan(now=now(), limit=PLANNED_AT_ONCE)
        if result.messages:
            ring(send_due_messages)
        if result.considered < PLANNED_AT_ONCE:
            return


@shared_task
def carry_out_runs() -> None:
    """Carry on with the runs that staff asked for."""
    end = monotonic() + SECONDS
    while carry_on(now=now(), limit=PLANNED_AT_ONCE) and monotonic() < end:
        ring(send_due_messages)


@shared_task
def carry_out_jobs() -> None:
    """Carry on with acts on many cases; messages that come of them ring for the sender."""
    if carry_on_with_jobs(clock=now, seconds=SECONDS):
        ring(send_due_messages)


@shared_task
def answer_customers() -> None:
    """Queue what customers are to be told of what happened to their cases, and ring for the sender."""
    end = monotonic() + SECONDS
    while monotonic() < end:
        queued = answer(now=now(), limit=ANSWERED_AT_ONCE)
        if queued:
            ring(send_due_messages)
        if queued < ANSWERED_AT_ONCE:
            return


@shared_task
def send_due_messages() -> None:
    """Take due messages through the gate, over connections kept for the whole task."""
    end = monotonic() + SECONDS
    with open_channels() as channels:
        while monotonic() < end:
            if not send_due(clock=now, channels=channels, limit=SENT_AT_ONCE).claimed:
                return


@shared_task
def release_stalled() -> None:
    """Settle messages whose sender went silent."""
    end = monotonic() + SECONDS
    with open_channels() as channels:
        while monotonic() < end:
            result = release(channels=channels)
            if result.queued:
                ring(send_due_messages)
            if not result.found:
                return


@shared_task
def apply_deliveries() -> None:
    """Apply what providers reported."""
    end = monotonic() + SECONDS
    while apply_reports(now=now()) and monotonic() < end:
        pass


@shared_task
def tell_agencies() -> None:
    """Tell agencies of the cases that were taken back from them."""
    tell_of_recalls(now=now())


def ring(task: Task) -> None:
    """Wake the next stage sooner; without a broker its own tick finds the work."""
    try:
        task.delay()
    except OperationalError as error:
        log.warning("the bell of %s did not ring: %s", task.name, error)
