"""Two versions side by side in words, and the way into force: one person asks, another decides."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.views.wording import ago
from common import clock
from defaults.services.acts import Refused

from ..models import PolicyVersion, PublishRequest
from ..services.policy_diff import changes_between
from ..services.policy_shape import shape_of
from ..services.publishing import ask_to_publish, grant_publishing, refuse_publishing
from .policies import STATES
from .policy_common import may_edit, visible_policies, visible_version
from .policy_words import change_lines
from .refusals import in_words
from .viewing import maker_of
from .wording import who

_VERBS: Mapping[str, Callable[..., PublishRequest]] = {"grant": grant_publishing, "refuse": refuse_publishing}
_Draft = PolicyVersion.State.DRAFT


@login_required
@never_cache
@require_safe
def difference(request: HttpRequest, slug: str, number: int, other: int) -> HttpResponse:
    return _page(request, visible_version(request, slug, number), visible_version(request, slug, other))


def _other(version: PolicyVersion, other: PolicyVersion) -> PolicyVersion:
    """A policy's first draft has only what it was made from to be compared with."""
    return version.made_from if version == other and version.made_from is not None else other


def _title(version: PolicyVersion, other: PolicyVersion) -> str:
    if version == other:
        return f"v{version.number}"
    is_same = version.policy_id == other.policy_id
    words = {"version": f"v{version.number}", "other": f"v{other.number}" if is_same else str(other)}
    return _("%(version)s against %(other)s") % words


@login_required
@require_POST
def publish(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Ask for it, with a reason; a second person decides."""
    version = visible_version(request, slug, number)
    if not may_edit(request.user, version.policy):
        return _refused(request, version, Refused("missing_role", ""), status=403)
    edition = request.POST.get("edition", "")
    reason = request.POST.get("reason", "").replace("\x00", "").strip()
    try:
        ask_to_publish(
            version_id=version.pk,
            edition=int(edition) if edition.isdecimal() and len(edition) < 9 else -1,
            reason=reason,
            actor=maker_of(request).actor,
            now=clock.now(),
        )
    except Refused as refusal:
        return _refused(request, version, refusal, typed=reason)
    return redirect(_address(version))


@login_required
@require_POST
def decide(request: HttpRequest, request_id: int, verb: str) -> HttpResponse:
    """Grant or refuse. Whoever asked may only take it back."""
    asked = _open_to(request).filter(pk=request_id).first() if request_id < 2**63 else None
    if asked is None or verb not in _VERBS:
        raise Http404
    version = asked.version
    if not may_edit(request.user, version.policy):
        return _refused(request, version, Refused("missing_role", ""), status=403)
    comment = request.POST.get("comment", "").replace("\x00", "").strip()[:500]
    try:
        decided = _VERBS[verb](
            request_id=request_id, actor=maker_of(request).actor, now=clock.now(), comment=comment
        )
    except Refused as refusal:
        return _refused(request, version, refusal)
    if decided.state == PublishRequest.State.OVERTAKEN:
        return _refused(request, version, Refused("draft_changed", ""))
    return redirect("policy", slug=version.policy.slug)


def publish_lines(request: HttpRequest, *, now: datetime) -> list[dict[str, Any]]:
    """What waits to be put in force, for the page of approvals."""
    rows = _open_to(request).filter(state=PublishRequest.State.ASKED).order_by("asked_at")
    return [_request_line(request, one, now=now) for one in rows]


def _open_to(request: HttpRequest) -> QuerySet[PublishRequest]:
    visible = visible_policies(request.user)
    return PublishRequest.objects.filter(version__policy__in=visible).select_related(
        "version__policy__merchant"
    )


def _request_line(request: HttpRequest, asked: PublishRequest, *, now: datetime) -> dict[str, Any]:
    is_own = asked.asked_by == maker_of(request).actor
    can_edit = may_edit(request.user, asked.version.policy)
    return {
        "id": asked.pk,
        "version": asked.version,
        "reason": asked.reason,
        "by": who(asked.asked_by),
        "ago": ago(asked.asked_at, now=now),
        "address": _address(asked.version),
        "is_stale": asked.edition != asked.version.edition,
        "may_grant": can_edit and not is_own,
        "may_refuse": can_edit,
        "is_own": is_own,
    }


def _address(version: PolicyVersion) -> str:
    return reverse("policy-difference", args=[version.policy.slug, version.number, _base(version)])


def _base(version: PolicyVersion) -> int:
    """The number to compare a draft with: the version in force, else what it was made from, else itself."""
    live = (
        version.policy.versions.filter(state=PolicyVersion.State.LIVE)
        .values_list("number", flat=True)
        .first()
    )
    made_from = version.made_from
    own = made_from.number if made_from and made_from.policy_id == version.policy_id else version.number
    return live or own


def _refused(
    request: HttpRequest, version: PolicyVersion, refusal: Refused, *, typed: str = "", status: int = 409
) -> HttpResponse:
    other = visible_version(request, version.policy.slug, _base(version))
    error = in_words(refusal)
    if refusal.code == "text_missing_for":
        error = _("A step has no text: %s. Write one, or take the channel out.") % refusal.detail
    status = 422 if refusal.code == "reason_missing" else status
    fresh = visible_version(request, version.policy.slug, version.number)
    return _page(request, fresh, other, error=error, typed=typed, status=status)


def _page(
    request: HttpRequest,
    version: PolicyVersion,
    other: PolicyVersion,
    *,
    error: str = "",
    typed: str = "",
    status: int = 200,
) -> HttpResponse:
    now, other = clock.now(), _other(version, other)
    asked = version.publish_requests.filter(state=PublishRequest.State.ASKED).first()
    if asked is not None:
        asked.version = version
    is_draft = version.state == _Draft
    context = {
        "current": "policies",
        "policy": version.policy,
        "version": version,
        "other": other,
        "title": _title(version, other),
        "colour": STATES[PolicyVersion.State(version.state)],
        "changes": change_lines(changes_between(shape_of(other), shape_of(version))),
        "versions": list(version.policy.versions.exclude(pk=version.pk).order_by("-number")),
        "request_line": _request_line(request, asked, now=now) if asked else None,
        "may_ask": is_draft and asked is None and may_edit(request.user, version.policy),
        "is_draft": is_draft,
        "error": error,
        "typed": typed,
    }
    return render(request, "reminders/policy_difference.html", context, status=status)
