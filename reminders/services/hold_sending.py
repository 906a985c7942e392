"""The switch that stops everything from leaving, within the seconds that a group of messages takes."""

from datetime import datetime

from django.db import transaction

from ..models import SendHold


def hold_sending(*, reason: str, by: str, now: datetime) -> bool:
    """Stop all sending; False: it was stopped already, and the first reason stands."""
    _, is_new = SendHold.objects.get_or_create(
        lifted_at=None, defaults={"reason": reason[:300], "placed_by": by[:120], "since_at": now}
    )
    return is_new


def resume_sending(*, now: datetime) -> bool:
    """Let messages leave again; False: nothing held them."""
    with transaction.atomic():
        return bool(SendHold.objects.filter(lifted_at=None).update(lifted_at=now))


def sending_held() -> SendHold | None:
    return SendHold.objects.filter(lifted_at=None).first()
