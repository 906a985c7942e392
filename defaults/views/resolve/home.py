"""The first page of a case: what is open, the one thing to do, and every other way."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.services.checkouts import minimum_of
from accounts.views.wording import day

from ...agreement_states import AdjustmentState, OfferState
from ...case_states import Outcome
from ...reports.due import left_of_offer, next_part
from ...reports.items import items_of
from .act import Act, show
from .papers import papers_of
from .pay import EVERYTHING, NEXT, OFFER
from .table import FIRST, QUIET, WAYS
from .visit import Visit, visited


@require_safe
@visited
def home(visit: Visit) -> HttpResponse:
    case, claim = visit.case, visit.claim
    by_gateway = minimum_of(case.merchant_id, case.currency) is not None
    context = {
        "is_open": visit.is_open,
        "is_paid": case.outcome in (None, Outcome.CURED, Outcome.SETTLED),
        "owed": visit.amount(claim.open_minor),
        "due_on": day(claim.oldest_due_on or case.oldest_due_on),
        "standing": _standing(visit),
        "pay": _pay(visit) if by_gateway and visit.is_open else None,
        "by_gateway": by_gateway,
        "first": _ways(visit, FIRST),
        "ways": _ways(visit, WAYS),
        "quiet": _ways(visit, QUIET),
        "you": visit.address("you"),
        "messages": visit.address("messages"),
    }
    return show(visit, "home", context | (_details(visit) if visit.is_known else {}))


def _pay(visit: Visit) -> tuple[str, str]:
    """The main button: what was agreed comes before everything."""
    how, minor = EVERYTHING, visit.claim.owed_minor or visit.claim.disputed_minor
    if left := left_of_offer(visit.answers.offer):
        how, minor = OFFER, left
    elif part := next_part(visit.answers.plan):
        how, minor = NEXT, part.missing_minor
    return _("Pay %s") % visit.amount(minor), visit.address("pay", how=how)


def _ways(visit: Visit, acts: Sequence[Act]) -> list[dict]:
    found = ((act, act.way(visit)) for act in acts)
    return [
        {"address": visit.address(act.name), "title": way.title, "detail": way.detail}
        for act, way in found
        if way
    ]


def _standing(visit: Visit) -> list[str]:
    """What was said or agreed before and still holds."""
    said, found = visit.answers, []
    if said.offer and said.offer.state == OfferState.ACCEPTED:
        terms = {
            "amount": visit.amount(said.offer.pay_minor),
            "until": visit.last_moment(said.offer.pay_until),
        }
        found.append(_("Agreed: %(amount)s closes this, if it is paid by %(until)s.") % terms)
    if part := next_part(said.plan):
        terms = {"amount": visit.amount(part.missing_minor), "day": day(part.instalment.due_on)}
        found.append(_("You pay in instalments. Next: %(amount)s by %(day)s.") % terms)
    if said.promise:
        found.append(
            _("You named %s as your payment date. Reminders are paused until then.") % day(said.promise.on)
        )
    if said.claimed_paid:
        found.append(_("You told us that you already paid. Reminders are paused."))
    if said.dispute:
        due = day(said.dispute.answer_due_on)
        found.append(_("You told us that something is not right. The answer comes by %s.") % due)
    if said.deferral:
        found.append(_("This is paused. No reminder is sent and no fee is added."))
    if said.adjustment and said.adjustment.state == AdjustmentState.REQUESTED:
        found.append(
            _("You asked us to change the debt. You are told by %s.")
            % visit.last_moment(said.adjustment.decide_by)
        )
    if said.stopped_at:
        found.append(_("You asked for no more messages. None is sent."))
    return found


def _details(visit: Visit) -> dict:
    items = [
        {
            "what": line.payment.description or line.payment.reference,
            "due_on": day(line.payment.due_on),
            "owed": visit.amount(line.payment.outstanding_minor),
            "is_disputed": line.is_disputed,
        }
        for line in items_of(visit.case)
    ]
    return {"items": items, "papers": papers_of(visit)}
