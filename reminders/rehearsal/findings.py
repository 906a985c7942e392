"""What came of it, read back from the tables: a row for each local day, and totals."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import connection

from accounts.models import Merchant

# Kind and instant of everything that is counted, by the column it is counted in.
_SEEN = {
    "opened": """
SELECT e.to_state AS kind, e.at FROM defaults_caseevent e JOIN defaults_defaultcase c ON c.id = e.case_id
 WHERE c.merchant_id = %(merchant)s AND e.seq = 1""",
    "closed": """
SELECT CASE WHEN is_self_cure THEN 'self-cured' ELSE outcome END AS kind, closed_at AS at
  FROM defaults_defaultcase WHERE merchant_id = %(merchant)s AND closed_at IS NOT NULL""",
    "messages": """
SELECT CASE WHEN m.answers_id IS NULL THEN m.step_key ELSE m.template_key END AS kind, m.contacted_at AS at
  FROM reminders_message m JOIN defaults_defaultcase c ON c.id = m.case_id
 WHERE c.merchant_id = %(merchant)s AND m.contacted_at IS NOT NULL""",
    "deferred": """
SELECT d.rule AS kind, d.at FROM reminders_decision d JOIN defaults_defaultcase c ON c.id = d.case_id
 WHERE c.merchant_id = %(merchant)s AND d.verdict = 'defer' AND d.rule <> ''""",
    "blocked": """
SELECT d.rule AS kind, d.at FROM reminders_decision d JOIN defaults_defaultcase c ON c.id = d.case_id
 WHERE c.merchant_id = %(merchant)s AND d.verdict = 'block' AND d.rule <> ''""",
}
_BY_DAY = "SELECT (at AT TIME ZONE %(zone)s)::date, kind, count(*) FROM ({}) AS seen GROUP BY 1, 2"


@dataclass(slots=True)
class Day:
    """Counts of one local day, or of a week from that day on, each by its kind."""

    on: date
    events: int = 0
    opened: Counter = field(default_factory=Counter)
    closed: Counter = field(default_factory=Counter)
    messages: Counter = field(default_factory=Counter)
    deferred: Counter = field(default_factory=Counter)
    blocked: Counter = field(default_factory=Counter)

    def add(self, other: "Day") -> None:
        self.events += other.events
        for name in _SEEN:
            getattr(self, name).update(getattr(other, name))

    def as_dict(self) -> dict:
        counts = {name: dict(sorted(getattr(self, name).items())) for name in _SEEN}
        return {"on": self.on.isoformat(), "events": self.events} | counts


def read_days(*, merchant: Merchant, events: Counter, first: date, last: date) -> list[Day]:
    """The days on which anything happened; `events` counts those that were fed, by day."""
    days: dict[date, Day] = {}
    for on, count in events.items():
        days.setdefault(on, Day(on)).events = count
    with connection.cursor() as cursor:
        for name, query in _SEEN.items():
            cursor.execute(_BY_DAY.format(query), {"merchant": merchant.pk, "zone": merchant.time_zone})
            for on, kind, count in cursor.fetchall():
                getattr(days.setdefault(on, Day(on)), name)[kind] += count
    return [days[on] for on in sorted(days) if first <= on <= last]


def by_week(days: list[Day]) -> list[Day]:
    weeks: dict[date, Day] = {}
    for day in days:
        monday = day.on - timedelta(days=day.on.weekday())
        weeks.setdefault(monday, Day(monday)).add(day)
    return list(weeks.values())


def total(days: list[Day]) -> Day:
    everything = Day(date.max)
    for day in days:
        everything.add(day)
    return everything


def table(days: list[Day]) -> list[str]:
    """Lines to print: fixed columns for what always counts, then deferred and blocked by rule in words."""
    steps = sorted({step for day in days for step in day.messages}, key=_first_seen(days))
    widths = [max(len(step), 4) for step in steps]
    head = ["day       ", "events", "opened", "pooled", "cured", "self-cured", "ended"]
    lines = [
        "  ".join(
            [*head, *(step.rjust(width) for step, width in zip(steps, widths, strict=True)), "waited for"]
        )
    ]
    for day in [*days, total(days)]:
        name = "total     " if day.on == date.max else day.on.isoformat()
        counts = [
            day.events,
            day.opened.total(),
            day.opened["pooling"],
            day.closed["cured"],
            day.closed["self-cured"],
        ]
        counts.append(day.closed.total() - day.closed["cured"] - day.closed["self-cured"])
        cells = [f"{count or '·':>{len(title)}}" for count, title in zip(counts, head[1:], strict=True)]
        said = [f"{day.messages[step] or '·':>{width}}" for step, width in zip(steps, widths, strict=True)]
        lines.append("  ".join([name, *cells, *said, _waits(day)]).rstrip())
    return lines


def _first_seen(days: list[Day]):
    seen: dict[str, date] = defaultdict(lambda: date.max)
    for day in days:
        for step in day.messages:
            seen[step] = min(seen[step], day.on)
    return lambda step: (seen[step], step)


def _waits(day: Day) -> str:
    words = [f"{rule} {count} deferred" for rule, count in sorted(day.deferred.items())]
    return ", ".join(words + [f"{rule} {count} blocked" for rule, count in sorted(day.blocked.items())])
