"""The alarm clock of this stage."""

from time import monotonic

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from common.clock import now

from . import services
from .services.answered import forget_answers as forget_old_answers
from .services.asking import expire_checkouts as expire_due_checkouts
from .services.credit_refunds import carry_out_refunds as pay_back
from .services.gateway_events import apply_stored
from .services.names import read_names as read_new_names
from .services.sandbox import over_http, tell_sandbox

SECONDS = 40


@shared_task
def retry_parked() -> None:
    """Apply stored events whose obstacle is gone, until none is left or the time is up."""
    end = monotonic() + SECONDS
    while services.retry_waiting(now=now()) and monotonic() < end:
        pass


@shared_task
def apply_gateway_events() -> None:
    """Apply what gateways told and what was not applied as it came."""
    apply_stored(now=now())


@shared_task
def expire_checkouts() -> None:
    """End payments that nobody finished, each after its gateway was asked."""
    expire_due_checkouts(now=now())


@shared_task
def carry_out_refunds() -> None:
    """Give back over-payments that two people agreed on."""
    pay_back(now=now())


@shared_task
def tell_sandbox_answers() -> None:
    """The sandbox gateway makes its calls."""
    tell_sandbox(now=now(), send=over_http(), limit=50)


@shared_task
def forget_answers() -> None:
    """Delete answers given under an `Idempotency-Key` that nobody may ask for any more."""
    end = monotonic() + SECONDS
    while forget_old_answers(now=now()) and monotonic() < end:
        pass


@shared_task
def forget_sessions() -> None:
    """Delete sessions of staff that are over."""
    SessionStore.clear_expired()


@shared_task
def read_names() -> None:
    """Read the names that are new into the search, until none is left or the time is up."""
    end = monotonic() + SECONDS
    while read_new_names() and monotonic() < end:
        pass
