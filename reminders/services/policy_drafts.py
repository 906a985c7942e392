"""Drafts of a policy: made from any version, and changed on the edition that was read."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, Max

from accounts.models import Merchant
from defaults.services.acts import Refused

from ..models import DunningPolicy, PolicyEdit, PolicyVersion, Step
from .policy_diff import changes_between
from .policy_shape import shape_of

_State = PolicyVersion.State
_SLUG = 60
# Out of the way of every position while steps change places: a place is taken by one step at any moment.
_ASIDE = 10_000
MOST_STEPS = 30


class StaleDraft(Exception):
    """The draft has been changed since it was read. `edits`: by whom and how, the oldest first."""

    def __init__(self, edits: list[PolicyEdit]) -> None:
        super().__init__("The draft has changed since it was read.")
        self.edits = edits


@transaction.atomic
def make_draft(*, policy: DunningPolicy, version: PolicyVersion, actor: str) -> PolicyVersion:
    """A draft that says what `version` says, under the next number of `policy`."""
    DunningPolicy.objects.select_for_update().get(pk=policy.pk)
    return _copied(version, policy=policy, actor=actor)


@transaction.atomic
def make_own_policy(*, merchant: Merchant, version: PolicyVersion, actor: str) -> PolicyVersion:
    """The first draft of a policy of this merchant's own; until it is published the shared one stays in force.

    Raises Refused(has_policy).
    """
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)
    if DunningPolicy.objects.filter(merchant=merchant).exists():
        raise Refused("has_policy", "The merchant has a policy of its own.")
    policy = DunningPolicy.objects.create(
        merchant=merchant, slug=_free_slug(merchant.slug), name=merchant.name
    )
    return _copied(version, policy=policy, actor=actor)


@contextmanager
def editing(*, version_id: int, edition: int, actor: str, now: datetime) -> Iterator[PolicyVersion]:
    """The draft, locked, for changes in this block; what they were is noted. Without a change nothing is.

    Raises StaleDraft when somebody has changed it since `edition`, Refused(not_a_draft) when it is none any more.
    """
    with transaction.atomic():
        version = _held(version_id, edition)
        before = shape_of(version)
        yield version
        version.refresh_from_db()
        changes = changes_between(before, shape_of(version))
        if not changes:
            return
        PolicyEdit.objects.create(
            version=version, edition=edition + 1, by=actor, at=now, changes=[one.row() for one in changes]
        )
        PolicyVersion.objects.filter(pk=version_id).update(edition=edition + 1)


def add_step(version: PolicyVersion, **fields) -> Step:
    """At the end of the ladder. Raises Refused: step_exists, too_many_steps."""
    if version.steps.filter(key=fields["key"]).exists():
        raise Refused("step_exists", "The draft has a step of this key.")
    last = version.steps.aggregate(last=Max("position"))["last"] or 0
    if last >= MOST_STEPS:
        raise Refused("too_many_steps", "A ladder has at most 30 steps.")
    return Step.objects.create(version=version, position=last + 1, **fields)


def remove_step(version: PolicyVersion, key: str) -> None:
    version.steps.filter(key=key).delete()
    _in_order(version, list(version.steps.order_by("position").values_list("pk", flat=True)))


def move_step(version: PolicyVersion, key: str, *, by: int) -> None:
    """`by` −1: one place earlier, 1: later. At the end of the ladder it stays where it is."""
    steps = list(version.steps.order_by("position"))
    at = next(place for place, step in enumerate(steps) if step.key == key)
    to = min(max(at + by, 0), len(steps) - 1)
    steps.insert(to, steps.pop(at))
    _in_order(version, [step.pk for step in steps])


@transaction.atomic
def discard(*, version_id: int, edition: int) -> None:
    """Delete a draft. Raises StaleDraft, Refused(not_a_draft) as `editing`."""
    version = _held(version_id, edition)
    for rows in (version.steps, version.edits, version.publish_requests):
        rows.all().delete()
    PolicyVersion.objects.filter(made_from=version).update(made_from=None)
    with connection.cursor() as cursor:
        # No decision and no message was ever made by a draft; looking for them would read both tables whole.
        cursor.execute("DELETE FROM reminders_policyversion WHERE id = %s", [version.pk])


def _held(version_id: int, edition: int) -> PolicyVersion:
    rows = PolicyVersion.objects.select_for_update(of=["self"]).select_related("policy")
    version = rows.get(pk=version_id)
    if version.state != _State.DRAFT:
        raise Refused("not_a_draft", "The version is in force, or was. Make a draft from it.")
    if version.edition != edition:
        raise StaleDraft(list(version.edits.filter(edition__gt=edition)))
    return version


def _in_order(version: PolicyVersion, ids: list[int]) -> None:
    version.steps.update(position=F("position") + _ASIDE)
    for position, pk in enumerate(ids, 1):
        version.steps.filter(pk=pk).update(position=position)


def _copied(version: PolicyVersion, *, policy: DunningPolicy, actor: str) -> PolicyVersion:
    number = (policy.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    draft = PolicyVersion.objects.create(
        policy=policy,
        number=number,
        end_decision=version.end_decision,
        end_after_days=version.end_after_days,
        holdout_percent=version.holdout_percent,
        made_by=actor,
        made_from=version,
    )
    for step in version.steps.order_by("position"):
        step.pk, step.version = None, draft
        step.save(force_insert=True)
    draft.refresh_from_db()
    return draft


def _free_slug(wanted: str) -> str:
    taken = set(
        DunningPolicy.objects.filter(slug__startswith=wanted[: _SLUG - 4]).values_list("slug", flat=True)
    )
    slug, number = wanted, 1
    while slug in taken:
        number += 1
        slug = f"{wanted[: _SLUG - 4]}-{number}"
    return slug
