"""What the queue can be narrowed to, as it stands in its address. Reads only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.db.models import Q, QuerySet
from django.utils import timezone
from iso4217 import Currency

from common.money import exponent, is_currency

from ..case_states import LIVE
from ..models import DefaultCase, Hold
from .aging import BUCKETS
from .queue_holds import among, disputed_ids, held, not_held

STATES = tuple(sorted(LIVE))
HOLDS = ("any", "none", *Hold.Reason.values)
ASSIGNEES = ("me", "none", "others")
LARGEST = 10**12


@dataclass(frozen=True, slots=True)
class Filters:
    """Each empty, or one of its known words; `amount`: the least sum, in whole units of each case's own
    currency, for amounts of two currencies cannot be compared."""

    state: str = ""
    bucket: str = ""
    amount: str = ""
    assignee: str = ""
    hold: str = ""
    disputed: str = ""

    @classmethod
    def read(cls, given: dict[str, str]) -> "Filters":
        """Of the address; a word that is not known narrows nothing."""
        known = {
            "state": STATES, "bucket": tuple(BUCKETS), "assignee": ASSIGNEES, "hold": HOLDS, "disputed": ("yes", "no"),
        }  # fmt: skip
        kept = {name: given[name] for name, words in known.items() if given.get(name) in words}
        sum_ = given.get("amount", "").replace(",", "")
        if sum_.isascii() and sum_.isdigit() and int(sum_[:13]) < LARGEST:
            kept["amount"] = str(int(sum_))
        return cls(**kept)

    def given(self) -> dict[str, str]:
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}


def narrowed(
    cases: QuerySet[DefaultCase], filters: Filters, *, user_id: int, now: datetime
) -> QuerySet[DefaultCase]:
    if filters.state:
        cases = cases.filter(state=filters.state)
    if filters.bucket:
        cases = cases.filter(_aged(filters.bucket, now=now))
    if filters.amount:
        cases = cases.filter(_at_least(int(filters.amount)))
    if filters.assignee:
        cases = cases.filter(_owned(filters.assignee, user_id=user_id))
    if filters.hold == "none":
        cases = not_held(cases, now=now)
    elif filters.hold:
        cases = held(cases, now=now, reason="" if filters.hold == "any" else filters.hold)
    if filters.disputed == "no":
        return cases.exclude(pk__in=disputed_ids(now))
    return among(cases, disputed_ids(now)) if filters.disputed else cases


def _aged(bucket: str, *, now: datetime) -> Q:
    """Days past due as the rows show them: on the viewer's calendar."""
    least, most = BUCKETS[bucket]
    today, found = timezone.localtime(now).date(), Q()
    if least is not None:
        found &= Q(oldest_due_on__lte=today - timedelta(days=least))
    if most is not None:
        found &= Q(oldest_due_on__gte=today - timedelta(days=most))
    return found


def _at_least(units: int) -> Q:
    found = Q(pk__in=[])
    for digits, currencies in _currencies_by_digits().items():
        found |= Q(currency__in=currencies, claimed_minor__gte=units * 10**digits)
    return found


@cache
def _currencies_by_digits() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for currency in Currency:
        if is_currency(currency.code):
            found.setdefault(exponent(currency.code), []).append(currency.code)
    return found


def _owned(who: str, *, user_id: int) -> Q:
    if who == "me":
        return Q(assignee=user_id)
    return Q(assignee=None) if who == "none" else Q(assignee__isnull=False) & ~Q(assignee=user_id)
