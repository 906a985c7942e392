"""The plan stage: deciding what is to be said, and storing why, for every case whose review is due."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
from django.db import connection, transaction

from defaults.models.case import number_of
from defaults.services.offers import make_offers

from ..contact_rules import catalogue
from ..decision import Decision, decide
from ..facts import ContactClass, StepDone, Verdict
from ..message_states import MessageState
from ..models import Run
from .decision_rows import asked_json, copy_decisions
from .due_cases import START, DueCases
from .end import end_cases
from .facts import LoadedCase, load_cases
from .round_tallies import tally
from .runs import hold_running, is_running, note_progress

# An end decision that did not come to pass is taken again after this.
END_AGAIN = timedelta(hours=1)
NO_POLICY_AGAIN = timedelta(days=1)

_QUEUE = """
INSERT INTO reminders_message (case_id, customer_id, policy_version_id, step_key, step_position, contact_class, channel,
       template_key, key, state, state_reason, due_at, queued_at, ended_at, claims)
SELECT case_id, customer_id, policy_version_id, step_key, step_position, contact_class, channel,
       template_key, key, state, state_reason, %(now)s, %(now)s, CASE WHEN state = 'cancelled' THEN %(now)s END, '{}'
  FROM jsonb_to_recordset(%(rows)s) AS r (case_id bigint, customer_id bigint, policy_version_id bigint, step_key text,
       step_position smallint, contact_class text, channel text, template_key text, key text, state text, state_reason text)
    ON CONFLICT DO NOTHING
"""
_REVIEW = """
UPDATE defaults_defaultcase c
   SET next_review_at = r.at, review_reason = CASE WHEN c.needs_staff THEN c.review_reason ELSE r.reason END
  FROM jsonb_to_recordset(%s) AS r (id bigint, at timestamptz, reason text) WHERE c.id = r.id
