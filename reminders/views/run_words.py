"""A run in words: what became of its cases and why, how fast it goes, and how long it will take."""

from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from accounts.models import Channel
from accounts.views.wording import moment
from defaults.views.wording import AMBER, GREEN, GREY, RED

from ..message_states import MessageState
from ..models import Decision, Message, Run
from ..reports.runs import FAILED, Pace, pace_of
from ..services.explain import explain_decision
from ..services.rule_titles import TITLES
from .wording import MESSAGE_STATES, who

STATES = {
    Run.State.RUNNING: (pgettext_lazy("run state", "running"), AMBER),
    Run.State.PAUSED: (pgettext_lazy("run state", "paused"), AMBER),
    Run.State.STOPPED: (pgettext_lazy("run state", "stopped"), GREY),
    Run.State.DONE: (pgettext_lazy("run state", "done"), GREEN),
}
OUTCOMES = {
    "send": (pgettext_lazy("run outcome", "Message queued"), GREEN),
    "wait": (pgettext_lazy("run outcome", "Waits"), GREY),
    "end": (pgettext_lazy("run outcome", "Ended by the policy"), GREY),
    "none": (pgettext_lazy("run outcome", "Nothing to do"), GREY),
}
# Why a case waits, where no contact rule is behind it.
REASONS = {
    "held": gettext_lazy("Asking is suspended"),
    "agreement": gettext_lazy("A live agreement covers the case"),
    "not_due": gettext_lazy("The next step is not due yet"),
    "step_in_progress": gettext_lazy("The last message is still on its way"),
    "holdout": gettext_lazy("Left alone, to measure what reminders bring"),
    "ladder_done": gettext_lazy("All steps are done; the end is not due yet"),
    "not_worth": gettext_lazy("Asking would cost more than it brings"),
    "payment_in_flight": gettext_lazy("A payment is under way"),
    "feed_stale": gettext_lazy("The merchant's feed is silent"),
    "sending_paused": gettext_lazy("Sending is switched off"),
    "deferred": gettext_lazy("A rule defers it"),
    "blocked": gettext_lazy("A rule forbids it"),
    "given_up": gettext_lazy("Refused for too long and passed over"),
    "needs_approval": gettext_lazy("A person must agree first"),
}


def run_line(run: Run) -> dict[str, Any]:
    """One run of `reports.runs.visible_runs`, for the list and for its page."""
    word, colour = STATES[Run.State(run.state)]
    return {
        "run": run,
        "name": run_name(run),
        "merchant": run.merchant.name if run.merchant else _("All merchants"),
        "state": {"word": word, "colour": colour},
        "by": who(run.asked_by),
        "moved_by": who(run.state_by) if run.state_by else "",
        "started": moment(run.started_at),
        "is_open": run.state in (Run.State.RUNNING, Run.State.PAUSED),
    } | pace_words(pace_of(run))


def run_name(run: Run) -> str:
    return _("Dry run %d") % run.pk if run.is_dry else _("Run %d") % run.pk


def pace_words(pace: Pace) -> dict[str, str]:
    return {
        "duration": length(pace.seconds),
        "rate": pgettext("cases a second", "%s/s") % f"{pace.per_second:,.0f}"
        if pace.per_second >= 1
        else "",
        "left": _("about %s left") % length(pace.left_seconds) if pace.left_seconds is not None else "",
    }


def length(seconds: float) -> str:
    """A span of time in its two largest units: 1 min 18 s."""
    whole = max(0, round(seconds))
    if whole < 60:
        return pgettext("span", "%d s") % whole
    if whole < 3600:
        return pgettext("span", "%(min)d min %(s)d s") % {"min": whole // 60, "s": whole % 60}
    return pgettext("span", "%(h)d h %(min)d min") % {"h": whole // 3600, "min": whole % 3600 // 60}


def outcome_lines(run: Run, fates: dict[str, int], *, outcome: str, reason: str) -> list[dict[str, Any]]:
    """What became of the cases, each with the address of its list, and the waiting ones by what they wait for."""
    lines = []
    for kind, (word, colour) in OUTCOMES.items():
        if kind not in run.counts and kind != "send":
            continue
        line = _counted(word, run.counts.get(kind, 0), colour, {"outcome": kind})
        line["is_current"] = outcome == kind and not reason
        line["parts"] = (
            _reasons(run, reason) if kind == "wait" else _states(fates, reason) if kind == "send" else []
        )
        lines.append(line)
    if failed := sum(fates.get(state, 0) for state in FAILED):
        line = _counted(_("Failed, or perhaps not sent"), failed, RED, {"outcome": "failed"})
        lines.append(line | {"is_current": outcome == "failed", "parts": []})
    return lines


def round_lines(counts: dict[str, int], reasons: dict[str, int]) -> list[dict[str, Any]]:
    """What the automatic rounds decided, as `outcome_lines` without lists of cases."""
    waits = [
        {"word": reason_word(code), "number": number}
        for code, number in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    return [
        {"word": word, "number": counts[kind], "colour": colour, "parts": waits if kind == "wait" else []}
        for kind, (word, colour) in OUTCOMES.items()
        if counts.get(kind)
    ]


def _counted(word: str, number: int, colour: str, query: dict[str, str]) -> dict[str, Any]:
    return {"word": word, "number": number, "colour": colour, "address": f"?{urlencode(query)}"}


def _reasons(run: Run, chosen: str) -> list[dict[str, Any]]:
    ordered = sorted(run.reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        _counted(reason_word(code), number, GREY, {"outcome": "wait", "reason": code})
        | {"is_current": code == chosen}
        for code, number in ordered
    ]


def _states(fates: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    return [
        _counted(MESSAGE_STATES[state][0], fates[state], GREY, {"outcome": "send", "reason": state})
        | {"is_current": state == chosen}
        for state in MessageState
        if state in fates
    ]


def filter_word(outcome: str, reason: str) -> str:
    """What a filter of `reports.runs.decisions_of` lets through; empty where that is everything."""
    if outcome == "send" and reason:
        return str(MESSAGE_STATES[MessageState(reason)][0])
    if reason:
        return reason_word(reason)
    return str(OUTCOMES[outcome][0]) if outcome in OUTCOMES else ""


def reason_word(code: str) -> str:
    return str(TITLES.get(code) or REASONS.get(code) or code.replace("_", " "))


def decision_line(decision: Decision, message: Message | None) -> dict[str, Any]:
    word, colour = OUTCOMES[decision.kind]
    state = MESSAGE_STATES[MessageState(message.state)] if message else None
    return {
        "case": decision.case,
        "outcome": {"word": word, "colour": colour},
        "sentence": explain_decision(decision)["sentence"],
        "rule": decision.rule,
        "channel": Channel(decision.channel).label if decision.channel and decision.kind == "send" else "",
        "fate": {"word": state[0], "colour": state[1], "why": message.state_reason} if state else None,
        "at": moment(decision.at),
    }


def over_word(run: Run) -> str:
    """What is to be said once of a run that is over, or rests."""
    left = max(0, run.total - run.considered)
    if run.state == Run.State.STOPPED:
        return _(
            "Stopped by %s. What was not decided is due as before: the automatic rounds decide it."
        ) % who(run.state_by)
    if run.state == Run.State.PAUSED:
        return _("Paused by %s. Nobody decides its remaining cases until it goes on or is stopped.") % who(
            run.state_by
        )
    if run.state == Run.State.DONE and left and not run.is_dry:
        return (
            ngettext(
                "%d case was paid, closed or changed before its turn came.",
                "%d cases were paid, closed or changed before their turn came.",
                left,
            )
            % left
        )
    return ""
