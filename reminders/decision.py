"""What to do about one case now, and why. Run, preview, "why?", replay, forecast and gate all ask here. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .contact_rules import Asked, Rule, Ruling, evaluate
from .contact_rules.rule import Params
from .facts import CaseFacts, ContactClass, StepDone, Verdict
from .policy import LOOK_AGAIN, LOOK_AGAIN_TOMORROW, Action, PolicyVersion, Step, next_action, unheld_instant
from .recheck import GateDecision, recheck

__all__ = ["OUTAGES", "REASONS", "Decision", "GateDecision", "decide", "recheck"]

# Refusals that lie with us or the merchant: no step is given up for them.
OUTAGES = frozenset({"BASE-PAUSED", "BASE-FEED"})

_PREFERENCE = {Verdict.ALLOW: 0, Verdict.DEFER: 1, Verdict.NEEDS_APPROVAL: 2, Verdict.BLOCK: 3}
_REFUSED = {
    Verdict.DEFER: "deferred",
    Verdict.BLOCK: "blocked",
    Verdict.NEEDS_APPROVAL: "needs_approval",
}

# Every reason a decision can carry, with what its sentence may name. Sentences are made where languages are known.
REASONS: dict[str, str] = {
    "send": "the step is due and every rule allows it",
    "deferred": "the step is due; a rule defers it (rule_id, until)",
    "blocked": "the step is due; a rule forbids it (rule_id)",
    "needs_approval": "the step is due; a person must agree (rule_id)",
    "given_up": "the step was refused for too long and is passed over (rule_id)",
    "held": "asking is suspended (rule_id, until)",
    "agreement": "a live agreement covers the case",
    "not_due": "the next step is not due yet (until)",
    "step_in_progress": "the last step's message is still on its way",
    "below_threshold": "too little to ask for; it waits for more",
    "holdout": "left alone to measure what reminders bring",
    "ladder_done": "all steps are done (until the end decision, or the end decision itself)",
    "not_worth": "asking costs more than it brings (until the end decision, or the end decision itself)",
    "payment_in_flight": "the end decision waits for a payment under way",
    "feed_stale": "the end decision waits for the merchant's feed",
    "sending_paused": "the end decision waits until sending is switched on",
    "placed": "an agency has the case",
    "nothing_owed": "nothing is owed",
    "case_closed": "the case is closed",
    "other_case": "the message belongs to another case",
    "expired": "the message's time has passed",
    "step_overtaken": "a later step has begun",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decision:
    """`kind`: send | wait | end | none.

    `reason`: a key of `REASONS`; `rule_id`, `detail`, `params`: the rule that decided and what it said. `asked`:
    every rule asked, for the channel chosen; `rulings`: for every channel tried. `until`: when it may go on, where
    that is known; `next_review_at`: when to decide again, None: on new facts only. To be stored and given back in the
    facts: `skipped` (steps passed over: ended without a message) and `waiting_step`, `waiting_since` (the step being
    refused, and since when).
    """

    kind: str
    reason: str
    verdict: Verdict
    policy_version: int | None
    step_key: str = ""
    step_position: int | None = None
    template_key: str = ""
    channel: str = ""
    contact_class: ContactClass | None = None
    until: datetime | None = None
    rule_id: str = ""
    detail: str = ""
    params: Params = ()
    asked: tuple[Asked, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    next_review_at: datetime | None = None
    end_decision: str = ""
    skipped: tuple[StepDone, ...] = ()
    waiting_step: str | None = None
    waiting_since: datetime | None = None


def decide(facts: CaseFacts, policy: PolicyVersion, rules: tuple[Rule, ...], now: datetime) -> Decision:
    """One decision, at most one message. Repeated at `next_review_at` on unchanged facts it ends in bounded time."""
    action = next_action(facts, policy, now)
    if action.kind == "step":
        return _try_step(facts, policy, rules, now, action)
    if action.kind == "held":
        return _explain_hold(facts, policy, rules, now, action)
    if action.kind == "wait":
        return Decision(
            kind="wait",
            reason=action.reason,
            verdict=Verdict.DEFER,
            policy_version=policy.id,
            step_key=action.step.key if action.step else "",
            until=action.until,
            next_review_at=action.until,
        )
    if action.kind == "end":
        return Decision(
            kind="end",
            reason=action.reason,
            verdict=Verdict.ALLOW,
            policy_version=policy.id,
            end_decision=policy.end_decision,
        )
    return Decision(kind="none", reason=action.reason, verdict=Verdict.BLOCK, policy_version=policy.id)


def _try_step(
    facts: CaseFacts, policy: PolicyVersion, rules: tuple[Rule, ...], now: datetime, action: Action
) -> Decision:
    """The first channel allowed; else the one deferred the least; else the first refused."""
    step = action.step
    rulings: list[Ruling] = []
    for channel in action.channels:
        ruling = evaluate(facts, channel=channel, contact_class=step.contact_class, now=now, rules=rules)
        rulings.append(ruling)
        if ruling.verdict is Verdict.ALLOW:
            return Decision(
                kind="send",
                reason="send",
                verdict=Verdict.ALLOW,
                policy_version=policy.id,
                next_review_at=now + LOOK_AGAIN_TOMORROW,
                skipped=action.skipped,
                rulings=tuple(rulings),
                **_told(step, ruling),
            )
    return _refused(facts, policy, now, action, tuple(rulings))


def _refused(
    facts: CaseFacts, policy: PolicyVersion, now: datetime, action: Action, rulings: tuple[Ruling, ...]
) -> Decision:
    step = action.step
    best = min(rulings, key=lambda ruling: (_PREFERENCE[ruling.verdict], ruling.until or now))
    since, gives_up_at = _patience(facts, policy, now, step, best)
    review_at = best.until or now + LOOK_AGAIN_TOMORROW
    reason, until, skipped = _REFUSED[best.verdict], best.until, action.skipped
    if gives_up_at is not None and gives_up_at <= now:
        reason, until, since, review_at = "given_up", None, None, now + LOOK_AGAIN
        skipped = (*skipped, StepDone(step.key, step.position, now, "cancelled"))
    elif gives_up_at is not None:
        review_at = min(review_at, gives_up_at)
    return Decision(
        kind="wait",
        reason=reason,
        verdict=best.verdict,
        policy_version=policy.id,
        until=until,
        next_review_at=review_at,
        skipped=skipped,
        waiting_step=step.key if since is not None else None,
        waiting_since=since,
        rulings=rulings,
        **_told(step, best),
    )


def _told(step: Step, ruling: Ruling) -> dict[str, object]:
    """The part of a decision that says which step on which channel, and what the rules said to it."""
    return {
        "step_key": step.key,
        "step_position": step.position,
        "template_key": step.template_key,
        "channel": ruling.channel,
        "contact_class": step.contact_class,
        "rule_id": ruling.rule_id,
        "detail": ruling.detail,
        "params": ruling.params,
        "asked": ruling.asked,
    }


def _patience(
    facts: CaseFacts, policy: PolicyVersion, now: datetime, step: Step, ruling: Ruling
) -> tuple[datetime | None, datetime | None]:
    """Since when the step is refused, and when it is given up. Outages do not use up patience."""
    if ruling.rule_id in OUTAGES:
        return None, None
    since = facts.waiting_since if facts.waiting_step == step.key else None
    since = since or now
    days = policy.blocked_days if ruling.verdict is Verdict.BLOCK else policy.deferred_days
    return since, unheld_instant(since, timedelta(days=days), facts.holds)


def _explain_hold(
    facts: CaseFacts, policy: PolicyVersion, rules: tuple[Rule, ...], now: datetime, action: Action
) -> Decision:
    """Held: the rules are asked all the same, so that the answer names the one behind the hold."""
    step = action.step or (policy.steps[-1] if policy.steps else None)
    verdict, until, told = Verdict.DEFER if action.until else Verdict.BLOCK, action.until, {}
    if step is not None and step.channels:
        ruling = evaluate(
            facts, channel=step.channels[0], contact_class=step.contact_class, now=now, rules=rules
        )
        told = _told(step, ruling)
        verdict = verdict if ruling.verdict is Verdict.ALLOW else ruling.verdict
        until = ruling.until if ruling.verdict is Verdict.DEFER else until
    return Decision(
        kind="wait",
        reason=action.reason,
        verdict=verdict,
        policy_version=policy.id,
        until=until,
        next_review_at=until,
        waiting_step=facts.waiting_step,
        waiting_since=facts.waiting_since,
        **told,
    )
