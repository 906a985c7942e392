"""Whose policies a person sees, and who may change them."""

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from accounts.models import Merchant, User
from accounts.models.staff import Role
from defaults.authority import LEAD, may_decide

from ..models import DunningPolicy, PolicyVersion


def visible_policies(user: User) -> QuerySet[DunningPolicy]:
    """Those of the viewer's merchants, and the shared one, which binds every merchant without its own."""
    whose = Q(merchant=None) | Q(merchant__in=user.visible_merchants())
    return DunningPolicy.objects.filter(whose).select_related("merchant")


def visible_version(request: HttpRequest, slug: str, number: int) -> PolicyVersion:
    """Another merchant's looks like none at all."""
    rows = PolicyVersion.objects.filter(policy__in=visible_policies(request.user), policy__slug=slug)
    found = (
        rows.select_related("policy__merchant", "made_from__policy").filter(number=number).first()
        if number < 2**15
        else None
    )
    if found is None:
        raise Http404
    return found


def may_edit(user: User, policy: DunningPolicy) -> bool:
    """Leads and above; the shared policy by those who see every merchant it may bind."""
    if not may_decide(user.role, LEAD):
        return False
    return policy.merchant_id is not None or sees_all(user)


def sees_all(user: User) -> bool:
    if user.role == Role.ADMIN:
        return True
    return not Merchant.objects.exclude(pk__in=user.visible_merchants().values("pk")).exists()
