"""A message before it is sent: the words of the gate's own renderer, and what the contact rules would do. Changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import Channel
from accounts.sealed import NotSealedHere
from defaults.models import DefaultCase
from defaults.models.case import number_of
from defaults.services.offers import make_offers

from ..contact_rules import catalogue, evaluate
from ..contact_rules.rule import Ruling
from ..decision import Decision
from ..facts import ContactClass
from ..policy import Step
from ..rendering import UnknownPlaceholder
from .claim import Claimed
from .facts import LoadedCase, load_cases
from .material import Material, in_language, load_material
from .plan import decide_case
from .wording import NothingToSay, Words, languages_of, word

# In the place of the key that a link gets when its message leaves.
NO_KEY = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The next step of a case as a message of `channel` in `language`.

    `decision`: what would be decided now. `leaves_by`: the channel it would leave by, "" where it would not leave now.
    `words` None: this channel has none, or no address. `ruling`: what the rules say to this channel at `at`.
    """

    decision: Decision
    leaves_by: str
    channel: str
    language: str
    channels: Sequence[str]
    languages: Sequence[str]
    words: Words | None
    ruling: Ruling
    at: datetime


def preview(case: DefaultCase, *, now: datetime, channel: str = "", language: str = "") -> Decision | Preview:
    """The message that asking for the next step would bring; the decision alone where no step is left.

    `channel` and `language` left out: those it would leave by.
    """
    loaded = load_cases([case.pk], now=now)[case.pk]
    decision = decide_case(loaded, now=now)
    steps = loaded.policy.steps if loaded.policy else ()
    step = next((step for step in steps if step.key == decision.step_key), None)
    if step is None:
        return decision
    channels = list(dict.fromkeys([*step.channels, *Channel.values]))
    chosen = channel if channel in channels else decision.channel or channels[0]
    message = _message(loaded, step, chosen)
    with transaction.atomic():
        # The offer that the message would tell of is made before it is worded; here it is taken back again.
        if step.contact_class is ContactClass.OFFER:
            make_offers(case_ids=[case.pk], now=now)
        material = load_material([message], letters={}, channel=chosen, now=now, tokens={case.pk: NO_KEY})
        transaction.set_rollback(True)
    languages = languages_of(message, material)
    words = _words(message, material, language if language in languages else "")
    at = now if decision.kind == "send" else max(decision.until or now, now)
    return Preview(
        decision=decision,
        leaves_by=decision.channel if decision.kind == "send" else "",
        channel=chosen,
        language=words.language if words else language,
        channels=channels,
        languages=languages,
        words=words,
        ruling=_ruling(loaded, decision, step, chosen, at=at),
        at=at,
    )


def _words(message: Claimed, material: Material, language: str) -> Words | None:
    try:
        return word(message, in_language(material, language) if language else material)
    except (NothingToSay, UnknownPlaceholder, NotSealedHere):
        return None


def _ruling(case: LoadedCase, decision: Decision, step: Step, channel: str, *, at: datetime) -> Ruling:
    """As it was decided; else asked for this channel at the instant the step could be taken."""
    decided = next((ruling for ruling in decision.rulings if ruling.channel == channel), None)
    if decided is not None:
        return decided
    rules = catalogue(case.facts.jurisdictions, case.facts.legal_role, at.date())
    return evaluate(case.facts, channel=channel, contact_class=step.contact_class, now=at, rules=rules)


def _message(case: LoadedCase, step: Step, channel: str) -> Claimed:
    """The outbox row as the gate would take it."""
    return Claimed(
        id=0,
        token=0,
        key=f"{number_of(case.facts.case_id)}:{step.key}",
        case_id=case.facts.case_id,
        customer_id=case.customer_id,
        channel=channel,
        contact_class=step.contact_class.value,
        step_key=step.key,
        step_position=step.position,
        template_key=step.template_key,
        answers_id=None,
        attempts_made=0,
        subject="",
        body=None,
        claims=[],
        claimed_minor=None,
        doubt_seconds=None,
    )
