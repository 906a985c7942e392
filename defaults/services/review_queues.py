"""The queues of people who are trained for what the system must not decide alone."""

from datetime import datetime

from ..models import DefaultCase
from .history import Entry, append

HARDSHIP = "hardship"
MINOR = "minor"
FRAUD = "fraud"
ADJUSTMENT = "adjustment"


def send_to_queue(case: DefaultCase, *, queue: str, now: datetime, actor: str) -> None:
    """Ask for a person of this queue, the last thing in the transaction of `locked_case`; a closed case needs none.

    A case that waits for a person already waits for one of this queue from now on.
    """
    named = DefaultCase.objects.live().filter(id=case.id).exclude(needs_staff=True, review_reason=queue)
    if not named.update(needs_staff=True, next_review_at=None, review_reason=queue):
        return
    case.needs_staff, case.next_review_at, case.review_reason = True, None, queue
    versions = append([Entry(case_id=case.id, kind="sent_to_review", at=now, actor=actor, reason=queue)])
    case.version = versions[case.id]
