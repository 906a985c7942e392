"""Settlement offers: frozen when made, accepted once, overtaken by any payment before that."""

from collections.abc import Collection, Mapping
from datetime import datetime

from ..authority import LEAD
from ..models import SettlementOffer


def make_offer(
    *, case_id: int, pay_minor: int, expires_at: datetime, now: datetime, actor: str, authority: str = LEAD
) -> SettlementOffer:
    """A person's offer to close everything claimed for `pay_minor`. The same one twice is one.

    Never below the merchant's floor, and of a smaller share than the first offer of the case only by `authority`
    compliance. Raises Refused: case_closed, below_floor, better_for_waiting, not_less, end_in_the_past, time_barred,
    nothing_open, offer_stands (another one lives), agreement_stands.
    """
    raise NotImplementedError


def standing_offer(*, case_id: int, now: datetime, actor: str) -> SettlementOffer | None:
    """The live offer of the case; made now where the merchant's terms allow one. None: there is none to make."""
    raise NotImplementedError


def make_offers(*, case_ids: Collection[int], now: datetime) -> dict[int, SettlementOffer]:
    """The live offers of these cases by case id, made now where the terms allow; the same queries for any number."""
    raise NotImplementedError


def accept_offer(
    *, offer_id: int, now: datetime, actor: str, evidence: Mapping[str, object]
) -> SettlementOffer:
    """Agree to it: the case is held until `pay_until`. Twice by the same is one; a live promise ends as void.

    Raises Refused: case_closed, offer_over, already_accepted (by somebody else), agreement_stands.
    """
    raise NotImplementedError


def decline_offer(*, offer_id: int, now: datetime, actor: str) -> SettlementOffer:
    """The customer does not want it. Twice is one. Raises Refused: case_closed, offer_over."""
    raise NotImplementedError


def withdraw_offer(*, offer_id: int, now: datetime, actor: str, reason: str = "withdrawn") -> SettlementOffer:
    """Take a live offer back. Raises Refused: case_closed, offer_over."""
    raise NotImplementedError
