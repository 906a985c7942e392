"""Every stage once, each with what it found, what it settled, and how long the oldest had waited."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, QuerySet
from django.db.models.functions import Now

from accounts.models import PaymentEvent
from accounts.services import retry_waiting
from defaults import services as defaults
from defaults.models import DefaultCase, Hold

from ..channels import OpenChannel
from ..models import DeliveryEvent, Message
from .deliveries import apply_deliveries
from .plan import plan
from .release import release
from .send import send_due

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Swept:
    """`found`: due before. `fixed`: taken care of. `oldest`: how long the longest had waited."""

    stage: str
    found: int
    fixed: int
    oldest: timedelta


def sweep(*, clock: Callable[[], datetime], channels: dict[str, OpenChannel]) -> list[Swept]:
    """Run every stage once, in the order of the line; safe to run twice at once."""
    now = clock()
    waiting = PaymentEvent.objects.not_applied()
    stages: list[tuple[str, QuerySet, str, Callable[[], int]]] = [
        ("take in", waiting, "received_at", lambda: retry_waiting(now=now, limit=AT_ONCE)),
        (
            "reassess",
            DefaultCase.objects.touched(),
            "opened_at",
            lambda: defaults.reassess_touched(now=now).cases,
        ),
        (
            "expire",
            Hold.objects.filter(ended_at=None, until__lte=now),
            "until",
            lambda: defaults.expire(now=now).found,
        ),
        (
            "plan",
            DefaultCase.objects.due_for_review(now),
            "next_review_at",
            lambda: plan(now=now, limit=AT_ONCE).considered,
        ),
        (
            "send",
            Message.objects.filter(state="queued", due_at__lte=now),
            "due_at",
            lambda: send_due(clock=clock, channels=channels, limit=AT_ONCE).claimed,
        ),
        (
            "release",
            Message.objects.filter(state="sending", lease_until__lt=Now()),
            "lease_until",
            lambda: release(channels=channels).found,
        ),
        (
            "apply deliveries",
            DeliveryEvent.objects.filter(applied_at=None),
            "received_at",
            lambda: apply_deliveries(now=now),
        ),
    ]
    return [_swept(*stage, now=now) for stage in stages]


def _swept(stage: str, due: QuerySet, since: str, work: Callable[[], int], *, now: datetime) -> Swept:
    found, oldest = due.count(), due.order_by().aggregate(at=Min(since))["at"]
    return Swept(stage, found, work(), max(now - oldest, timedelta()) if oldest else timedelta())
