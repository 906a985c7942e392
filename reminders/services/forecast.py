"""What reminders on many cases would come to now: decided as a run would, nothing written."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from .due_cases import CHUNK
from .plan import decide_cases

# So many are looked at while somebody waits for the dialog.
MOST = 2000


def forecast(case_ids: Sequence[int], *, now: datetime) -> Counter[tuple[str, str]]:
    """How many of the first MOST of these cases get which decision: by its kind, and the rule or reason."""
    counts: Counter[tuple[str, str]] = Counter()
    for start in range(0, min(len(case_ids), MOST), CHUNK):
        chunk = list(case_ids[start : min(start + CHUNK, MOST)])
        for decided in decide_cases(chunk, now=now):
            decision = decided.decision
            counts[decision.kind, decision.rule_id or decision.reason] += 1
    return counts
