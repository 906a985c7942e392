"""Several acts under one name: which there are, whether they make sense, and what one would come to, tried and taken back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Merchant
from defaults.models import DefaultCase

from ..models import Job, JobRow, Macro
from .job_acts import Result, do
from .job_rows import Rights, outcome_of
from .jobs import MACRO, Asker
from .shared_args import SHARED, check_shared

MOST_STEPS = 8
Steps = Sequence[Mapping[str, Any]]


class _Tried(Exception):
    """Ends the trial; nothing of it stays."""


def check_steps(steps: Any) -> None:
    """Raises ValueError, or as `check_shared` does, where a step could be done to no case."""
    if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
        raise ValueError("A list of acts.")
    for step in steps:
        is_step = (
            isinstance(step, dict) and step.keys() == {"action", "args"} and isinstance(step["args"], dict)
        )
        if not is_step or step["action"] not in SHARED:
            raise ValueError(f'{{"action", "args"}}, with an action of: {", ".join(SHARED)}.')
        check_shared(step["action"], step["args"])


def macros_for(merchants: Iterable[Merchant]) -> QuerySet[Macro]:
    """Those for every merchant, and those of these."""
    return Macro.objects.filter(Q(merchant=None) | Q(merchant__in=merchants), is_active=True).order_by(
        "name", "pk"
    )


def args_of(macro: Macro) -> dict[str, Any]:
    """What a job keeps of it: later changes of the macro are none of its."""
    return {"macro": macro.pk, "name": macro.name, "steps": macro.steps}


def try_out(
    macro: Macro, cases: Iterable[DefaultCase], *, asker: Asker, now: datetime
) -> Iterator[tuple[DefaultCase, Result]]:
    """What it would come to for each of these cases, which the asker may see. Nothing of it stays."""
    cases = list(cases)
    rights = Rights(asker.maker, asker.user, frozenset(case.merchant_id for case in cases))
    job = Job(action=MACRO, args=args_of(macro))
    for case in cases:
        row = JobRow(case=case, version=case.version)
        yield case, _tried(job, row, rights, now=now)


def _tried(job: Job, row: JobRow, rights: Rights, *, now: datetime) -> Result:
    found: list[Result] = []
    try:
        with transaction.atomic():
            found.append(
                outcome_of(row, rights, lambda: do(job, row, maker=rights.maker, user=rights.user, now=now))
            )
            raise _Tried
    except _Tried:
        return found[0]
