"""Loading what late fees are computed from: the same few queries for one case and for hundreds."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from django.db.models import F, Q

from accounts.allocation import Movement
from accounts.models import Account, LedgerEntry, Payment
from common.calendar import local_date

from ..agreement_states import LIVE_OFFERS
from ..delinquency import default_terms
from ..fees import Dated, Fee, FeeTerms, Span, fees_due
from ..limitation import limitation_day
from ..models import DefaultCase, Dispute, FeePolicy, Hold, SettlementOffer
from .acts import zone_for
from .case_facts import load_terms


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


def due_fees(cases: Sequence[DefaultCase], *, now: datetime) -> dict[int, dict[int, list[Fee]]]:
    """By case and payment, the fees due for all periods that are over. Six queries for any number of cases."""
    by_id = {case.id: case for case in cases}
    versions = _versions({case.merchant_id for case in cases})
    terms = load_terms({case.merchant_id for case in cases})
    payments = list(
        Payment.objects.owed()
        .filter(case_items__case__in=by_id, case_items__released_at=None)
        .order_by("id")
        .annotate(case_id=F("case_items__case_id"))
    )
    days = {payment.id: Days(by_id[payment.case_id]) for payment in payments}
    movements = _movements(days)
    held, disputed = _held(cases), _disputed(days)
    due: dict[int, dict[int, list[Fee]]] = defaultdict(dict)
    for payment in payments:
        case = by_id[payment.case_id]
        known = terms.get((case.merchant_id, case.currency)) or default_terms(case.currency)
        due[case.id][payment.id] = fees_due(
            payment.due_on,
            versions=versions.get((case.merchant_id, case.currency), ()),
            movements=movements[payment.id],
            rests=[*held[case.id], *disputed[payment.id]],
            limitation_on=limitation_day(payment.due_on, known.limitation_years),
            today=days[payment.id].of(now),
        )
    return due


class Days:
    """Instants as days of one customer."""

    def __init__(self, case: DefaultCase):
        self.zone = zone_for(case)

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


def _held(cases: Sequence[DefaultCase]) -> dict[int, list[Span]]:
    """The days on which asking rested, by case: its own holds and those of all of its customer's cases."""
    found: dict[int, list[Span]] = defaultdict(list)
    of_customer = defaultdict(list)
    for case in cases:
        of_customer[case.customer_id].append(case)
    for hold in Hold.objects.filter(
        Q(case__in=cases) | Q(case=None, customer__in=of_customer), customer__in=of_customer
    ):
        end = min((at for at in (hold.until, hold.ended_at) if at), default=None)
        for case in of_customer[hold.customer_id]:
            if hold.case_id in (None, case.id):
                found[case.id].append(Days(case).touched(hold.starts_at, end))
    return found


def _disputed(days: dict[int, Days]) -> dict[int, list[Span]]:
    """The days on which a payment was disputed, in whatever case, and however that ended."""
    found: dict[int, list[Span]] = defaultdict(list)
    rows = Dispute.objects.filter(payments__in=days).values_list("payments", "raised_at", "ended_at")
    for payment_id, start, end in rows:
        if payment_id in days:
            found[payment_id].append(days[payment_id].touched(start, end))
    return found
