"""The alarm clock of this stage."""

from time import monotonic

from celery import shared_task

from common.clock import now

from . import services

SECONDS = 40


@shared_task
def retry_parked() -> None:
    """Apply stored events whose obstacle is gone, until none is left or the time is up."""
    end = monotonic() + SECONDS
    while services.retry_waiting(now=now()) and monotonic() < end:
        pass
