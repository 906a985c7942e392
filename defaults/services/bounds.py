"""The bounds of negotiation that merchants have set."""

from collections.abc import Collection, Mapping

from accounts.services.checkouts import minimum_of

from ..delinquency import default_terms
from ..models import NegotiationTerms
from ..negotiation import Bounds

Pair = tuple[int, str]


def load_bounds(merchant_id: int, currency: str) -> Bounds:
    """The merchant's terms for this currency, or the defaults; two queries."""
    return load_all_bounds({(merchant_id, currency)})[merchant_id, currency]


def load_all_bounds(pairs: Collection[Pair]) -> Mapping[Pair, Bounds]:
    """By merchant and currency: one query, and one for each pair, however many cases these stand for."""
    rows = NegotiationTerms.objects.filter(merchant__in={merchant_id for merchant_id, _ in pairs})
    terms = {(row.merchant_id, row.currency): row for row in rows}
    return {pair: _bounds(pair, terms.get(pair)) for pair in pairs}


def _bounds(pair: Pair, row: NegotiationTerms | None) -> Bounds:
    """No instalment is smaller than what is worth a contact, unless the merchant says so."""
    merchant_id, currency = pair
    least = {
        "least_instalment_minor": default_terms(currency).collection_threshold_minor,
        "least_payment_minor": minimum_of(merchant_id, currency) or 1,
    }
    if row is None:
        return Bounds(**least)
    return Bounds(
        discount_percent=row.discount_percent,
        offer_days=row.offer_days,
        pay_within_days=row.pay_within_days,
        floor_percent=row.floor_percent,
        most_instalments=row.most_instalments,
        longest_promise_days=row.longest_promise_days,
        **least
        | ({"least_instalment_minor": row.least_instalment_minor} if row.least_instalment_minor else {}),
    )
