"""Which payments a line of an incident's list stands for."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from accounts.models import Channel, ContactPoint, Merchant, Payment
from accounts.services.contacts import fingerprint_of

_NOT_OF_A_NUMBER = re.compile(r"[\s().-]")
_NUMBER = re.compile(r"\+?[0-9]{7,15}")
# Trunk prefix 0 and country code, for numbers written as people write them at home.
_COUNTRY_CODES = {"KR": "+82", "JP": "+81", "GB": "+44", "DE": "+49", "FR": "+33"}


class LineKind(StrEnum):
    REFERENCE = "reference"
    PHONE = "phone"
    EMAIL = "email"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """`outside`: so many payments of the line were told of outside the time. The line itself is not kept."""

    number: int
    kind: LineKind
    payment_ids: tuple[int, ...]
    outside: int


def find(*, merchant_id: int, starts_at: datetime, ends_at: datetime, lines: Sequence[str]) -> list[Found]:
    """One answer for each line, in the order given; three queries for any number of lines.

    A payment belongs to the time at which its merchant told of it (occurred_at), starts_at ≤ t < ends_at.
    """
    country = Merchant.objects.values_list("jurisdiction", flat=True).get(id=merchant_id)
    of_reference = dict(
        Payment.objects.filter(merchant=merchant_id, reference__in=set(lines)).values_list("reference", "id")
    )
    prints = {line: _print(line, country) for line in set(lines) if line not in of_reference}
    of_person = _payments_by_print(merchant_id, {known for _, known in prints.values() if known})
    named = {*of_reference.values(), *(one for some in of_person.values() for one in some)}
    inside = set(
        Payment.objects.filter(id__in=named, told_at__gte=starts_at, told_at__lt=ends_at).values_list(
            "id", flat=True
        )
    )
    answers = []
    for number, line in enumerate(lines, start=1):
        if line in of_reference:
            kind, ids = LineKind.REFERENCE, [of_reference[line]]
        else:
            kind, known = prints[line]
            ids = of_person.get(known, [])
        held = tuple(payment_id for payment_id in ids if payment_id in inside)
        answers.append(Found(number, kind if ids else LineKind.UNKNOWN, held, len(ids) - len(held)))
    return answers


def _print(line: str, country: str) -> tuple[LineKind, bytes | None]:
    """The keyed fingerprint of an address, as it is stored with contact points."""
    if "@" in line:
        return LineKind.EMAIL, fingerprint_of(Channel.EMAIL, line)
    digits = _NOT_OF_A_NUMBER.sub("", line)
    if not _NUMBER.fullmatch(digits):
        return LineKind.UNKNOWN, None
    if digits.startswith("0") and country in _COUNTRY_CODES:
        digits = _COUNTRY_CODES[country] + digits[1:]
    return LineKind.PHONE, fingerprint_of(Channel.SMS, digits)


def _payments_by_print(merchant_id: int, prints: Iterable[bytes]) -> dict[bytes, list[int]]:
    points = ContactPoint.objects.filter(fingerprint__in=list(prints), customer__merchant=merchant_id)
    found: dict[bytes, list[int]] = defaultdict(list)
    rows = points.values_list("fingerprint", "customer__payments__id").order_by("customer__payments__id")
    for known, payment_id in rows:
        if payment_id is not None:
            found[bytes(known)].append(payment_id)
    return found
