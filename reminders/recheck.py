"""The last word before a message is handed over. Pure."""

from dataclasses import dataclass
from datetime import datetime

from .contact_rules import Asked, Rule, evaluate
from .contact_rules.rule import Params
from .facts import ASKING, CaseFacts, ContactClass, MessageFacts, Verdict

_ABOUT_THE_DEBT = ASKING | {ContactClass.INFO}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GateDecision:
    """`outcome`: hand_over | requeue (until) | cancel. `reason`: a key of `decision.REASONS`."""

    outcome: str
    reason: str
    verdict: Verdict
    until: datetime | None = None
    rule_id: str = ""
    detail: str = ""
    params: Params = ()
    asked: tuple[Asked, ...] = ()


_AT_THE_GATE = {
    Verdict.ALLOW: ("hand_over", "send"),
    Verdict.DEFER: ("requeue", "deferred"),
    Verdict.BLOCK: ("cancel", "blocked"),
    Verdict.NEEDS_APPROVAL: ("cancel", "needs_approval"),
}


def recheck(facts: CaseFacts, message: MessageFacts, rules: tuple[Rule, ...], now: datetime) -> GateDecision:
    """The last word before hand-over: is it still the right thing to say, and may it be said now?

    `facts` as of now, without the message's own contact.
    """
    ruling = evaluate(
        facts, channel=message.channel, contact_class=message.contact_class, now=now, rules=rules
    )
    outcome, reason = _AT_THE_GATE[ruling.verdict]
    verdict, until = ruling.verdict, ruling.until
    out_of_place = _out_of_place(facts, message, now)
    if out_of_place:
        outcome, reason, verdict, until = "cancel", out_of_place, Verdict.BLOCK, None
    elif until is not None and message.expires_at is not None and until >= message.expires_at:
        outcome, reason = "cancel", "expired"
    return GateDecision(
        outcome=outcome,
        reason=reason,
        verdict=verdict,
        until=until,
        rule_id=ruling.rule_id,
        detail=ruling.detail,
        params=ruling.params,
        asked=ruling.asked,
    )


def _out_of_place(facts: CaseFacts, message: MessageFacts, now: datetime) -> str:
    """Why the message should not go at all; empty: it should."""
    if message.case_id != facts.case_id:
        return "other_case"
    if message.expires_at is not None and message.expires_at <= now:
        return "expired"
    if message.contact_class not in _ABOUT_THE_DEBT:
        return ""
    if facts.closed:
        return "case_closed"
    if facts.claimed_minor <= 0:
        return "nothing_owed"
    if message.is_answer:
        return ""
    if facts.claimed_minor < facts.threshold_minor:
        return "below_threshold"
    if facts.arm == "holdout":
        return "holdout"
    if message.position is None:
        return ""
    is_overtaken = any(done.position > message.position for done in facts.steps)
    return "step_overtaken" if is_overtaken else ""
