"""How cases ended, and how many of them without a person: read back from the tables."""

from collections import Counter
from dataclasses import dataclass, field

from django.db import connection

# A case is one that staff had a hand in when anything in its history was written by one of them.
_ENDED = """
SELECT c.outcome, EXISTS (SELECT FROM defaults_caseevent e WHERE e.case_id = c.id AND e.actor LIKE 'staff:%%'), count(*)
  FROM defaults_defaultcase c WHERE c.state = 'closed' GROUP BY 1, 2
"""
_SENT = """
SELECT contact_class, coalesce(substring(step_key FROM '^(.*)-[0-9]+$'), step_key), answers_id IS NOT NULL, count(*)
  FROM reminders_message WHERE contacted_at IS NOT NULL GROUP BY 1, 2, 3
"""
_LEFT = "SELECT state, count(*) FROM defaults_defaultcase WHERE state <> 'closed' GROUP BY 1"


@dataclass(slots=True)
class Outcomes:
    """Closed cases by outcome, alone or with a person's act; live ones by state; messages by class and by what they said."""

    alone: Counter = field(default_factory=Counter)
    with_staff: Counter = field(default_factory=Counter)
    live: Counter = field(default_factory=Counter)
    by_class: Counter = field(default_factory=Counter)
    by_subject: Counter = field(default_factory=Counter)

    @property
    def resolved(self) -> int:
        return self.alone.total() + self.with_staff.total()

    @property
    def share_alone(self) -> float:
        """Of all that were resolved; 0 when none was."""
        return self.alone.total() / self.resolved if self.resolved else 0.0


def read_outcomes() -> Outcomes:
    """Everything in this database, whatever the merchant."""
    seen = Outcomes()
    with connection.cursor() as cursor:
        cursor.execute(_ENDED)
        for outcome, has_staff, number in cursor.fetchall():
            (seen.with_staff if has_staff else seen.alone)[outcome] += number
        cursor.execute(_LEFT)
        seen.live.update(dict(cursor.fetchall()))
        cursor.execute(_SENT)
        for contact_class, subject, is_answer, number in cursor.fetchall():
            seen.by_class[contact_class] += number
            seen.by_subject[subject if is_answer else f"step {subject}"] += number
    return seen


def lines(seen: Outcomes) -> list[str]:
    """To print: a row for each outcome, then what is left and what was sent."""
    rows = [f"{'outcome':<14}{'alone':>8}{'staff':>8}"]
    for outcome in sorted({*seen.alone, *seen.with_staff}):
        rows.append(f"{outcome:<14}{seen.alone[outcome]:>8}{seen.with_staff[outcome]:>8}")
    rows.append(f"{'resolved':<14}{seen.alone.total():>8}{seen.with_staff.total():>8}")
    rows.append(
        f"resolved without a staff act: {seen.alone.total()} of {seen.resolved} ({seen.share_alone:.1%})"
    )
    rows.append("live: " + _counted(seen.live))
    rows.append("messages by class: " + _counted(seen.by_class))
    rows.append("messages by what they said: " + _counted(seen.by_subject))
    return rows


def _counted(counts: Counter) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items())) or "none"
