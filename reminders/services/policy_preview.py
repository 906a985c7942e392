"""A step of any version on a real case: what the customer would read, and what the rules would do. Nothing of it stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from accounts.sealed import NotSealedHere
from defaults.services.offers import make_offers

from ..contact_rules import catalogue
from ..decision import Decision, decide
from ..facts import ContactClass
from ..policy import PolicyVersion, Step
from ..rendering import UnknownPlaceholder
from .claim import Claimed
from .facts import LoadedCase, load_cases
from .material import load_material
from .versions import TREATED, arm_of, load_policies
from .wording import Composed, NothingToSay, compose

# Stands where the customer's own way in would: whoever looks on must not go it.
NO_WAY_IN = "…"


@dataclass(frozen=True, slots=True)
class Preview:
    """`text` None: `problem` says why there is none. `step`: what the rules say if it were due now, on that channel.

    `next`: what this version as a whole would do with the case now. `has_address`: on that channel.
    """

    text: Composed | None
    problem: str
    step: Decision
    next: Decision
    has_address: bool


def preview_step(
    *,
    case_id: int,
    version_id: int,
    step_key: str,
    channel: str,
    language: str,
    is_spared: bool,
    now: datetime,
) -> Preview | None:
    """None: the version has no such step. `is_spared`: as it reads once asking has rested for hardship.

    Reads only: an offer the step would make is made and taken back.
    """
    loaded = load_cases([case_id], now=now)[case_id]
    policy = load_policies([version_id])[version_id]
    step = next((step for step in policy.steps if step.key == step_key), None)
    if step is None:
        return None
    text, problem = _text(loaded, step, channel=channel, language=language, is_spared=is_spared, now=now)
    return Preview(
        text=text,
        problem=problem,
        step=_if_due(loaded, policy, step, channel=channel, now=now),
        next=_decided(loaded, policy, now=now),
        has_address=channel in loaded.facts.addresses,
    )


def _text(
    loaded: LoadedCase, step: Step, *, channel: str, language: str, is_spared: bool, now: datetime
) -> tuple[Composed | None, str]:
    message = _message(loaded, step, channel=channel)
    with _taken_back():
        if step.contact_class == ContactClass.OFFER:
            make_offers(case_ids=[loaded.facts.case_id], now=now)
        material = load_material(
            [message], letters={}, channel=channel, now=now, tokens={message.case_id: NO_WAY_IN}
        )
        party = replace(material.parties[message.case_id], languages=[language])
        material = replace(
            material,
            parties={message.case_id: party},
            spared=frozenset({message.case_id}) if is_spared else frozenset(),
        )
        try:
            return compose(message, material), ""
        except (NothingToSay, UnknownPlaceholder, NotSealedHere) as error:
            return None, str(error)


def _if_due(
    loaded: LoadedCase, policy: PolicyVersion, step: Step, *, channel: str, now: datetime
) -> Decision:
    """The same decision as ever, about a ladder of this step alone that begins now."""
    alone = replace(policy, steps=(replace(step, after_days=0, channels=(channel,)),), holdout_percent=0)
    facts = replace(
        loaded.facts, steps=(), waiting_step=None, waiting_since=None, arm=TREATED, asking_since=None
    )
    return decide(facts, alone, catalogue(facts.jurisdictions, facts.legal_role, now.date()), now)


def _decided(loaded: LoadedCase, policy: PolicyVersion, *, now: datetime) -> Decision:
    facts = replace(loaded.facts, arm=arm_of(loaded.facts.case_id, policy.holdout_percent))
    return decide(facts, policy, catalogue(facts.jurisdictions, facts.legal_role, now.date()), now)


def _message(loaded: LoadedCase, step: Step, *, channel: str) -> Claimed:
    return Claimed(
        id=0, token=0, key="", case_id=loaded.facts.case_id, customer_id=loaded.customer_id, channel=channel,
        contact_class=step.contact_class, step_key=step.key, step_position=step.position,
        template_key=step.template_key, answers_id=None, attempts_made=0, subject="", body=None, claims=[],
        claimed_minor=None, doubt_seconds=None,
    )  # fmt: skip


@contextmanager
def _taken_back() -> Iterator[None]:
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)
