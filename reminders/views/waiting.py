"""How much waits for this person's decision: the number beside the approvals in the bar of every page."""

from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import CreditRefund, User
from accounts.models.staff import Role
from defaults.agreement_states import ApprovalState
from defaults.authority import LEAD, may_decide
from defaults.models import Approval

from ..models import PublishRequest
from .policy_common import sees_all, visible_policies

KEPT_SECONDS = 15


def waiting(request: HttpRequest) -> dict[str, Any]:
    """Template context. Counted only where a page shows it, for those who decide anything."""
    return {"waiting": lambda: _remembered(request.user)}


def count_again(user: User) -> None:
    """At the next page, whatever is remembered."""
    cache.delete(_key(user))


def to_decide(user: User) -> QuerySet:
    """Ids of what this person may decide; the parts have nothing else in common."""
    merchants, actor = user.visible_merchants(), f"staff:{user.get_username()}"
    roles = [role for role in Role.values if may_decide(user.role, role)]
    acts = Approval.objects.filter(
        case__merchant__in=merchants, state=ApprovalState.ASKED, needs_role__in=roles
    )
    refunds = CreditRefund.objects.filter(
        payment__merchant__in=merchants, state__in=[CreditRefund.State.ASKED, CreditRefund.State.FAILED]
    )
    policies = visible_policies(user) if sees_all(user) else visible_policies(user).exclude(merchant=None)
    drafts = PublishRequest.objects.filter(version__policy__in=policies, state=PublishRequest.State.ASKED)
    parts = (part.exclude(asked_by=actor).order_by().values_list("pk") for part in (acts, refunds, drafts))
    return next(parts).union(*parts, all=True)


def _remembered(user: User) -> int:
    if not may_decide(user.role, LEAD):
        return 0
    return cache.get_or_set(_key(user), lambda: to_decide(user).count(), KEPT_SECONDS)


def _key(user: User) -> str:
    return f"waiting-{user.pk}"
