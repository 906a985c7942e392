"""The alarm clock of this stage: each task looks at its table until nothing is due, or until its time is up."""

from collections.abc import Callable
from time import monotonic

from celery import shared_task

from common.clock import now

from . import services

SECONDS = 40


@shared_task
def detect_defaults(part: int = 0, parts: int = 1) -> None:
    """With `parts` > 1: the share `part` of the customers, so that several workers open cases side by side."""
    after = None

    def step() -> bool:
        nonlocal after
        after = services.open_cases(now=now(), part=part, parts=parts, after=after).reached
        return after is not None

    _until_done(step)


@shared_task
def reassess_touched() -> None:
    _until_done(lambda: services.reassess_touched(now=now()).cases)


@shared_task
def expire_agreements() -> None:
    _until_done(lambda: services.expire(now=now()).found)


@shared_task
def wake_snoozed() -> None:
    _until_done(lambda: services.wake_due(now=now()))


@shared_task
def forget_presence() -> None:
    services.forget_presence()


@shared_task
def note_receipts() -> None:
    """Money that customers paid here, or got back, told to their cases."""
    _until_done(lambda: services.note_receipts(now=now()))
    _until_done(lambda: services.note_refunds(now=now()))


@shared_task
def watch_protections() -> None:
    """Clocks of disputes and of requests for adjustment; incidents that were cut off."""
    services.finish_incidents(now=now())
    services.chase_duties(now=now())
    _until_done(lambda: services.expire_adjustments(now=now()))


@shared_task
def hold_minors() -> None:
    """What minors bought. It looks through every live case, and no rule lets a minor be asked meanwhile, so seldom."""
    _until_done(lambda: services.hold_minors(now=now()))


@shared_task
def keep_chances() -> None:
    """What each case is expected to bring, as it ages. It looks through every live case, and ages change once a day."""
    _until_done(lambda: services.keep_chances(now=now()))


@shared_task
def accrue_fees() -> None:
    after = 0

    def step() -> bool:
        nonlocal after
        after = services.accrue_fees(now=now(), after=after).reached
        return after is not None

    _until_done(step)


def _until_done(step: Callable[[], int]) -> None:
    end = monotonic() + SECONDS
    while step() and monotonic() < end:
        pass
