"""Settlement offers: frozen when made, accepted once, overtaken by any payment before that."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import transaction

from common.calendar import local_date, start_of_day

from ..agreement_states import OfferState
from ..authority import COMPLIANCE, LEAD
from ..limitation import is_barred, limitation_day
from ..models import Hold, SettlementOffer
from ..negotiation import Bounds, Share, floor_minor, least_for_waiting, settlement_price
from . import case_facts
from .acts import Refused, load_current, locked_case, open_hold, record, refuse_beside_agreement, zone_for
from .bounds import load_all_bounds, load_bounds
from .case_facts import Loaded
from .history import Entry, append
from .reassess import settle

_SYSTEM = "system"
# After these only a person offers again: who said no, or did not pay what was agreed, is not asked by the machine.
_NOT_AGAIN = (OfferState.DECLINED, OfferState.LAPSED)


def make_offer(
    *, case_id: int, pay_minor: int, expires_at: datetime, now: datetime, actor: str, authority: str = LEAD
) -> SettlementOffer:
    """A person's offer to close everything claimed for `pay_minor`. The same one twice is one.

    Never below the merchant's floor, and of a smaller share than the first offer of the case only by `authority`
    compliance. Raises Refused: case_closed, below_floor, below_minimum, better_for_waiting, not_less, end_in_the_past,
    time_barred, nothing_open, offer_stands (another one lives), agreement_stands.
    """
    with locked_case(case_id) as case:
        loaded = load_current(case, now=now)
        if standing := _live(loaded):
            if (standing.pay_minor, standing.expires_at) == (pay_minor, expires_at):
                return standing
            raise Refused("offer_stands", "Another offer lives. Withdraw it first.")
        _refuse_unfit(loaded, expires_at=expires_at, now=now)
        first = None if authority == COMPLIANCE else _first_shares([case_id]).get(case_id)
        bounds = load_bounds(case.merchant_id, case.currency)
        _refuse_price(pay_minor, _claimed_minor(loaded), bounds=bounds, first=first)
        offer = _offer(
            loaded, pay_minor=pay_minor, expires_at=expires_at, bounds=bounds, now=now, actor=actor
        )
        offer.save(force_insert=True)
        settle([case], now=now, actor=actor, reason="offer_made", entries=[_made(offer, now=now)])
    return offer


def standing_offer(*, case_id: int, now: datetime, actor: str) -> SettlementOffer | None:
    """The live offer of the case; made now where the merchant's terms allow one. None: there is none to make."""
    with locked_case(case_id) as case:
        settle([case], now=now, actor=actor, reason="offer asked for")
        if case.is_closed:
            return None
        return _make_all([case], now=now, actor=actor).get(case_id)


def make_offers(*, case_ids: Collection[int], now: datetime) -> dict[int, SettlementOffer]:
    """The live offers of these cases by case id, made now where the terms allow; the same queries for any number.

    Waits for nobody: a case in use gets none. What happens next to a case is not decided anew.
    """
    with transaction.atomic():
        return _make_all(case_facts.claim_cases(case_ids), now=now, actor=_SYSTEM)


def accept_offer(
    *, offer_id: int, now: datetime, actor: str, evidence: Mapping[str, object]
) -> SettlementOffer:
    """Agree to it: the case is held until `pay_until`. Twice by the same is one; a live promise ends as void.

    `evidence`: who, from where, language, level of authentication and the exact text shown.
    Raises Refused: case_closed, offer_over, already_accepted (by somebody else), agreement_stands.
    """
    with locked_case(_case_of(offer_id)) as case:
        (loaded,) = case_facts.load([case], now=now)
        offer = loaded.agreed.rows.offer
        if offer is None or offer.id != offer_id or loaded.agreed.offer_end:
            raise Refused("offer_over", "This offer is over.")
        if offer.state == OfferState.ACCEPTED:
            return _same_or_refused(offer, actor=actor)
        refuse_beside_agreement(loaded)
        bounds = load_bounds(case.merchant_id, case.currency)
        zone = zone_for(case)
        offer.pay_until = start_of_day(
            local_date(now, zone) + timedelta(days=bounds.pay_within_days + 1), zone
        )
        offer.hold = open_hold(
            case, reason=Hold.Reason.SETTLEMENT, now=now, until=offer.pay_until, actor=actor
        )
        offer.state, offer.accepted_at = OfferState.ACCEPTED, now
        offer.evidence = dict(evidence) | {"accepted_by": actor}
        offer.save(update_fields=["state", "accepted_at", "pay_until", "hold", "evidence"])
        record(
            case, kind="offer_accepted", now=now, actor=actor, offer=offer.id,
            pay_minor=offer.pay_minor, outstanding_minor=offer.outstanding_minor, until=offer.pay_until.isoformat(),
        )  # fmt: skip
    return offer


def decline_offer(*, offer_id: int, now: datetime, actor: str) -> SettlementOffer:
    """The customer does not want it. Twice is one. Raises Refused: case_closed, offer_over."""
    return _end(offer_id, OfferState.DECLINED, reason="declined", now=now, actor=actor)


def withdraw_offer(*, offer_id: int, now: datetime, actor: str, reason: str = "withdrawn") -> SettlementOffer:
    """Take a live offer back. Twice is one. Raises Refused: case_closed, offer_over."""
    return _end(offer_id, OfferState.WITHDRAWN, reason=reason, now=now, actor=actor)


