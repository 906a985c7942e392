"""Putting a version of a dunning policy in force."""

from datetime import datetime

from django.db import transaction

from ..models import DunningPolicy, PolicyVersion


class NotADraft(ValueError):
    """Only a draft that has steps can be put in force."""


@transaction.atomic
def make_live(*, version_id: int, by: str, reason: str, now: datetime) -> None:
    """Retire the version in force and put this one in its place. Cases keep the version of their first message."""
    version = PolicyVersion.objects.select_related("policy").get(pk=version_id)
    DunningPolicy.objects.select_for_update().get(pk=version.policy_id)
    draft = PolicyVersion.objects.filter(pk=version_id, state=PolicyVersion.State.DRAFT)
    if not draft.exists() or not version.steps.exists():
        raise NotADraft(f"{version} is not a draft with steps.")
    PolicyVersion.objects.filter(policy_id=version.policy_id, state=PolicyVersion.State.LIVE).update(
        state=PolicyVersion.State.RETIRED
    )
    draft.update(state=PolicyVersion.State.LIVE, published_by=by, reason=reason, live_at=now)
