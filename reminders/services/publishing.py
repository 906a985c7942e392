"""Putting a draft in force takes two people: one asks and says why, another reads the difference and decides.

Every version has steps and every step sends, and most write off at the end, so there is no version that one person may
publish alone.
"""

from datetime import datetime

from django.db import transaction

from defaults.services.acts import Refused

from ..correspondence import SOFT
from ..models import PolicyVersion, PublishRequest
from .policies import make_live
from .policy_shape import shape_of

_State = PublishRequest.State


def ask_to_publish(
    *, version_id: int, edition: int, reason: str, actor: str, now: datetime
) -> PublishRequest:
    """The request for a draft as it was read; an older one for it is overtaken.

    Raises Refused: not_a_draft, reason_missing, draft_changed, no_steps, text_missing_for.
    """
    if not reason:
        raise Refused("reason_missing", "Say why the policy changes.")
    with transaction.atomic():
        version = _held_draft(version_id)
        if version.edition != edition:
            raise Refused("draft_changed", "The draft has changed since it was read.")
        refuse_unfit(version)
        version.publish_requests.filter(state=_State.ASKED).update(
            state=_State.OVERTAKEN, decided_by="system", decided_at=now
        )
        return PublishRequest.objects.create(
            version=version, edition=edition, reason=reason[:500], asked_by=actor, asked_at=now
        )


def grant_publishing(*, request_id: int, actor: str, now: datetime, comment: str = "") -> PublishRequest:
    """Put the draft in force, in both names; `overtaken` in the request's state tells that it had changed and was not.

    Raises Refused: own_request, already_decided, not_a_draft, no_steps, text_missing_for.
    """
    with transaction.atomic():
        request = _to_decide(request_id)
        if request.asked_by == actor:
            raise Refused("own_request", "Somebody else decides what you asked for.")
        version = _held_draft(request.version_id)
        if version.edition != request.edition:
            return _decided(request, _State.OVERTAKEN, by="system", now=now, comment=comment)
        refuse_unfit(version)
        both = f"{request.asked_by} & {actor.removeprefix('staff:')}"
        make_live(version_id=version.pk, by=both, reason=request.reason, now=now)
        return _decided(request, _State.GRANTED, by=actor, now=now, comment=comment)


def refuse_publishing(*, request_id: int, actor: str, now: datetime, comment: str = "") -> PublishRequest:
    """Say no; whoever asked may take it back so. Raises Refused(already_decided)."""
    with transaction.atomic():
        return _decided(_to_decide(request_id), _State.REFUSED, by=actor, now=now, comment=comment)


def refuse_unfit(version: PolicyVersion) -> None:
    """Who could not say what its steps are for does not come into force. Raises Refused: no_steps, text_missing_for."""
    steps = shape_of(version).steps
    if not steps:
        raise Refused("no_steps", "A policy without steps asks nobody.")
    missing = [
        f"{step.key} ({channel})"
        for step in steps
        for channel in step.channels
        if not any(place[1] == channel for place in step.texts if place[0] != SOFT)
    ]
    if missing:
        raise Refused("text_missing_for", ", ".join(missing))


def _held_draft(version_id: int) -> PolicyVersion:
    version = PolicyVersion.objects.select_for_update(of=["self"]).select_related("policy").get(pk=version_id)
    if version.state != PolicyVersion.State.DRAFT:
        raise Refused("not_a_draft", "The version is in force, or was.")
    return version


def _to_decide(request_id: int) -> PublishRequest:
    request = PublishRequest.objects.select_for_update(no_key=True).get(pk=request_id)
    if request.state != _State.ASKED:
        raise Refused("already_decided", f"The request is {request.state} already.")
    return request


def _decided(request: PublishRequest, state: str, *, by: str, now: datetime, comment: str) -> PublishRequest:
    request.state, request.decided_by, request.decided_at, request.comment = state, by, now, comment
    request.save(update_fields=["state", "decided_by", "decided_at", "comment"])
    return request
