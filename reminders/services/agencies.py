"""Telling agencies that a case was taken back: by e-mail, until the mail server has taken it.

The mail says which case, and nothing about the customer. Its Message-ID is derived from the placement, so that a mail sent
again after a crash is known as the same one.
"""

import hashlib
import logging
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from defaults.agreement_states import PlacementState
from defaults.models import Placement
from defaults.models.case import number_of

log = logging.getLogger(__name__)

_RECALL_LOCKS = 1 << 58  # keeps these numbers apart from any other advisory lock of the database


def tell_agencies(*, now: datetime, limit: int = 100) -> int:
    """Tell of up to `limit` recalls that no agency knows of yet; how many were told. Not inside a transaction.

    What the mail server does not take stays for the next call. Two callers never tell the same one side by side.
    """
    told = 0
    for placement_id in _untold().order_by("pk").values_list("pk", flat=True)[:limit]:
        with _alone(placement_id) as is_ours:
            placement = _untold().select_related("agency", "case__merchant").filter(pk=placement_id).first()
            if not is_ours or placement is None:
                continue
            if not _tell(placement):
                return told
            Placement.objects.filter(pk=placement_id).update(agency_told_at=now)
            told += 1
    return told


def _untold():
    return Placement.objects.filter(
        state=PlacementState.RECALLED, placed_at__isnull=False, agency_told_at__isnull=True
    )


def _tell(placement: Placement) -> bool:
    """Whether the mail server has it."""
    number, agency = number_of(placement.case_id), placement.agency
    words = {"case": number, "merchant": placement.case.merchant.name, "agency": agency.name}
    with translation.override(placement.case.merchant.locale):
        mail = EmailMessage(
            subject=_("Recalled: %(case)s") % words,
            body=_(
                "%(merchant)s takes case %(case)s back from %(agency)s.\n"
                "Stop asking for it at once, and delete what you were given about it."
            )
            % words,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[agency.email],
            headers={"Message-ID": _identity(placement), "Auto-Submitted": "auto-generated"},
            connection=get_connection(),
        )
    try:
        return bool(mail.send())
    except (smtplib.SMTPException, OSError) as error:
        log.warning("the recall of placement %d was not told: %s", placement.pk, type(error).__name__)
        return False


def _identity(placement: Placement) -> str:
    domain = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return f"<{hashlib.sha256(f'recall|{placement.pk}'.encode()).hexdigest()[:40]}@{domain}>"


@contextmanager
def _alone(placement_id: int) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_RECALL_LOCKS + placement_id])
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_RECALL_LOCKS + placement_id])
