"""Finding a case: by its number, a reference, an exact address, or a part of the customer's name. Reads only."""

import re
from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from accounts.models import Customer, Payment
from accounts.reports.names import named
from accounts.services.contacts import fingerprint_of

from ..models import DefaultCase

MATCH_LIMIT = 500
LONGEST_NUMBER = 18
NUMBER_DIGITS = 6
_CASE_NUMBER = re.compile(r"AM-?(\d{1,18})", re.ASCII | re.IGNORECASE)
_REFERENCE = re.compile(r"(?=.*\d)\S+")


def search(cases: QuerySet[DefaultCase], text: str, merchant_ids: Iterable[int]) -> QuerySet[DefaultCase]:
    """Cases by the beginning of their number; else by exact e-mail, telephone or reference; else by a part of the name.

    Of customers with one address or reference the first MATCH_LIMIT count; of those with one name, all.
    """
    text = _clean(text)
    if number := _CASE_NUMBER.fullmatch(text):
        return cases.filter(_numbers_from(number[1]))
    merchant_ids = list(merchant_ids)
    found = _exactly(text, merchant_ids)
    if found is not None:
        return cases.filter(customer__in=found)
    return named(cases, text, merchant_ids=merchant_ids, customer="customer")


def search_customers(text: str, merchant_ids: Iterable[int]) -> QuerySet[Customer]:
    """The customers of these merchants whom `search` would find cases of, had they any."""
    text, merchant_ids = _clean(text), list(merchant_ids)
    customers = Customer.objects.filter(merchant_id__in=merchant_ids)
    if number := _CASE_NUMBER.fullmatch(text):
        cases = DefaultCase.objects.filter(_numbers_from(number[1]), merchant_id__in=merchant_ids)
        return customers.filter(
            pk__in=list(cases.order_by().values_list("customer_id", flat=True)[:MATCH_LIMIT])
        )
    found = _exactly(text, merchant_ids)
    return (
        customers.filter(pk__in=found)
        if found is not None
        else named(customers, text, merchant_ids=merchant_ids)
    )


def _exactly(text: str, merchant_ids: list[int]) -> list[int] | None:
    """The customers with this address or reference; None for a text that is neither."""
    customers = Customer.objects.filter(merchant_id__in=merchant_ids)
    if prints := _fingerprints(text):
        return _ids(customers.filter(contact_points__fingerprint__in=prints))
    return _by_reference(customers, text, merchant_ids) or None


def _clean(text: str) -> str:
    return text.strip().replace("\x00", "")


def _numbers_from(digits: str) -> Q:
    """Ids whose number begins with these digits: 1034 is AM-1034xx, and AM-1034xxx of a longer number."""
    found = Q()
    for width in range(max(NUMBER_DIGITS, len(digits)), LONGEST_NUMBER + 1):
        if width > NUMBER_DIGITS and digits.startswith("0"):
            break
        rest = 10 ** (width - len(digits))
        found |= Q(pk__range=(int(digits) * rest, (int(digits) + 1) * rest - 1))
    return found or Q(pk__in=[])


def _by_reference(customers: QuerySet[Customer], text: str, merchant_ids: Sequence[int]) -> list[int]:
    if not _REFERENCE.fullmatch(text):
        return _ids(customers.filter(reference=text))
    bought = Payment.objects.filter(merchant_id__in=merchant_ids, reference=text).order_by()
    found = customers.filter(reference=text).order_by().values_list("pk")
    return [pk for (pk,) in found.union(bought.values_list("customer_id"))[:MATCH_LIMIT]]


def _ids(customers: QuerySet[Customer]) -> list[int]:
    return list(customers.order_by().values_list("pk", flat=True)[:MATCH_LIMIT])


def _fingerprints(text: str) -> list[bytes]:
    """Of a text that looks like an address; one that is none matches nothing."""
    if "@" in text:
        return [fingerprint_of("email", text)]
    digits = sum(sign.isdigit() for sign in text)
    looks_like_number = digits >= 8 and all(sign.isdigit() or sign in "+-() ." for sign in text)
    return [fingerprint_of("sms", text)] if looks_like_number else []
