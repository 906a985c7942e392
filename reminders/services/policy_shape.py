"""What a version of a policy says, in one value: its settings, its steps, and the texts they would use today."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from ..correspondence import SOFT
from ..models import PolicyVersion, Step, Template

# (variant, channel, language); variant "" or SOFT: told instead once asking has rested for hardship.
TextPlace = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class TextShape:
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class StepShape:
    key: str
    after_days: int
    contact_class: str
    channels: tuple[str, ...]
    texts: Mapping[TextPlace, TextShape]


@dataclass(frozen=True, slots=True)
class VersionShape:
    """`steps` in their order."""

    end_decision: str
    end_after_days: int
    holdout_percent: int
    steps: tuple[StepShape, ...]


def shape_of(version: PolicyVersion) -> VersionShape:
    """Two queries."""
    steps = list(version.steps.order_by("position"))
    texts = texts_of([step.template_key for step in steps], merchant_id=version.policy.merchant_id)
    return VersionShape(
        end_decision=version.end_decision,
        end_after_days=version.end_after_days,
        holdout_percent=version.holdout_percent,
        steps=tuple(_step(step, texts.get(step.template_key, {})) for step in steps),
    )


def texts_of(
    template_keys: Collection[str], *, merchant_id: int | None
) -> dict[str, dict[TextPlace, TextShape]]:
    """The texts in force by template key: the merchant's own before the product's. One query."""
    keys = [key + variant for key in template_keys for variant in ("", SOFT)]
    found: dict[str, dict[TextPlace, TextShape]] = defaultdict(dict)
    for one in in_force(keys, merchant_id=merchant_id):
        variant = SOFT if one.key.endswith(SOFT) else ""
        place = (variant, one.channel, one.language)
        found[one.key.removesuffix(SOFT)][place] = TextShape(one.subject, one.body)
    return dict(found)


def in_force(keys: Collection[str], *, merchant_id: int | None) -> QuerySet[Template]:
    """The latest version of each text; of a merchant's own and the product's the former comes last."""
    whose = Q(merchant=None) | Q(merchant=merchant_id) if merchant_id else Q(merchant=None)
    latest = Template.objects.filter(whose, key__in=keys).order_by(
        "key", "channel", "language", "merchant_id", "-version"
    )
    newest = latest.distinct("key", "channel", "language", "merchant_id")
    return Template.objects.filter(pk__in=newest.values("pk")).order_by(
        F("merchant").asc(nulls_first=True), "key", "channel", "language"
    )


def _step(step: Step, texts: Mapping[TextPlace, TextShape]) -> StepShape:
    return StepShape(step.key, step.after_days, step.contact_class, tuple(step.channels), texts)
