"""Loading what late fees are computed from: the same few queries for one case and for hundreds."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts.allocation import Movement
from accounts.models import Account, LedgerEntry, Payment
from common.calendar import local_date, zone_of

from ..agreement_states import LIVE_OFFERS
from ..delinquency import default_terms
from ..fees import Dated, Fee, FeeTerms, Span, fees_due
from ..limitation import limitation_day
from ..models import CaseItem, DefaultCase, Dispute, FeePolicy, Hold, SettlementOffer
from .case_facts import load_terms

_UTC = ZoneInfo("UTC")


def at_rest(cases: Sequence[DefaultCase], *, now: datetime) -> set[int]:
    """Those of these cases that are held right now, or have an offer: what they owe must not rise meanwhile."""
    customers = {case.customer_id for case in cases}
    holds = Hold.objects.running(now).filter(customer__in=customers).values_list("customer_id", "case_id")
    held = set(holds)
    offered = set(
        SettlementOffer.objects.filter(case__in=cases, state__in=LIVE_OFFERS).values_list(
            "case_id", flat=True
        )
    )
    return {
        case.id
        for case in cases
        if {(case.customer_id, None), (case.customer_id, case.id)} & held or case.id in offered
    }


def due_fees(payments: Sequence[Payment], *, now: datetime) -> dict[int, list[Fee]]:
    """By payment, the fees due for all periods that are over, charged by now or not. Six queries for any number.

    `payments` with their customers and merchants at hand.
    """
    merchants = {payment.merchant_id for payment in payments}
    versions, terms = _versions(merchants), load_terms(merchants)
    days = {payment.id: Days(payment) for payment in payments}
    movements, held, disputed = _movements(days), _held(payments, days), _disputed(days)
    due = {}
    for payment in payments:
        key = payment.merchant_id, payment.currency
        due[payment.id] = fees_due(
            payment.due_on,
            versions=versions.get(key, ()),
            movements=movements[payment.id],
            rests=[*held[payment.id], *disputed[payment.id]],
            limitation_on=limitation_day(
                payment.due_on, (terms.get(key) or default_terms(payment.currency)).limitation_years
            ),
            today=days[payment.id].of(now),
        )
    return due


class Days:
    """Instants as days of the customer of a payment."""

    def __init__(self, payment: Payment):
        known = zone_of(payment.customer.time_zone) or zone_of(payment.merchant.time_zone)
        self.zone = known or _UTC

    def of(self, at: datetime) -> date:
        return local_date(at, self.zone)

    def touched(self, start: datetime, end: datetime | None) -> Span:
        """Every day that a stretch of time touches; one without an end goes on."""
        return Span(self.of(start), self.of(end) + timedelta(days=1) if end else date.max)


def _versions(merchant_ids: Collection[int]) -> dict[tuple[int, str], list[FeeTerms]]:
    found: dict[tuple[int, str], list[FeeTerms]] = defaultdict(list)
    for row in FeePolicy.objects.filter(merchant__in=merchant_ids):
        found[row.merchant_id, row.currency].append(
            FeeTerms(row.id, row.annual_bp, row.valid_from, row.valid_until)
        )
    return found


def _movements(days: dict[int, Days]) -> dict[int, list[Dated]]:
    """Every entry that touched what these payments owe, in the order in which it happened."""
    found: dict[int, list[Dated]] = defaultdict(list)
    entries = LedgerEntry.objects.filter(
        Q(from_account=Account.RECEIVABLE) | Q(to_account=Account.RECEIVABLE), payment__in=days
    )
    for payment_id, kind, to_account, minor, at in entries.order_by("occurred_at", "id").values_list(
        "payment_id", "kind", "to_account", "amount_minor", "occurred_at"
    ):
        movement = Movement(kind, minor if to_account == Account.RECEIVABLE else -minor)
        found[payment_id].append(Dated(days[payment_id].of(at), movement))
    return found


def _held(payments: Sequence[Payment], days: dict[int, Days]) -> dict[int, list[Span]]:
    """The days on which asking rested, by payment: holds of any case it was in, and of all of its customer's cases."""
    in_cases, of_customer = defaultdict(set), defaultdict(list)
    for payment_id, case_id in CaseItem.objects.filter(payment__in=days).values_list("payment", "case"):
        in_cases[payment_id].add(case_id)
    for payment in payments:
        of_customer[payment.customer_id].append(payment.id)
    found: dict[int, list[Span]] = defaultdict(list)
    for hold in Hold.objects.filter(customer__in=of_customer):
        end = min((at for at in (hold.until, hold.ended_at) if at), default=None)
        for payment_id in of_customer[hold.customer_id]:
            if hold.case_id is None or hold.case_id in in_cases[payment_id]:
                found[payment_id].append(days[payment_id].touched(hold.starts_at, end))
    return found


def _disputed(days: dict[int, Days]) -> dict[int, list[Span]]:
    """The days on which a payment was disputed, in whatever case, and however that ended."""
    found: dict[int, list[Span]] = defaultdict(list)
    rows = Dispute.objects.filter(payments__in=days).values_list("payments", "raised_at", "ended_at")
    for payment_id, start, end in rows:
        if payment_id in days:
            found[payment_id].append(days[payment_id].touched(start, end))
    return found
