"""What has changed between two versions of a policy, or between a draft before and after a save."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .policy_shape import StepShape, TextShape, VersionShape

SETTINGS = ("end_decision", "end_after_days", "holdout_percent")
STEP_FIELDS = ("after_days", "contact_class", "channels")


@dataclass(frozen=True, slots=True)
class Change:
    """`kind`: setting | step_added | step_removed | step_moved | step_field | text.

    `was`, `now`: the values, None where there was or is none; of a text [subject, body], of a move the places from 1. `field`:
    the setting's or the step's; of a text "variant/channel/language".
    """

    kind: str
    step: str = ""
    field: str = ""
    was: Any = None
    now: Any = None

    def row(self) -> list:
        return [self.kind, self.step, self.field, self.was, self.now]


def changes_between(before: VersionShape, after: VersionShape) -> list[Change]:
    """Settings, then the steps in their order, those that went at the end. The same twice is no change."""
    was, now = _by_key(before), _by_key(after)
    found = [
        Change("setting", field=name, was=getattr(before, name), now=getattr(after, name))
        for name in SETTINGS
        if getattr(before, name) != getattr(after, name)
    ]
    places = _places(before, kept=now.keys()), _places(after, kept=was.keys())
    for key, step in now.items():
        if key not in was:
            found.append(Change("step_added", step=key, now=_plain(step)))
            found += _texts(None, step)
            continue
        if places[0][key] != places[1][key]:
            found.append(Change("step_moved", step=key, was=places[0][key], now=places[1][key]))
        found += _fields(was[key], step)
        found += _texts(was[key], step)
    return found + [
        Change("step_removed", step=key, was=_plain(step)) for key, step in was.items() if key not in now
    ]


def changes_from(rows: Iterable[list]) -> list[Change]:
    """As they were stored by `Change.row`."""
    return [Change(*row) for row in rows]


def _by_key(shape: VersionShape) -> dict[str, StepShape]:
    return {step.key: step for step in shape.steps}


def _places(shape: VersionShape, *, kept: Iterable[str]) -> dict[str, int]:
    """Places among the steps that both have: one that is added or gone moves nobody."""
    both = [step.key for step in shape.steps if step.key in kept]
    return {key: place for place, key in enumerate(both, 1)}


def _fields(was: StepShape, now: StepShape) -> Iterator[Change]:
    for name in STEP_FIELDS:
        before, after = _listed(getattr(was, name)), _listed(getattr(now, name))
        if before != after:
            yield Change("step_field", step=now.key, field=name, was=before, now=after)


def _texts(was: StepShape | None, now: StepShape) -> Iterator[Change]:
    """Texts of the step's own channels: what stands under another is not told."""
    before = was.texts if was else {}
    for place in sorted(before.keys() | now.texts.keys()):
        old, new = before.get(place), now.texts.get(place)
        if old != new and place[1] in now.channels:
            yield Change("text", step=now.key, field="/".join(place), was=_words(old), now=_words(new))


def _words(text: TextShape | None) -> list[str] | None:
    return [text.subject, text.body] if text else None


def _plain(step: StepShape) -> dict[str, Any]:
    return {name: _listed(getattr(step, name)) for name in STEP_FIELDS}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
