"""Whether whoever opened the link is the customer: what only they know, else a code sent where they are known to be.

Tries are counted under the lock of the link's row, before the answer is looked at: asking in parallel buys nothing.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Channel, ContactPoint, Customer
from accounts.services.contacts import open_address

from ..models import CaseEvent, DefaultCase, ResolutionLink
from .history import Entry, append
from .links import code_of

CODE_LASTS = timedelta(minutes=10)
CODE_TRIES = 5
BETWEEN_CODES = timedelta(minutes=1)
CODES_A_DAY = 5


@dataclass(frozen=True, slots=True)
class Ways:
    """By what somebody can show who they are. `by_facts`: phone and birth year; both False: only by asking a person."""

    by_facts: bool
    by_code: bool


def ways_of(link: ResolutionLink) -> Ways:
    """The ways left on this link. Reads only."""
    customer = link.case.customer
    points = list(ContactPoint.objects.filter(customer=customer))
    has_phone = any(point.channel == Channel.SMS for point in points)
    reachable = any(point.health == ContactPoint.Health.OK for point in points)
    return Ways(bool(has_phone and customer.birth_date and link.tries_left), reachable)


def try_facts(*, link_id: int, phone_end: str, birth_year: str) -> bool:
    """Whether both are right; costs one of the link's five tries either way."""
    with transaction.atomic():
        link = _locked(link_id)
        customer = link.case.customer
        if not link.tries_left or customer.birth_date is None:
            return False
        link.tries_left -= 1
        link.save(update_fields=["tries_left"])
        return _same(f"{_phone_end(customer)}|{customer.birth_date.year}", f"{phone_end}|{birth_year}")


def try_code(*, link_id: int, code: str, now: datetime) -> bool:
    """Whether it is the code in force, which then is used up; costs one of its tries either way."""
    with transaction.atomic():
        link = _locked(link_id)
        if not is_code_in_force(link, now=now):
            return False
        is_right = _same(code_of(link), code)
        link.code_tries_left = 0 if is_right else link.code_tries_left - 1
        link.save(update_fields=["code_tries_left"])
        return is_right


def is_code_in_force(link: ResolutionLink, *, now: datetime) -> bool:
    return bool(link.code_tries_left and link.code_expires_at and link.code_expires_at > now)


def ask_code(*, link_id: int, now: datetime) -> bool:
    """Have a fresh code sent (the entry `code_asked` is told to the customer).

    False, and nothing is sent, within a minute of the last one and after five in a day.
    """
    with transaction.atomic():
        link = _locked(link_id)
        case = DefaultCase.objects.select_for_update(no_key=True).get(pk=link.case_id)
        if _too_often(case, now=now):
            return False
        link.code_nonce = secrets.token_hex(16)
        link.code_expires_at, link.code_tries_left = now + CODE_LASTS, CODE_TRIES
        link.save(update_fields=["code_nonce", "code_expires_at", "code_tries_left"])
        append([Entry(case_id=case.pk, kind="code_asked", at=now, actor="customer", data={"link": link.pk})])
    return True


def _locked(link_id: int) -> ResolutionLink:
    rows = ResolutionLink.objects.select_related("case__customer").select_for_update(of=("self",))
    return rows.get(pk=link_id)


def _too_often(case: DefaultCase, *, now: datetime) -> bool:
    asked = CaseEvent.objects.filter(case=case, kind="code_asked", at__gt=now - timedelta(days=1))
    instants = list(asked.values_list("at", flat=True))
    return len(instants) >= CODES_A_DAY or any(at > now - BETWEEN_CODES for at in instants)


def _phone_end(customer: Customer) -> str:
    point = ContactPoint.objects.filter(customer=customer, channel=Channel.SMS).first()
    return open_address(point)[-4:] if point else secrets.token_hex(8)


def _same(right: str, said: str) -> bool:
    return hmac.compare_digest(right.encode(), said.encode("utf-8", "replace"))
