"""What may be added to a customer's next purchase, where the merchant opted in. Reads only."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q

from accounts.models import Customer, Payment
from common.calendar import local_date, zone_of

from ..agreement_states import LIVE_OFFERS
from ..case_states import CaseState
from ..delinquency import DefaultTerms, default_terms, unknown_zone
from ..limitation import is_barred
from ..models import CaseItem, CollectionTerms, Dispute, Hold, SettlementOffer

_QUIET_STATES = (CaseState.PROMISED, CaseState.IN_PLAN, CaseState.PLACED)


@dataclass(frozen=True, slots=True)
class Nettable:
    """One payment that may be settled along with the next purchase."""

    reference: str
    currency: str
    due_on: date
    outstanding_minor: int


def nettable(customer: Customer, *, now: datetime) -> list[Nettable]:
    """Everything past its due date of which nothing is disputed, agreed, offered, held, under way or barred.

    Nothing where the merchant has not opted in, or the customer as a whole is held. `customer` with its merchant at hand.
    """
    if not customer.merchant.nets_purchases:
        return []
    held = Hold.objects.running(now).filter(customer=customer).values_list("case_id", flat=True)
    if None in held:
        return []
    terms = {
        row.currency: DefaultTerms(row.grace_days, row.collection_threshold_minor, row.limitation_years)
        for row in CollectionTerms.objects.filter(merchant=customer.merchant_id)
    }
    zone = zone_of(customer.time_zone) or zone_of(customer.merchant.time_zone)
    today = local_date(now, zone) if zone else unknown_zone(now)

    def years(currency: str) -> int:
        return (terms.get(currency) or default_terms(currency)).limitation_years

    return [
        Nettable(row.reference, row.currency, row.due_on, row.outstanding_minor)
        for row in _open_and_free(customer, held=[case_id for case_id in held if case_id], now=now)
        if row.due_on < today and not is_barred(row.due_on, years=years(row.currency), as_of=today)
    ]


def _open_and_free(customer: Customer, *, held: list[int], now: datetime) -> list[Payment]:
    disputes = Dispute.objects.filter(payments=OuterRef("pk"), state__in=["raised", "upheld"])
    offers = SettlementOffer.objects.filter(case=OuterRef("case_id"), state__in=LIVE_OFFERS)
    agreed = CaseItem.objects.filter(payment=OuterRef("pk"), released_at=None).filter(
        Q(case__in=held) | Q(case__state__in=_QUIET_STATES) | Exists(offers)
    )
    rows = Payment.objects.owed().filter(~Exists(disputes), ~Exists(agreed), customer=customer)
    return list(
        rows.filter(Q(in_flight_until=None) | Q(in_flight_until__lte=now)).order_by(
            "currency", "due_on", "id"
        )
    )
