"""The texts of a draft's step. Saving one never changes what is in force, nor what a case of an older version is told."""

from collections.abc import Iterable

from django.db.models import Max

from defaults.services.acts import Refused

from ..correspondence import SOFT
from ..models import PolicyVersion, Step, Template
from ..rendering import unknown_placeholders
from .policy_shape import in_force

_LONGEST_KEY = 40 - len(SOFT)


class UnknownNames(Refused):
    """The text asks for what cannot be filled in. `names`: of the placeholders."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = list(names)
        super().__init__("unknown_placeholder", "Unknown: " + ", ".join(self.names))


def save_text(
    version: PolicyVersion, step: Step, *, variant: str, channel: str, language: str, subject: str, body: str
) -> None:
    """The next version of a text of this draft's own. `version` is held by `drafts.editing`.

    The first time a step's texts are copied under a key that no other version uses: the texts it was made from stay as they
    are. Raises UnknownNames.
    """
    if names := unknown_placeholders(subject, body, key=step.template_key):
        raise UnknownNames(names)
    merchant_id = version.policy.merchant_id
    found = in_force([step.template_key + variant], merchant_id=merchant_id)
    standing = [one for one in found if (one.channel, one.language) == (channel, language)]
    if standing and (standing[-1].subject, standing[-1].body) == (subject, body):
        return
    if not _is_own(step):
        _copy(version, step)
    key = step.template_key + variant
    same = Template.objects.filter(merchant=merchant_id, key=key, channel=channel, language=language)
    last = same.aggregate(last=Max("version"))["last"] or 0
    Template.objects.create(
        merchant_id=merchant_id, key=key, channel=channel, language=language, version=last + 1, subject=subject,
        body=body,
    )  # fmt: skip


def _is_own(step: Step) -> bool:
    """Whether only this step of this draft uses these texts: keys given here begin with the policy's number."""
    prefix = f"p{step.version.policy_id}-"
    used = Step.objects.filter(template_key=step.template_key).exclude(pk=step.pk).exists()
    return step.template_key.startswith(prefix) and not used


def _copy(version: PolicyVersion, step: Step) -> None:
    key, merchant_id = _free_key(version, step), version.policy.merchant_id
    copies = {}
    for one in in_force([step.template_key, step.template_key + SOFT], merchant_id=merchant_id):
        variant = SOFT if one.key.endswith(SOFT) else ""
        copies[variant, one.channel, one.language] = Template(
            merchant_id=merchant_id, key=key + variant, channel=one.channel, language=one.language,
            subject=one.subject, body=one.body,
        )  # fmt: skip
    Template.objects.bulk_create(copies.values())
    step.template_key = key
    step.save(update_fields=["template_key"])


def _free_key(version: PolicyVersion, step: Step) -> str:
    prefix, number = f"p{version.policy_id}-", 0
    while True:
        number += 1
        suffix = f"-v{version.number}" + (f"-{number}" if number > 1 else "")
        key = prefix + step.key[: _LONGEST_KEY - len(prefix) - len(suffix)] + suffix
        taken = Step.objects.filter(template_key=key), Template.objects.filter(key=key)
        if not any(rows.exists() for rows in taken):
            return key
