"""What a macro does, step by step, and what it would come to for the cases chosen."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.views.wording import short_day

from ..models import JobRow, Macro
from ..services.jobs import Asker
from ..services.macros import try_out
from ..services.snooze_acts import day_of
from .bulk_forms import titles
from .job_words import KINDS, STATES, State, why
from .selection import Selection

# So many are tried out, all macros taken together, while somebody waits.
MOST_TRIED = 40


def steps_in_words(macro: Macro, *, today: date) -> list[str]:
    names = titles()
    return [_step(names[step["action"]], step["args"], today=today) for step in macro.steps]


def effects(macro: Macro, chosen: Selection, *, asker: Asker, now: datetime) -> list[dict]:
    """How many cases would get which result, and why, the most frequent first."""
    cases = chosen.cases.select_related("merchant", "customer")
    counts: Counter[tuple[str, str]] = Counter()
    for case, result in try_out(macro, cases, asker=asker, now=now):
        row = JobRow(case=case, state=result.state, code=result.code, detail=result.detail)
        is_message = result.state == State.DONE and result.code in KINDS
        words = _("messages: %s") % KINDS[result.code][0] if is_message else why(row)
        counts[result.state, words] += 1
    return [
        {"number": number, "word": STATES[state][0], "colour": STATES[state][1], "why": words}
        for (state, words), number in counts.most_common()
    ]


def _step(name: str, args: Mapping[str, Any], *, today: date) -> str:
    told = ", ".join(_arg(value, today=today) for value in args.values() if value != "")
    return f"{name}: {told}" if told else name


def _arg(value: Any, *, today: date) -> str:
    match value:
        case {"percent": percent}:
            return f"{percent} %"
        case {"in_days": days} if len(value) == 1:
            return short_day(today + timedelta(days=days), today=today)
        case {"amount": amount, "currency": currency}:
            return f"{amount} {currency}"
        case {"parts": parts, "in_days": first, "every_days": every}:
            told = {
                "parts": parts,
                "first": short_day(today + timedelta(days=first), today=today),
                "every": every,
            }
            return _("%(parts)d parts from %(first)s, every %(every)d days") % told
        case str() if day := day_of(value, today=today):
            return short_day(day, today=today)
    return f"“{value}”"


def lines(found: list[Macro], chosen: Selection, *, asker: Asker, now: datetime) -> Iterator[dict]:
    """Every macro with its steps; tried out where that is quick."""
    today = timezone.localtime(now).date()
    is_tried = 0 < chosen.total * len(found) <= MOST_TRIED
    for macro in found:
        yield {
            "macro": macro,
            "steps": steps_in_words(macro, today=today),
            "effects": effects(macro, chosen, asker=asker, now=now) if is_tried else [],
        }