def _end(offer_id: int, state: OfferState, *, reason: str, now: datetime, actor: str) -> SettlementOffer:
    with locked_case(_case_of(offer_id)) as case:
        offer = SettlementOffer.objects.get(id=offer_id)
        if offer.state == state:
            return offer
        if offer.state != OfferState.LIVE:
            raise Refused("offer_over", "This offer is over.")
        offer.state, offer.ended_at, offer.end_reason = state, now, reason[:60]
        offer.save(update_fields=["state", "ended_at", "end_reason"])
        record(case, kind=f"offer_{state}", now=now, actor=actor, reason=reason[:500], offer=offer.id)
    return offer


def _case_of(offer_id: int) -> int:
    return SettlementOffer.objects.values_list("case_id", flat=True).get(id=offer_id)


def _same_or_refused(offer: SettlementOffer, *, actor: str) -> SettlementOffer:
    if offer.evidence.get("accepted_by") == actor:
        return offer
    raise Refused("already_accepted", "This offer was accepted already.")


def _live(loaded: Loaded) -> SettlementOffer | None:
    """The offer that can be accepted at this moment."""
    offer = loaded.agreed.rows.offer
    return offer if offer and offer.state == OfferState.LIVE and not loaded.agreed.offer_end else None


def _claimed_minor(loaded: Loaded) -> int:
    return sum(item.outstanding_minor for item in loaded.claimed.values())


def _refuse_unfit(loaded: Loaded, *, expires_at: datetime, now: datetime) -> None:
    refuse_beside_agreement(loaded)
    if not loaded.claimed:
        years = loaded.facts.terms.limitation_years
        if any(is_barred(item.due_on, years=years, as_of=loaded.as_of) for item in loaded.facts.items):
            raise Refused("time_barred", "The debt is time-barred: nothing is offered on it.")
        raise Refused("nothing_open", "Nothing of this case is open and undisputed.")
    if expires_at <= now:
        raise Refused("end_in_the_past", "The end of an offer lies in the future.")


def _refuse_price(pay_minor: int, outstanding_minor: int, *, bounds: Bounds, first: Share | None) -> None:
    if not 0 < pay_minor < outstanding_minor:
        raise Refused("not_less", "An offer asks for less than what is open.")
    if pay_minor < floor_minor(outstanding_minor, bounds):
        raise Refused("below_floor", "The merchant's terms allow no offer that low.")
    if pay_minor < bounds.least_payment_minor:
        raise Refused("below_minimum", "The gateway takes no payment that small.")
    if pay_minor < least_for_waiting(outstanding_minor, first):
        raise Refused("better_for_waiting", "An earlier offer asked for more. Only compliance goes below it.")


def _first_shares(case_ids: Collection[int]) -> dict[int, Share]:
    """The share each case was offered first."""
    rows = SettlementOffer.objects.filter(case__in=case_ids).exclude(state=OfferState.DRAFT)
    rows = rows.order_by("case_id", "made_at", "id").distinct("case_id")
    return {row.case_id: Share(row.pay_minor, row.outstanding_minor) for row in rows}


def _make_all(cases: Collection, *, now: datetime, actor: str) -> dict[int, SettlementOffer]:
    """The live offers of these locked cases, made where there is none and the terms allow."""
    loaded = case_facts.load(list(cases), now=now)
    live = {one.case.id: offer for one in loaded if (offer := _live(one))}
    free = [one for one in loaded if one.agreed.rows.offer is None and not one.facts.has_plan and one.claimed]
    ids = [one.case.id for one in free]
    first = _first_shares(ids)
    refused = set(
        SettlementOffer.objects.filter(case__in=ids, state__in=_NOT_AGAIN).values_list("case_id", flat=True)
    )
    bounds = load_all_bounds({(one.case.merchant_id, one.case.currency) for one in free})
    made = []
    for one in free:
        own = bounds[one.case.merchant_id, one.case.currency]
        price = settlement_price(
            outstanding_minor=_claimed_minor(one), bounds=own, first=first.get(one.case.id)
        )
        if price is not None and one.case.id not in refused:
            until = start_of_day(one.as_of + timedelta(days=own.offer_days + 1), zone_for(one.case))
            made.append(_offer(one, pay_minor=price, expires_at=until, bounds=own, now=now, actor=actor))
    SettlementOffer.objects.bulk_create(made)
    append([_made(offer, now=now) for offer in made])
    return live | {offer.case_id: offer for offer in made}


def _offer(
    loaded: Loaded, *, pay_minor: int, expires_at: datetime, bounds: Bounds, now: datetime, actor: str
) -> SettlementOffer:
    """Unsaved. It never outlives the claim: the first day on which one of its payments is barred ends it."""
    items, years = sorted(loaded.claimed.items()), loaded.facts.terms.limitation_years
    barred = min(limitation_day(item.due_on, years) for _, item in items) + timedelta(days=1)
    outstanding = _claimed_minor(loaded)
    return SettlementOffer(
        case=loaded.case,
        state=OfferState.LIVE,
        pay_minor=pay_minor,
        outstanding_minor=outstanding,
        floor_minor=floor_minor(outstanding, bounds),
        items=[[payment_id, item.outstanding_minor] for payment_id, item in items],
        paid_before_minor=sum(item.paid_minor for _, item in items),
        made_by=actor,
        made_at=now,
        expires_at=min(expires_at, start_of_day(barred, zone_for(loaded.case))),
    )


def _made(offer: SettlementOffer, *, now: datetime) -> Entry:
    data = {
        "offer": offer.id,
        "pay_minor": offer.pay_minor,
        "outstanding_minor": offer.outstanding_minor,
        "until": offer.expires_at.isoformat(),
    }
    return Entry(case_id=offer.case_id, kind="offer_made", at=now, actor=offer.made_by, data=data)
