"""What a policy decides at the end of its ladder, carried out by the stage that owns the case."""

import logging
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db import OperationalError

from accounts.locks import WAIT
from defaults.case_states import Outcome
from defaults.services.closing import close_by_policy, send_to_review

from ..decision import Decision
from ..models import PolicyVersion

AT_ONCE = 100
_ENDS = PolicyVersion.EndDecision
_OUTCOMES = {_ENDS.WRITE_OFF: Outcome.WRITTEN_OFF, _ENDS.FORGIVE: Outcome.FORGIVEN}
_LOCK_NOT_GOT = "55P03"

log = logging.getLogger(__name__)


def end_cases(decisions: Mapping[int, Decision], *, now: datetime) -> None:
    """Forgive, write off or hand to staff, in transactions of their own.

    A group behind a busy customer is left for the next review: its decisions stand, and are taken again.
    """
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for case_id, decision in decisions.items():
        groups[decision.end_decision, decision.reason].append(case_id)
    for (end, reason), case_ids in groups.items():
        case_ids.sort()
        for start in range(0, len(case_ids), AT_ONCE):
            some = case_ids[start : start + AT_ONCE]
            try:
                _end(some, end=end, reason=reason, now=now)
            except OperationalError as error:
                if getattr(error.__cause__, "pgcode", None) != _LOCK_NOT_GOT:
                    raise
                log.info("%d end decisions wait: a customer was busy for %s", len(some), WAIT)


def _end(case_ids: list[int], *, end: str, reason: str, now: datetime) -> None:
    if end in _OUTCOMES:
        close_by_policy(case_ids=case_ids, outcome=_OUTCOMES[end], now=now, actor="system", reason=reason)
    else:
        send_to_review(case_ids=case_ids, now=now, actor="system", reason=reason)
