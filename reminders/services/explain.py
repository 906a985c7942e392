"""Decisions in words, in the active language, from the stable codes they are stored with."""

from datetime import datetime
from functools import lru_cache

from babel.dates import format_date
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from defaults.models import DefaultCase

from ..contact_rules import catalogue, evaluate, every_rule
from ..contact_rules.rule import Asked, Ruling
from ..decision import Decision as LiveDecision
from ..facts import Verdict
from ..models import Decision
from .facts import LoadedCase, load_cases
from .phrases import DETAILS, ENDS, SENTENCES, VERDICTS, WORDS
from .plan import decide_case
from .rule_titles import TITLES


def explain_decision(decision: Decision | LiveDecision) -> dict:
    """One decision, stored or just taken, for people.

    {"sentence", "verdict", "kind", "step", "channel", "until", "rules": [{"id", "version", "verdict", "word", "colour", "until",
    "title", "detail", "source"}]}; instants as datetimes.
    """
    is_stored = isinstance(decision, Decision)
    asked = decision.asked if is_stored else [_entry(one) for one in decision.asked]
    rule = decision.rule if is_stored else decision.rule_id
    return {
        "sentence": _sentence(decision, rule=rule),
        "verdict": str(decision.verdict),
        "kind": decision.kind,
        "step": decision.step_key,
        "channel": decision.channel,
        "until": decision.until,
        "rules": [_rule(entry) for entry in asked],
    }


def explain_ruling(ruling: Ruling) -> dict:
    """What the rules say to one channel, for people: {"verdict", "word", "colour", "title", "detail", "until"}."""
    word, colour = VERDICTS[ruling.verdict]
    return {
        "verdict": str(ruling.verdict),
        "word": str(word),
        "colour": colour,
        "title": str(TITLES.get(ruling.rule_id, ruling.rule_id)),
        "detail": _detail(ruling.detail, dict(ruling.params)),
        "until": ruling.until,
    }


def why(case: DefaultCase, *, at: datetime, now: datetime) -> dict:
    """Why the customer was, or was not, contacted at `at`, as `explain_decision` plus "at", "is_live", "next_lawful_at".

    The stored decision in force at `at`; about the present, a live one where the stored one is missing or overtaken by facts.
    """
    decisions = case.decisions.filter(at__lte=at).order_by("-at", "-id")
    if at < now:
        stored = decisions.first()
        return _told(stored, at=at, is_live=False) if stored else _nothing(at)
    # A letter that left says nothing of what comes next.
    stored = decisions.filter(Q(at_gate=False) | Q(message__answers=None, message__isnull=False)).first()
    loaded = load_cases([case.pk], now=now)[case.pk]
    review_due = case.next_review_at is not None and case.next_review_at <= now
    if stored is None or case.is_closed or review_due:
        told = _told(decide_case(loaded, now=now), at=now, is_live=True)
    else:
        told = _told(stored, at=stored.at, is_live=False)
    return (
        told
        if told["rules"] or case.is_closed
        else told | _rules_of_next_step(loaded, told["step"], told["until"], now=now)
    )


def _told(decision: Decision | LiveDecision, *, at: datetime, is_live: bool) -> dict:
    told = explain_decision(decision)
    lawful = at if decision.kind == "send" else decision.until
    return told | {"at": at, "is_live": is_live, "next_lawful_at": lawful}


def _nothing(at: datetime) -> dict:
    told = {
        "sentence": str(SENTENCES[""]),
        "verdict": "",
        "kind": "none",
        "step": "",
        "channel": "",
        "until": None,
    }
    return told | {"rules": [], "at": at, "is_live": False, "next_lawful_at": None}


def _rules_of_next_step(case: LoadedCase, step_key: str, until: datetime | None, *, now: datetime) -> dict:
    """What the rules would say to the step to come, at the earliest instant the ladder has for it."""
    step = next((step for step in case.policy.steps if step.key == step_key), None) if case.policy else None
    if step is None:
        return {}
    at = max(until or now, now)
    rules = catalogue(case.facts.jurisdictions, case.facts.legal_role, at.date())
    ruling = evaluate(
        case.facts, channel=step.channels[0], contact_class=step.contact_class, now=at, rules=rules
    )
    lawful = {Verdict.ALLOW: at, Verdict.DEFER: ruling.until}.get(ruling.verdict)
    return {"rules": [_rule(_entry(one)) for one in ruling.asked], "next_lawful_at": lawful}


def _sentence(decision: Decision | LiveDecision, *, rule: str) -> str:
    words = {
        "step": decision.step_key,
        "rule": TITLES.get(rule, rule or _("no rule")),
        "until": moment(decision.until) if decision.until else _("new facts come in"),
        "pause": _("It ends on %s.") % moment(decision.until)
        if decision.until
        else _("It ends when somebody ends it."),
    }
    sentence = str(SENTENCES.get(decision.reason, decision.reason.replace("_", " "))) % words
    end = getattr(decision, "end_decision", "")
    return f"{sentence} {ENDS[end]}" if end else sentence


def _entry(one: Asked) -> list:
    return [one.rule_id, one.version, str(one.verdict), one.until, one.detail, dict(one.params)]


def _rule(entry: list) -> dict:
    rule_id, version, verdict, until, detail, params = entry
    word, colour = VERDICTS[verdict]
    return {
        "id": rule_id,
        "version": version,
        "verdict": verdict,
        "word": str(word),
        "colour": colour,
        "until": datetime.fromisoformat(until) if isinstance(until, str) else until,
        "title": str(TITLES.get(rule_id, rule_id)),
        "detail": _detail(detail, params),
        "source": _sources().get(rule_id, ""),
    }


def _detail(code: str, params: dict) -> str:
    if not code:
        return ""
    words = {name: WORDS.get(str(value), _readable(value)) for name, value in params.items()}
    return str(DETAILS.get(code, code.replace("_", " "))) % words


def _readable(value: object) -> str:
    """Instants among the parameters are stored as ISO text."""
    text = str(value)
    if "T" not in text:
        return text
    try:
        return moment(datetime.fromisoformat(text))
    except ValueError:
        return text


def moment(at: datetime) -> str:
    """An instant as people write it, in the active zone and language."""
    local, language = timezone.localtime(at), (get_language() or "en").replace("-", "_")
    return f"{format_date(local.date(), 'medium', locale=language)} {local:%H:%M %Z}"


@lru_cache(maxsize=1)
def _sources() -> dict[str, str]:
    return {rule.id: rule.source for rule in every_rule()}
