"""What the system may agree to for a merchant, and its answer to a date the customer proposes."""

from datetime import date, datetime

from ..models import PromiseToPay
from ..negotiation import Bounds, Counter


def load_bounds(merchant_id: int, currency: str) -> Bounds:
    """The merchant's terms for this currency, or the defaults; two queries."""
    raise NotImplementedError


def limitation_after_acceptance(*, case_id: int, now: datetime) -> date:
    """The last day on which the claim stands if the customer agrees now: what every offer has to say."""
    raise NotImplementedError


def propose_date(
    *, case_id: int, on: date, now: datetime, actor: str, amount_minor: int | None = None
) -> PromiseToPay | Counter:
    """The customer proposes a day: a promise, or the day we would take instead. Raises Refused as `promise` does."""
    raise NotImplementedError
