"""Showing what is masked everywhere: an act with a reason, written down before anything is shown."""

from datetime import datetime

from accounts.models import Channel, ContactPoint, Customer
from accounts.services.audit import note
from accounts.services.contacts import open_address
from defaults.authority import AGENT, LEAD, may_decide
from defaults.models.case import number_of
from defaults.services.acts import Refused

from ..models import Message
from .said import open_sent_to

LEAST_REASON = 4
BIRTH_DATE = "birth_date"
# Whoever answers customers needs their address; a birth date is what customers prove themselves by.
NEEDS = {Channel.EMAIL.value: AGENT, Channel.SMS.value: AGENT, BIRTH_DATE: LEAD}


def show_detail(
    *, customer: Customer, what: str, reason: str, role: str, actor: str, address: str, now: datetime
) -> str:
    """`what` of the customer in clear: email, sms or birth_date. The entry stays, whether it can be opened or not.

    Raises Refused: reason_missing, missing_role, nothing_to_show.
    """
    if what not in NEEDS:
        raise Refused("nothing_to_show", "There is nothing of this kind to show.")
    if not may_decide(role, NEEDS[what]):
        raise Refused("missing_role", "This needs a person of a higher role.")
    if what == BIRTH_DATE:
        found = customer.birth_date
    else:
        found = ContactPoint.objects.filter(customer=customer, channel=what).first()
    if found is None:
        raise Refused("nothing_to_show", "There is nothing of this kind to show.")
    _note(customer, what, reason=reason, actor=actor, address=address, now=now)
    return open_address(found) if isinstance(found, ContactPoint) else found.isoformat()


def show_recipient(*, message: Message, reason: str, actor: str, address: str, now: datetime) -> str:
    """The address a message went to, in clear. Raises Refused: reason_missing, nothing_to_show."""
    if message.sent_to is None:
        raise Refused("nothing_to_show", "There is nothing of this kind to show.")
    what = f"recipient {number_of(message.case_id)} {message.step_key}"
    _note(message.customer, what, reason=reason, actor=actor, address=address, now=now)
    return open_sent_to(message)


def _note(customer: Customer, what: str, *, reason: str, actor: str, address: str, now: datetime) -> None:
    if len(reason.strip()) < LEAST_REASON:
        raise Refused("reason_missing", "Say why you need to see it.")
    note(
        actor=actor,
        kind="detail_shown",
        what=what,
        reason=reason.strip(),
        merchant_id=customer.merchant_id,
        customer_id=customer.pk,
        address=address,
        now=now,
    )
