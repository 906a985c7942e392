"""Policies: the version in force, drafts and history, and the ways to a new draft."""

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Merchant
from accounts.views.wording import moment
from defaults.authority import LEAD, may_decide
from defaults.services.acts import Refused
from defaults.views.wording import AMBER, GREEN, GREY

from ..models import DunningPolicy, PolicyVersion
from ..services.policy_drafts import StaleDraft, discard, make_draft, make_own_policy
from .policy_common import may_edit, visible_policies, visible_version
from .refusals import in_words
from .viewing import maker_of
from .wording import who

STATES = {
    PolicyVersion.State.DRAFT: AMBER,
    PolicyVersion.State.LIVE: GREEN,
    PolicyVersion.State.RETIRED: GREY,
}


SHARED = "shared"


@login_required
@never_cache
@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    return _list(request)


@login_required
@never_cache
@require_safe
def policy(request: HttpRequest, slug: str) -> HttpResponse:
    return _policy(request, _found(request, slug))


@login_required
@require_POST
def new_draft(request: HttpRequest, slug: str) -> HttpResponse:
    """A draft from the version that was chosen."""
    found = _found(request, slug)
    if not may_edit(request.user, found):
        return _policy(request, found, error=in_words(Refused("missing_role", "")), status=403)
    number = request.POST.get("from", "")
    if number == SHARED:
        version = _shared_live()
    else:
        version = found.versions.filter(
            number=int(number) if number.isdecimal() and len(number) < 5 else -1
        ).first()
    if version is None:
        return _policy(request, found, error=_("Choose the version to begin with."), status=422)
    draft = make_draft(policy=found, version=version, actor=maker_of(request).actor)
    return redirect("policy-version", slug=slug, number=draft.number)


@login_required
@require_POST
def own_policy(request: HttpRequest) -> HttpResponse:
    """A merchant under the shared policy gets a draft of its own, made from the version in force."""
    merchant = (
        _merchants_without(request).filter(slug=request.POST.get("merchant", "").replace("\0", "")).first()
    )
    live = _shared_live()
    if not may_decide(request.user.role, LEAD):
        return _list(request, error=in_words(Refused("missing_role", "")), status=403)
    if merchant is None or live is None:
        return _list(request, error=_("Choose one of your merchants."), status=422)
    try:
        draft = make_own_policy(merchant=merchant, version=live, actor=maker_of(request).actor)
    except Refused as refusal:
        return _list(request, error=in_words(refusal), status=409)
    return redirect("policy-version", slug=draft.policy.slug, number=draft.number)


@login_required
@require_POST
def discard_draft(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    version = visible_version(request, slug, number)
    if not may_edit(request.user, version.policy):
        return _policy(request, version.policy, error=in_words(Refused("missing_role", "")), status=403)
    edition = request.POST.get("edition", "")
    try:
        discard(version_id=version.pk, edition=int(edition) if edition.isdecimal() else -1)
    except StaleDraft:
        error = _("The draft has changed since you read it. Look again, then decide.")
        return _policy(request, version.policy, error=error, status=409)
    except Refused as refusal:
        return _policy(request, version.policy, error=in_words(refusal), status=409)
    return redirect("policy", slug=slug)


def _found(request: HttpRequest, slug: str) -> DunningPolicy:
    found = visible_policies(request.user).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def _shared_live() -> PolicyVersion | None:
    """What a policy without versions begins with."""
    live = PolicyVersion.objects.filter(policy__merchant=None, state=PolicyVersion.State.LIVE)
    return live.order_by("policy_id").first()


def _merchants_without(request: HttpRequest) -> QuerySet[Merchant]:
    return request.user.visible_merchants().filter(dunning_policy=None)


def _list(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    current = PolicyVersion.objects.exclude(state=PolicyVersion.State.RETIRED).annotate(length=Count("steps"))
    found = visible_policies(request.user).order_by("merchant__slug", "slug")
    rows = found.prefetch_related(Prefetch("versions", current.order_by("number"), to_attr="current"))
    is_lead = may_decide(request.user.role, LEAD)
    context = {
        "current": "policies",
        "policies": [_line(one) for one in rows],
        "may_own": list(_merchants_without(request)) if is_lead else [],
        "error": error,
    }
    return render(request, "reminders/policies.html", context, status=status)


def _line(found: DunningPolicy) -> dict:
    return {
        "policy": found,
        "live": next((one for one in found.current if one.state == PolicyVersion.State.LIVE), None),
        "drafts": [one for one in found.current if one.state == PolicyVersion.State.DRAFT],
    }


def _policy(
    request: HttpRequest, found: DunningPolicy, *, error: str = "", status: int = 200
) -> HttpResponse:
    versions = list(
        found.versions.annotate(length=Count("steps")).select_related("made_from__policy").order_by("-number")
    )
    live = next((one for one in versions if one.state == PolicyVersion.State.LIVE), None)
    context = {
        "current": "policies",
        "policy": found,
        "live": live,
        "lines": [_version_line(one, live, versions) for one in versions],
        "may_edit": may_edit(request.user, found),
        "may_lead": may_decide(request.user.role, LEAD),
        "error": error,
    }
    return render(request, "reminders/policy.html", context, status=status)


def _version_line(version: PolicyVersion, live: PolicyVersion | None, versions: list[PolicyVersion]) -> dict:
    """`against`: the number of the version a reader would compare it with; None: there is none. `versions`: newest first."""
    is_draft = version.state == PolicyVersion.State.DRAFT
    earlier = [one for one in versions if one.number < version.number and one.published_by]
    base = (
        live
        if is_draft and live is not None
        else version.made_from
        if version.made_from in versions
        else None
    )
    base = base or next(iter(earlier), None)
    return {
        "version": version,
        "colour": STATES[PolicyVersion.State(version.state)],
        "made": moment(version.created_at),
        "by": who(version.made_by) if version.made_by else "",
        "live": moment(version.live_at) if version.live_at else "",
        "published_by": who(version.published_by) if version.published_by else "",
        "made_from": _origin(version),
        "against": base.number if base else None,
    }


def _origin(version: PolicyVersion) -> str:
    made_from = version.made_from
    if made_from is None:
        return ""
    return f"v{made_from.number}" if made_from.policy_id == version.policy_id else str(made_from)
