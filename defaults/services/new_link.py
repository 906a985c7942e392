"""Asking for a new link without one: whoever asks learns nothing, and only an address known already is written to."""

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Channel, ContactPoint
from accounts.services.contacts import normalised, open_address

from ..models import CaseEvent, DefaultCase
from ..models.case import id_of
from .history import Entry, append

BETWEEN_LINKS = timedelta(minutes=10)
_DIGITS_COMPARED = 8


def ask_new_link(*, number: str, address: str, now: datetime) -> None:
    """Have a new link sent if the address is one of the case's customer; says nothing of whether it is.

    `number`: of the case, as in our messages. `address`: e-mail, or phone number as people write it. At most one in ten minutes.
    """
    case_id = id_of(number.strip().upper())
    case = DefaultCase.objects.filter(pk=case_id).first() if case_id else None
    points = ContactPoint.objects.filter(customer=case.customer_id) if case else []
    if not _is_among(points, address):
        return
    with transaction.atomic():
        DefaultCase.objects.select_for_update(no_key=True).get(pk=case.pk)
        lately = CaseEvent.objects.filter(case=case, kind="link_asked", at__gt=now - BETWEEN_LINKS)
        if not lately.exists():
            append([Entry(case_id=case.pk, kind="link_asked", at=now, actor="customer")])


def _is_among(points: Iterable[ContactPoint], address: str) -> bool:
    said = {Channel.EMAIL: normalised("email", address), Channel.SMS: _digits(address)}
    return any(_matches(point, said[Channel(point.channel)]) for point in points)


def _matches(point: ContactPoint, said: str) -> bool:
    known = open_address(point)
    known = normalised("email", known) if point.channel == Channel.EMAIL else _digits(known)
    return bool(known) and hmac.compare_digest(known.encode(), said.encode("utf-8", "replace"))


def _digits(address: str) -> str:
    """The end of a phone number, the same with and without its country code; empty where there are too few digits."""
    digits = "".join(sign for sign in address if sign in "0123456789")
    return digits[-_DIGITS_COMPARED:] if len(digits) >= _DIGITS_COMPARED else ""
