"""What the system may agree to for a merchant, and its answer to a date the customer proposes."""

from datetime import date, datetime

from ..delinquency import default_terms
from ..models import DefaultCase, PromiseToPay
from ..negotiation import Counter, answer_date
from ..negotiation import limitation_after_acceptance as last_day
from .bounds import load_bounds
from .case_facts import load_terms, today_of
from .promise import promise

__all__ = ["limitation_after_acceptance", "load_bounds", "propose_date"]


def limitation_after_acceptance(*, case_id: int, now: datetime) -> date:
    """The last day on which the claim stands if the customer agrees now: what every offer has to say."""
    case = DefaultCase.objects.select_related("merchant", "customer").get(id=case_id)
    terms = load_terms([case.merchant_id]).get((case.merchant_id, case.currency))
    years = (terms or default_terms(case.currency)).limitation_years
    return last_day(today_of(case, now), years=years)


def propose_date(
    *, case_id: int, on: date, now: datetime, actor: str, amount_minor: int | None = None
) -> PromiseToPay | Counter:
    """The customer proposes a day: a promise, or the day we would take instead. Raises Refused as `promise` does."""
    case = DefaultCase.objects.select_related("merchant", "customer").get(id=case_id)
    bounds = load_bounds(case.merchant_id, case.currency)
    answer = answer_date(on=on, today=today_of(case, now), bounds=bounds)
    if isinstance(answer, Counter):
        return answer
    return promise(case_id=case_id, on=on, now=now, actor=actor, amount_minor=amount_minor)
