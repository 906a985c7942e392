"""Payment plans: 2 to 6 instalments, which nobody is asked for before their dates."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from ..models import PaymentPlan
from ..negotiation import Counter, Refer


def propose_plan(
    *,
    case_id: int,
    now: datetime,
    actor: str,
    evidence: Mapping[str, object],
    parts: int | None = None,
    first_on: date | None = None,
    instalments: Sequence[tuple[int, date]] | None = None,
) -> PaymentPlan | Counter | Refer:
    """The customer proposes `parts` equal monthly instalments (from `first_on`, default today) or names them all.

    Answers the plan; or what we would agree to, to be proposed again as `instalments`; or that a person decides, to whom
    the case then goes. The same plan proposed twice is one. Raises Refused: case_closed, nothing_open, agreement_stands.
    """
    raise NotImplementedError


def make_plan(
    *,
    case_id: int,
    instalments: Sequence[tuple[int, date]],
    now: datetime,
    actor: str,
    evidence: Mapping[str, object],
) -> PaymentPlan:
    """A person agrees to instalments (amount, local day) beyond the bounds. A live promise ends as void.

    Raises Refused: case_closed, nothing_open, agreement_stands, sum_differs, not_two_to_six, dates_out_of_range.
    """
    raise NotImplementedError


def tell_rescission(*, plan_id: int, now: datetime, actor: str) -> PaymentPlan:
    """Give notice that the plan will be rescinded. Raises Refused: plan_over, too_early (unpaid for less than 3 months)."""
    raise NotImplementedError


def rescind_plan(*, plan_id: int, now: datetime, actor: str, reason: str = "") -> PaymentPlan:
    """End a plan that was not kept. Raises Refused: plan_over, not_told, too_early (10 business days after the notice)."""
    raise NotImplementedError