"""


@dataclass(slots=True)
class PlanResult:
    """`counts`: cases by kind of decision. `reasons`: waiting cases by rule, or by reason. `messages`: queued ones.

    `is_over`: nothing that is due is left.
    """

    considered: int = 0
    messages: int = 0
    counts: Counter = field(default_factory=Counter)
    reasons: Counter = field(default_factory=Counter)
    is_over: bool = False

    def add(self, other: "PlanResult") -> None:
        self.considered += other.considered
        self.messages += other.messages
        self.counts.update(other.counts)
        self.reasons.update(other.reasons)


@dataclass(frozen=True, slots=True)
class Decided:
    case: LoadedCase
    decision: Decision


def plan(
    *,
    now: datetime,
    limit: int,
    run: Run | None = None,
    merchant_id: int | None = None,
    dry: bool = False,
    progress: Callable[[int], object] = lambda cases: None,
) -> PlanResult:
    """Decide up to `limit` due cases, the longest waiting first; commits chunk by chunk.

    `run` gets its counts as they grow; once a person has paused or stopped it, nothing of it is decided. `dry`: nothing is
    written. `progress` is told the number of cases of every chunk.
    """
    cases_due = DueCases(now, merchant_id, run, dry)
    result, after = PlanResult(), START
    while result.considered < limit:
        size = min(cases_due.chunk, limit - result.considered)
        with transaction.atomic():
            due = cases_due.claim(size=size, after=after)
            decided = decide_cases([case_id for case_id, _ in due], now=now)
            if run is not None and not hold_running(run):
                return result
            chunk = _counted(decided)
            if not dry:
                chunk.messages = write_decisions(decided, now=now, run=run)
            if run is not None:
                note_progress(run, chunk)
            elif not dry:
                tally([(d.case.merchant_id, d.decision) for d in decided], now=now)
        result.add(chunk)
        progress(chunk.considered)
        if not dry and (run is None or is_running(run)):
            end_cases(
                {d.case.facts.case_id: d.decision for d in decided if d.decision.kind == "end"}, now=now
            )
        if len(due) < size:
            # Of a run, what somebody else holds at the moment is decided at the next look.
            result.is_over = dry or run is None or not cases_due.due(size=1)
            return result
        after = (due[-1][1], due[-1][0])
    return result


def decide_case(case: LoadedCase, *, now: datetime) -> Decision:
    """The decision about one loaded case; a merchant without a policy gets one that says so."""
    if case.policy is None:
        return Decision(
            kind="none",
            reason="no_policy",
            verdict=Verdict.BLOCK,
            policy_version=None,
            next_review_at=now + NO_POLICY_AGAIN,
        )
    rules = catalogue(case.facts.jurisdictions, case.facts.legal_role, now.date())
    return decide(case.facts, case.policy, rules, now)


def decide_cases(case_ids: list[int], *, now: datetime) -> list[Decided]:
    loaded = load_cases(case_ids, now=now)
    return [Decided(case, decide_case(case, now=now)) for case in loaded.values()]


def _counted(decided: list[Decided]) -> PlanResult:
    waiting = (d.decision for d in decided if d.decision.kind == "wait")
    return PlanResult(
        considered=len(decided),
        counts=Counter(d.decision.kind for d in decided),
        reasons=Counter(decision.rule_id or decision.reason for decision in waiting),
    )


def write_decisions(decided: list[Decided], *, now: datetime, run: Run | None) -> int:
    """Everything a chunk of decisions changes; how many messages were queued.

    An offer stands before the message that tells of it is queued; a case in use gets none, and its message tells of none.
    """
    if not decided:
        return 0
    if offering := [d.case.facts.case_id for d in decided if _is_offering(d.decision)]:
        make_offers(case_ids=offering, now=now)
    copy_decisions(_decision_row(d, now=now, run_id=run.pk if run else None) for d in decided)
    skipped = [_message(d.case, d.decision, over=over) for d in decided for over in d.decision.skipped]
    queued = [_message(d.case, d.decision) for d in decided if d.decision.kind == "send"]
    with connection.cursor() as cursor:
        if skipped:
            cursor.execute(_QUEUE, {"now": now, "rows": _json(skipped)})
        messages = 0
        if queued:
            cursor.execute(_QUEUE, {"now": now, "rows": _json(queued)})
            messages = cursor.rowcount
        cursor.execute(_REVIEW, [_json([_review(d, now=now) for d in decided])])
    return messages


def _is_offering(decision: Decision) -> bool:
    return decision.kind == "send" and decision.contact_class is ContactClass.OFFER


def _decision_row(decided: Decided, *, now: datetime, run_id: int | None) -> tuple:
    decision = decided.decision
    return (
        decided.case.facts.case_id,
        now,
        decision.kind,
        decision.verdict,
        decision.rule_id,
        decision.until,
        decision.reason,
        decision.step_key,
        decision.channel,
        asked_json(decision.asked),
        decided.case.facts.claimed_minor,
        decision.policy_version,
        run_id,
        decision.waiting_since if decision.waiting_step == decision.step_key else None,
    )


def _message(case: LoadedCase, decision: Decision, *, over: StepDone | None = None) -> dict:
    """The outbox row of the step to take or, with `over`, of a step passed over."""
    key = over.key if over else decision.step_key
    step = next(step for step in case.policy.steps if step.key == key)
    channel = step.channels[0] if over else decision.channel
    return {
        "case_id": case.facts.case_id,
        "customer_id": case.customer_id,
        "policy_version_id": case.policy.id,
        "step_key": key,
        "step_position": step.position,
        "contact_class": step.contact_class,
        "channel": channel,
        "template_key": step.template_key,
        "key": f"{number_of(case.facts.case_id)}:{key}:{channel}:v{case.policy.number}",
        "state": MessageState.CANCELLED if over else MessageState.QUEUED,
        "state_reason": "passed_over" if over else "",
    }


def _review(decided: Decided, *, now: datetime) -> dict:
    decision = decided.decision
    at = now + END_AGAIN if decision.kind == "end" else decision.next_review_at
    return {"id": decided.case.facts.case_id, "at": at, "reason": (decision.rule_id or decision.reason)[:40]}


def _json(rows: list[dict]) -> str:
    return msgspec.json.encode(rows).decode()
