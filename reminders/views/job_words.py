"""Acts on many cases in words: what was asked for, how far it is, and what became of each case."""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from accounts.views.wording import moment
from defaults.models import DefaultCase
from defaults.views.wording import AMBER, GREEN, GREY, RED

from ..models import Decision, Job, JobRow
from ..services.explain import explain_decision
from ..services.jobs import MACRO
from ..services.rule_titles import TITLES as RULES
from .bulk_forms import titles
from .refusals import WORDS

State = JobRow.State
# In the order in which they are told.
STATES: Mapping[str, tuple[object, str]] = {
    State.WAITING: (pgettext_lazy("bulk result", "Waiting"), GREY),
    State.DONE: (pgettext_lazy("bulk result", "Done"), GREEN),
    State.ASKED: (pgettext_lazy("bulk result", "Waits for approval"), AMBER),
    State.REFUSED: (pgettext_lazy("bulk result", "Refused"), RED),
    State.FAILED: (pgettext_lazy("bulk result", "Failed"), RED),
    State.UNDOING: (pgettext_lazy("bulk result", "To be undone"), GREY),
    State.UNDONE: (pgettext_lazy("bulk result", "Undone"), GREEN),
    State.KEPT: (pgettext_lazy("bulk result", "Not undone"), AMBER),
    State.DROPPED: (pgettext_lazy("bulk result", "Not begun"), GREY),
}
# What a person has to look at.
PROBLEMS = (State.REFUSED, State.FAILED, State.KEPT)
CODES: Mapping[str, object] = {
    "unchanged": gettext_lazy("It was so already."),
    "stale_version": gettext_lazy("Somebody has changed the case since; it is left as it is."),
    "busy": gettext_lazy("The case was in use, or a message about it was leaving. Try it again."),
    "internal_error": gettext_lazy("Our mistake; nothing was done to this case."),
    "worker_lost": gettext_lazy("The program broke down over this case; nothing was done to it."),
    "no_longer_allowed": gettext_lazy("Who asked for it may not do this any more."),
    "needs_approval": gettext_lazy("Put to a second person."),
    "needs_approval_alone": gettext_lazy("A part of it needs a second person. Do that one by itself."),
    "currency_mismatch": gettext_lazy("The case is in another currency."),
    "unknown_hold": gettext_lazy("No hold runs that could be ended."),
    "unknown_offer": gettext_lazy("No offer stands."),
    "unknown_dispute": gettext_lazy("Nothing is disputed."),
    "unknown_adjustment": gettext_lazy("No request of that kind is open."),
    "unknown_message": gettext_lazy("No message waits to leave."),
}
KINDS: Mapping[str, tuple[object, str]] = {
    "send": (gettext_lazy("leave now"), GREEN),
    "wait": (gettext_lazy("wait"), AMBER),
    "end": (gettext_lazy("come to their end"), GREY),
    "none": (gettext_lazy("get nothing"), GREY),
}
REASONS: Mapping[str, object] = {
    "blocked": gettext_lazy("a rule forbids it"),
    "held": gettext_lazy("asking is suspended"),
    "agreement": gettext_lazy("something is agreed"),
    "not_due": gettext_lazy("the next step is not due yet"),
    "step_in_progress": gettext_lazy("the last message is on its way"),
    "below_threshold": gettext_lazy("too little is owed"),
    "holdout": gettext_lazy("left alone to measure"),
    "ladder_done": gettext_lazy("all steps are done"),
    "case_closed": gettext_lazy("the case is closed"),
    "nothing_owed": gettext_lazy("nothing is owed"),
    "placed": gettext_lazy("an agency has the case"),
    "no_policy": gettext_lazy("no policy is in force"),
}


def title_of(job: Job, names: Mapping[str, str] | None = None) -> str:
    """`names`: of the acts, where many jobs are named."""
    if job.action == MACRO:
        return str(job.args.get("name", ""))
    return str((names or titles()).get(job.action, job.action))


def cases_in_words(number: int) -> str:
    return ngettext("%(number)s case", "%(number)s cases", number) % {"number": f"{number:,}"}


def outcomes(counts: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """By state, in the order of STATES, without those that are none."""
    summed = dict.fromkeys(STATES, 0)
    for (state, _code), number in counts.items():
        summed[state] += number
    return {state: number for state, number in summed.items() if number}


def said_of(job: Job, counts: Mapping[tuple[str, str], int]) -> str:
    """In one line: “Claim: 3 done, 1 refused.”."""
    parts = [f"{number:,} {str(STATES[state][0]).lower()}" for state, number in outcomes(counts).items()]
    return f"{title_of(job)}: " + pgettext("bulk results", ", ").join(parts)


def row_lines(rows: Sequence[JobRow]) -> list[dict]:
    """Rows with their case and customer loaded; one query more where reminders were decided."""
    decisions = _decisions(rows)
    return [
        {
            "row": row,
            "case": row.case,
            "word": STATES[row.state][0],
            "colour": STATES[row.state][1],
            "why": why(row, decisions.get((row.case_id, row.done_at))),
            "at": moment(row.done_at) if row.done_at else "",
        }
        for row in rows
    ]


def why(row: JobRow, decision: Decision | None = None) -> str:
    if decision is not None:
        return explain_decision(decision)["sentence"]
    if row.code == "stale_version" and row.detail.startswith("Changed since: "):
        return _("Changed since by %s; it is left as it is.") % row.detail.rpartition(":")[2].rstrip(".")
    words = CODES.get(row.code) or WORDS.get(row.code)
    return str(words or row.detail)


def forecast_lines(counts: Mapping[tuple[str, str], int]) -> Iterable[dict]:
    """Of each kind how many, and why, the most frequent first."""
    for kind, (word, colour) in KINDS.items():
        reasons = {reason: number for (of, reason), number in counts.items() if of == kind}
        if not reasons:
            continue
        told = [] if kind == "send" else sorted(reasons.items(), key=lambda one: -one[1])
        yield {
            "number": sum(reasons.values()),
            "word": word,
            "colour": colour,
            "why": " · ".join(
                f"{REASONS.get(code) or RULES.get(code, code)} {number:,}" for code, number in told
            ),
        }


def chosen_words(job: Job) -> str:
    if "run" in job.chosen:
        return _("not reached by run %d") % job.chosen["run"]
    return _("the list as it was then") if "filter" in job.chosen else _("picked one by one")


def named(cases: Sequence[DefaultCase], more: int) -> str:
    told = ", ".join(case.number for case in cases)
    return told + (" " + _("and %d more") % more if more else "")


def _decisions(rows: Sequence[JobRow]) -> dict[tuple, Decision]:
    reminded = [row for row in rows if row.state == State.DONE and row.code in KINDS]
    found = Decision.objects.filter(
        case__in=[row.case_id for row in reminded], at__in={row.done_at for row in reminded}, at_gate=False
    )
    return {(one.case_id, one.at): one for one in found}
