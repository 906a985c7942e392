"""What waits for a second person: acts beyond somebody's authority, and over-payments to be given back."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import CreditRefund
from accounts.services.credit_refunds import BY_HAND, RefundRefused, decide_refund, paid_by_hand
from accounts.views.wording import ago, amount
from common import clock
from defaults.agreement_states import ApprovalState
from defaults.authority import LEAD, may_decide
from defaults.models import Approval
from defaults.services.acts import Refused
from defaults.services.approvals import grant, refuse

from .approval_words import approval_line
from .policy_publish import publish_lines
from .refusals import in_words
from .viewing import maker_of
from .waiting import count_again
from .wording import who

MOST_SHOWN = 200
_VERBS: dict[str, Callable] = {"grant": grant, "refuse": refuse}
_State = CreditRefund.State


@login_required
@never_cache
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    return _page(request, now=clock.now())


@login_required
@require_POST
def decide(request: HttpRequest, approval_id: int, verb: str) -> HttpResponse:
    """Grant or refuse; back to where the decision was taken."""
    now = clock.now()
    approval = _visible(request).filter(pk=approval_id).first()
    if approval is None or verb not in _VERBS:
        raise Http404
    comment = request.POST.get("comment", "").replace("\x00", "").strip()[:500]
    try:
        decided = _VERBS[verb](approval_id=approval.pk, checker=maker_of(request), now=now, comment=comment)
    except Refused as refusal:
        return _page(request, now=now, error=in_words(refusal))
    if decided.state == ApprovalState.OVERTAKEN:
        error = _("The case has changed since this was asked for. Nothing was done; have it asked for again.")
        return _page(request, now=now, error=error)
    count_again(request.user)
    if request.POST.get("back") == "case":
        return redirect("case", number=approval.case.number)
    return redirect("approvals")


@login_required
@require_POST
def decide_credit(request: HttpRequest, refund_id: int, verdict: str) -> HttpResponse:
    """Agree to giving an over-payment back, refuse it, or note that it was paid by hand. A lead does."""
    now = clock.now()
    refund = _visible_refunds(request).filter(pk=refund_id).first()
    if refund is None or verdict not in (_State.AGREED, _State.REFUSED, "paid"):
        raise Http404
    if not may_decide(request.user.role, LEAD):
        return _page(request, now=now, error=_("This needs a person of a higher role."))
    actor = maker_of(request).actor
    try:
        if verdict == "paid":
            paid_by_hand(refund_id=refund.pk, actor=actor, now=now)
        else:
            decide_refund(refund_id=refund.pk, verdict=verdict, actor=actor, now=now)
    except RefundRefused as refusal:
        return _page(request, now=now, error=in_words(refusal))
    return redirect("approvals")


def _page(request: HttpRequest, *, now: datetime, error: str = "") -> HttpResponse:
    count_again(request.user)
    waiting = _visible(request).filter(state=ApprovalState.ASKED).order_by("asked_at", "pk")[:MOST_SHOWN]
    lines = [approval_line(one, viewer=request.user, now=now, case=one.case) for one in waiting]
    open_refunds = _visible_refunds(request).exclude(state__in=[_State.DONE, _State.REFUSED])
    context = {
        "current": "approvals",
        "mine": [line for line in lines if line["may"]],
        "others": [line for line in lines if not line["may"]],
        "refunds": [
            _refund(one, request=request, now=now) for one in open_refunds.order_by("asked_at")[:MOST_SHOWN]
        ],
        "policies": publish_lines(request, now=now),
        "error": error,
    }
    return render(request, "reminders/approvals.html", context)


def _visible(request: HttpRequest) -> QuerySet[Approval]:
    merchants = request.user.visible_merchants()
    return Approval.objects.filter(case__merchant__in=merchants).select_related(
        "case__customer", "case__merchant"
    )


def _visible_refunds(request: HttpRequest) -> QuerySet[CreditRefund]:
    merchants = request.user.visible_merchants()
    return CreditRefund.objects.filter(payment__merchant__in=merchants).select_related(
        "payment__customer", "payment__merchant"
    )


def _refund(refund: CreditRefund, *, request: HttpRequest, now: datetime) -> dict:
    is_lead = may_decide(request.user.role, LEAD)
    is_own = refund.asked_by == maker_of(request).actor
    to_decide = refund.state in (_State.ASKED, _State.FAILED)
    return {
        "id": refund.pk,
        "sum": amount(refund.amount_minor, refund.payment.currency),
        "customer": refund.payment.customer,
        "merchant": refund.payment.merchant.name,
        "what": refund.payment.description or refund.payment.reference,
        "reason": refund.reason,
        "by": who(refund.asked_by),
        "ago": ago(refund.asked_at, now=now),
        "state": refund.get_state_display(),
        "detail": "" if refund.detail == BY_HAND else refund.detail,
        "may_decide": to_decide and is_lead and not is_own,
        "may_pay": refund.detail == BY_HAND and refund.state == _State.AGREED and is_lead,
    }
