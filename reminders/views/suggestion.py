"""What a person at this case would best do next, and why: named first on the panel, decided by nobody but him."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.views.wording import amount, day, short_moment
from defaults.agreement_states import AdjustmentState, OfferState
from defaults.models import DefaultCase, Hold
from defaults.negotiation import settlement_price
from defaults.reports.claim import LiveClaim
from defaults.services.bounds import load_bounds
from defaults.views.wording import held_until


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`dialog`: the act it means, "" where there is nothing to do."""

    what: str
    why: str
    dialog: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    case: DefaultCase
    told: Mapping
    hold: Hold | None
    claim: LiveClaim
    waits: bool
    now: datetime


def suggestion(
    case: DefaultCase,
    *,
    told: Mapping,
    hold: Hold | None,
    claim: LiveClaim,
    waits: bool,
    now: datetime,
) -> Suggestion | None:
    """`case` as `panel.load_open` gives it, `told` the decision in force in words, `waits`: an approval is open."""
    if case.is_closed:
        return None
    seen = _Seen(case=case, told=told, hold=hold, claim=claim, waits=waits, now=now)
    return next(found for look in _LOOKS if (found := look(seen)))


def _approval(seen: _Seen) -> Suggestion | None:
    if not seen.waits:
        return None
    return Suggestion(_("Wait for the second person"), _("What was asked for is not done before that."))


def _dispute(seen: _Seen) -> Suggestion | None:
    raised = next(iter(seen.case.disputes.all()), None)
    if raised is None:
        return None
    why = _("%(reason)s; the law gives until %(day)s.") % {
        "reason": raised.get_reason_display(),
        "day": day(raised.answer_due_on),
    }
    return Suggestion(_("Answer the dispute"), why, "answer")


def _adjustment(seen: _Seen) -> Suggestion | None:
    if not any(one.state == AdjustmentState.REQUESTED for one in seen.case.adjustments.all()):
        return None
    return Suggestion(_("Decide on the change of the debt"), _("Decided and told within 10 business days."))


def _says_paid(seen: _Seen) -> Suggestion | None:
    if seen.hold is None or seen.hold.reason != Hold.Reason.CLAIMED_PAID:
        return None
    return Suggestion(
        _("Look for the payment"), _("The customer says that it is paid; asking rests meanwhile."), "close"
    )


def _held(seen: _Seen) -> Suggestion | None:
    if seen.hold is None:
        return None
    why = f"{seen.hold.get_reason_display()}. {held_until(seen.hold, now=seen.now)}."
    return Suggestion(_("Leave it alone"), why)


def _offered(seen: _Seen) -> Suggestion | None:
    live = next((one for one in seen.case.offers.all() if one.state == OfferState.LIVE), None)
    if live is None:
        return None
    why = _("An offer of %(sum)s stands until %(moment)s.") % {
        "sum": amount(live.pay_minor, seen.case.currency),
        "moment": short_moment(live.expires_at, now=seen.now),
    }
    return Suggestion(_("Wait for the answer"), why)


def _due(seen: _Seen) -> Suggestion | None:
    if seen.told["kind"] != "send":
        return None
    return Suggestion(_("Remind"), seen.told["sentence"], "remind")


def _stuck(seen: _Seen) -> Suggestion | None:
    """The system has no step left, or asks for a person."""
    if not (seen.case.needs_staff or seen.told["kind"] == "end"):
        return None
    case, bounds = seen.case, load_bounds(seen.case.merchant_id, seen.case.currency)
    price = settlement_price(outstanding_minor=seen.claim.owed_minor, bounds=bounds)
    if price is None or case.offers.all():
        return Suggestion(_("Close it, or hand it on"), seen.told["sentence"], "close")
    why = _("%(sentence)s The merchant gives up to %(percent)d %%.") % {
        "sentence": seen.told["sentence"],
        "percent": bounds.discount_percent,
    }
    return Suggestion(_("Offer %s") % amount(price, case.currency), why, "offer")


def _nothing(seen: _Seen) -> Suggestion:
    return Suggestion(_("Nothing for now"), seen.told["sentence"] or _("The system goes on by itself."))


_LOOKS: tuple[Callable[[_Seen], Suggestion | None], ...] = (
    _approval, _dispute, _adjustment, _says_paid, _held, _offered, _due, _stuck, _nothing,
)  # fmt: skip
