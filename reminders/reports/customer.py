"""One person across their records, as staff may see them: cases, money, messages, wishes. Reads only.

The number of queries does not depend on how much there is of anything.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet, Sum

from accounts.models import Channel, ContactPoint, Customer, Payment, PersonRecord
from accounts.services.persons import records_of
from defaults.models import CaseItem, DefaultCase, Dispute, Hold, ResolutionLink

from ..contact_rules import AtMost, catalogue
from ..facts import CaseFacts
from ..models import Message, Suppression
from ..services.facts import load_facts

MOST_RECORDS = 50


@dataclass(frozen=True, slots=True)
class Circle:
    """`records`: the customer's own and those joined with it, the own first. `alike`: others with the same address.

    `prints`: fingerprints of the addresses of the records.
    """

    records: list[Customer]
    alike: list[Customer]
    prints: frozenset[bytes]

    @property
    def ids(self) -> list[int]:
        return [record.pk for record in self.records]


@dataclass(frozen=True, slots=True)
class Sums:
    """One currency. `waiting_minor`: of what is open, the part that is in no case yet; `credit_minor`: over-paid."""

    currency: str
    in_cases_minor: int
    waiting_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class Contacts:
    """How many contacts of the last `days` count against the cap on the claim that had most of them; `most` 0: no cap."""

    made: int
    most: int
    days: int


def circle(customer: Customer, merchant_ids: Collection[int]) -> Circle:
    """The person's records, and at these merchants whoever shares an address with them."""
    rows = Customer.objects.select_related("merchant", "preference").prefetch_related("contact_points")
    found = {record.pk: record for record in rows.filter(pk__in=records_of(customer.pk))}
    records = [found.pop(customer.pk), *found.values()]
    prints = frozenset(
        bytes(point.fingerprint) for record in records for point in record.contact_points.all()
    )
    sharing = ContactPoint.objects.filter(fingerprint__in=prints).exclude(customer__in=records)
    alike = rows.filter(pk__in=sharing.values("customer_id"), merchant__in=merchant_ids).order_by("pk")
    return Circle(records, list(alike[:MOST_RECORDS]) if prints else [], prints)


def joined_at(records: Sequence[Customer]) -> list[tuple[Customer, datetime]]:
    """Each record that is joined with another, and since when."""
    since = dict(PersonRecord.objects.filter(customer__in=records).values_list("customer_id", "joined_at"))
    return [(record, since[record.pk]) for record in records if record.pk in since]


def cases(ids: Sequence[int], *, only: str = "", limit: int) -> list[DefaultCase]:
    """Cases of these records, those that live first. `only`: open, closed, disputed or a currency (of those open)."""
    found = DefaultCase.objects.filter(customer__in=ids).select_related("customer", "merchant", "assignee")
    if only == "closed":
        found = found.filter(closed_at__isnull=False)
    elif only == "disputed":
        raised = Dispute.objects.filter(state=Dispute.State.RAISED, case__customer__in=ids)
        found = found.filter(pk__in=raised.values("case_id"))
    elif only:
        found = found.live() if only == "open" else found.live().filter(currency=only)
    return list(found.order_by(F("closed_at").desc(nulls_first=True), "oldest_due_on", "pk")[:limit])


def sums(ids: Sequence[int]) -> list[Sums]:
    """By currency, the currencies in order; never added up across them."""
    rows = Payment.objects.filter(customer__in=ids).values("currency").order_by("currency")
    totals = rows.annotate(
        in_cases=Sum("outstanding_minor", filter=Q(in_case=True), default=0),
        waiting=Sum("outstanding_minor", filter=Q(in_case=False), default=0),
        credit=Sum("credit_minor", default=0),
    )
    return [
        Sums(row["currency"], int(row["in_cases"]), int(row["waiting"]), int(row["credit"])) for row in totals
    ]


def paid_of(ids: Sequence[int]) -> tuple[int, int]:
    """How many of the payments that count were paid in full, and how many those are; what was undone does not count."""
    counted = Payment.objects.filter(customer__in=ids, is_void=False, amount_minor__gt=F("credited_minor"))
    paid = Q(outstanding_minor=0, conceded_minor=0, paid_minor__gt=F("reversed_minor"))
    answer = counted.aggregate(paid=Count("pk", filter=paid), all=Count("pk"))
    return answer["paid"], answer["all"]


def disputes(ids: Sequence[int]) -> tuple[int, int]:
    """Disputes that are open, and all there ever were."""
    found = Dispute.objects.filter(case__customer__in=ids)
    answer = found.aggregate(open=Count("pk", filter=Q(state=Dispute.State.RAISED)), all=Count("pk"))
    return answer["open"], answer["all"]


def contacts(cases: Sequence[DefaultCase], *, now: datetime) -> Contacts:
    """As the contact rules count them: on the claim nearest to its cap."""
    loaded = load_facts([case.pk for case in cases if not case.is_closed], now=now)
    counted = [_counted(facts, now=now) for facts in loaded.values()]
    return max(counted, key=lambda one: (one.made / (one.most or 1), -one.most), default=Contacts(0, 0, 7))


def messages(ids: Sequence[int], *, before: int | None, limit: int) -> QuerySet[Message]:
    """Every message, whatever became of it, the newest first; `before`: only those with a smaller id."""
    rows = Message.objects.filter(customer__in=ids).select_related("policy_version__policy", "case")
    return (rows.filter(pk__lt=before) if before else rows).order_by("-pk")[:limit]


def suppressions(prints: Collection[bytes]) -> list[Suppression]:
    found = Suppression.objects.filter(channel__in=Channel.values, fingerprint__in=prints)
    return list(found.order_by("-created_at"))


def wide_holds(ids: Sequence[int], *, now: datetime) -> list[Hold]:
    """Holds that run for everything of a record."""
    return list(Hold.objects.running(now).filter(customer__in=ids, case=None).order_by("starts_at", "pk"))


def payments(ids: Sequence[int], *, limit: int) -> list[tuple[Payment, int | None]]:
    """The latest payments by due date, each with the id of the last case it was in."""
    rows = list(Payment.objects.filter(customer__in=ids).order_by("-due_on", "-pk")[:limit])
    items = CaseItem.objects.filter(payment__in=rows).order_by("pk").values_list("payment_id", "case_id")
    case_of = dict(items)
    return [(payment, case_of.get(payment.pk)) for payment in rows]


def tries_left(ids: Sequence[int], *, now: datetime) -> int | None:
    """Tries at the second factor that are left on the newest link that works; None: there is no such link."""
    links = ResolutionLink.objects.filter(case__customer__in=ids, revoked_at=None, expires_at__gt=now)
    return links.order_by("-pk").values_list("tries_left", flat=True).first()


def _counted(facts: CaseFacts, *, now: datetime) -> Contacts:
    rules = catalogue(facts.jurisdictions, facts.legal_role, now.date())
    caps = [rule.check for rule in rules if isinstance(rule.check, AtMost) and not rule.channels]
    cap = min(caps, key=lambda one: one.contacts, default=AtMost(0, 7))
    since = now - timedelta(days=cap.days)
    made = max((sum(at > since for at in instants) for instants in facts.contacts.values()), default=0)
    return Contacts(made, cap.contacts, cap.days)
