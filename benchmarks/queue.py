"""The queue at its size: pages, counts, searches, the pane and claiming, at two sizes in one process, in turn.

    .venv/bin/python -m benchmarks.queue [--cases 1000000] [--base 20000] [--rounds 5] [--strict]

Whole answers through Django's test client, of a person who is signed in, and searches without the page around them. What
counts is processor time, this process's and that of its PostgreSQL connection: on an idle machine that is the time it takes,
and on a busy one it still says what the work costs (Linux only). Elapsed time stands beside it. The limit of the same run: a
bare page by key and a bare capped count of the same rows. `--strict` fails where a goal is missed.
"""

import gc
import logging
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from .lab import laboratory
from .queue_world import RARE_ADDRESS, RARE_AT, RARE_NAME, fill

MOST_RATIO = 1.5
EXPORTED = 20_000
_BARE_PAGE = """
SELECT * FROM defaults_defaultcase WHERE state <> 'closed' ORDER BY oldest_due_on, id LIMIT 51
"""
_BARE_COUNT = (
    "SELECT count(*) FROM (SELECT FROM defaults_defaultcase WHERE state <> 'closed' LIMIT 1001) cases"
)


@dataclass(frozen=True)
class Figure:
    """`goal`: milliseconds at the larger size; None where only the ratio is looked at. `flat`: at most MOST_RATIO."""

    name: str
    run: Callable[["House"], object]
    goal: float | None = None
    flat: bool = False


class House:
    """One filled database, with two people signed in: an admin over all merchants, an agent of three."""

    def __init__(self, cases: int) -> None:
        from django.core.management import call_command
        from django.db import connection, connections
        from django.test import Client
        from django.utils import timezone

        from accounts.models import User

        name = f"queue_{cases}"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        self.cases, self._wrapper = cases, connections["default"].copy()
        self._wrapper.settings_dict["NAME"] = name
        self.enter()
        call_command("migrate", verbosity=0)
        start = perf_counter()
        fill(cases, now=timezone.now())
        print(f"{cases:>9,} cases filled in {perf_counter() - start:.0f} s", flush=True)
        self.admin, self.agent = Client(SERVER_NAME="localhost"), Client(SERVER_NAME="localhost")
        self.admin.force_login(User.objects.get(username="agent-0"))
        self.agent.force_login(User.objects.get(username="agent-1"))
        self.deep = {order: self._middle(order) for order in ("due", "gain")}

    def enter(self) -> None:
        from django.db import connections

        connections["default"] = self._wrapper

    def processor(self) -> float:
        """Milliseconds of processor so far: this process's, and its database connection's."""
        from django.db import connection

        connection.ensure_connection()
        of_backend = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
        return process_time() * 1000 + int(of_backend.split()[0]) / 1_000_000

    def page(self, *, by_agent: bool = False, cold: bool = False, **asked: str) -> None:
        from django.core.cache import cache

        if cold:
            cache.clear()
        answer = (self.agent if by_agent else self.admin).get("/queue/", asked)
        assert answer.status_code == 200, answer.status_code

    def found(self, text: str, *, least: int = 0) -> None:
        """The rows of the first page of a search, without the page around them."""
        from django.utils import timezone

        from accounts.models import Merchant
        from defaults.reports.queue import view_of
        from defaults.reports.queue_order import order_of, ordered
        from defaults.reports.queue_search import search

        now, merchants = timezone.now(), list(Merchant.objects.values_list("pk", flat=True))
        cases = search(view_of("open", merchants, user_id=0, now=now), text, merchants)
        assert len(ordered(cases, order_of("due", now=now))[:51]) >= least, text

    def pane(self) -> None:
        """One that was worked on: with history, money, a message and a decision."""
        from defaults.models.case import number_of

        self.turn = getattr(self, "turn", 5) + 20
        answer = self.admin.get(f"/case/{number_of(self.turn)}/pane/", headers={"HX-Request": "true"})
        assert answer.status_code == 200, answer.status_code

    def claim(self, order: str) -> None:
        answer = self.admin.post("/queue/next/", {"view": "open", "order": order})
        assert (answer.status_code, "/case/AM-" in answer.url) == (302, True), answer.url

    def export(self) -> None:
        """The first EXPORTED rows of the list as a file, or all there are."""
        answer, rows = self.admin.post("/queue/csv/?view=open"), 0
        assert answer.status_code == 200, answer.status_code
        for part in answer.streaming_content:
            rows += part.count(b"\n")
            if rows > EXPORTED:
                break
        answer.close()
        assert rows > min(EXPORTED, self.cases // 2), rows

    def bare(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(_BARE_PAGE)
            cursor.fetchall()
            cursor.execute(_BARE_COUNT)
            cursor.fetchall()

    def _middle(self, order: str) -> str:
        from django.utils import timezone

        from defaults.models import DefaultCase
        from defaults.reports.queue_order import order_of, ordered

        rule = order_of(order, now=timezone.now())
        return str(rule.key_of(ordered(DefaultCase.objects.live(), rule)[self.cases * 3 // 10]))


def figures() -> list[Figure]:
    from defaults.reports.queue import VIEWS

    agent = {"by_agent": True, "cold": True}
    return [
        Figure("bare SQL: a page by key, one capped count", lambda house: house.bare()),
        Figure("queue with its counts, cold", lambda house: house.page(cold=True), 60, flat=True),
        Figure(
            "queue with its counts, cold, three merchants", lambda house: house.page(**agent), 60, flat=True
        ),
        Figure("queue, counts remembered", lambda house: house.page(), 60, flat=True),
        *(
            Figure(f"view {name}", lambda house, name=name: house.page(view=name), 60, flat=True)
            for name in (*VIEWS, "held", "closed")
        ),
        Figure(
            "in the middle, by due date", lambda house: house.page(after=house.deep["due"]), 60, flat=True
        ),
        Figure("by expected gain", lambda house: house.page(order="gain"), 60, flat=True),
        Figure(
            "by expected gain, in the middle",
            lambda house: house.page(order="gain", after=house.deep["gain"]),
            60,
            flat=True,
        ),
        Figure(
            "by expected gain, three merchants",
            lambda house: house.page(by_agent=True, order="gain"),
            60,
            flat=True,
        ),
        Figure(
            "filtered: 31 to 60 days, nobody's, no hold",
            lambda house: house.page(bucket="31-60", assignee="none", hold="none"),
            60,
            flat=True,
        ),
        Figure(
            "filtered: a disputed one, by gain", lambda house: house.page(disputed="yes", order="gain"), 60
        ),
        Figure("query: number", lambda house: house.found("AM-0007", least=1), 10),
        Figure("query: reference", lambda house: house.found(f"ord-{RARE_AT}"), 10),
        Figure("query: e-mail", lambda house: house.found(RARE_ADDRESS), 10),
        Figure("query: a name that one has", lambda house: house.found(RARE_NAME), 50),
        Figure("query: a name that some have", lambda house: house.found("김서연"), 50),
        Figure("query: one syllable that many have", lambda house: house.found("김", least=51), 50),
        Figure("query: a syllable and a half", lambda house: house.found("김ㅅ", least=51), 50),
        Figure("query: half a syllable, inside", lambda house: house.found("서여"), 50),
        Figure("query: a family name of some", lambda house: house.found("Müller"), 50),
        Figure("query: one letter", lambda house: house.found("o", least=51), 50),
        Figure("query: a name that nobody has", lambda house: house.found("없는이름"), 50),
        Figure("pane of a case that was worked on (j)", lambda house: house.pane(), 300, flat=True),
        Figure("CSV of 20,000 rows (half as many at the smaller size)", lambda house: house.export(), 2_000),
        Figure("claim next, by due date", lambda house: house.claim("due"), 250, flat=True),
        Figure("claim next, by expected gain", lambda house: house.claim("gain"), 250, flat=True),
    ]


def main() -> None:
    options = ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--cases", type=int, default=1_000_000)
    options.add_argument("--base", type=int, default=20_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--strict", action="store_true", help="exit 1 where a goal is missed")
    asked = options.parse_args()
    with laboratory():
        logging.disable(logging.CRITICAL)
        houses = [House(asked.base), House(asked.cases)]
        print(f"{'median of milliseconds':48} {asked.base:>10,} {asked.cases:>10,}  ratio   elapsed   goal")
        missed = [not _line(figure, houses, asked.rounds) for figure in figures()]
    sys.exit(1 if asked.strict and any(missed) else 0)


def _line(figure: Figure, houses: list[House], rounds: int) -> bool:
    """Measure, print, and say whether the goal is met."""
    spent, elapsed = ({house.cases: [] for house in houses} for _ in range(2))
    for number in range(rounds + 1):
        for house in houses:
            house.enter()
            gc.collect()
            before, start = house.processor(), perf_counter()
            figure.run(house)
            if number:
                elapsed[house.cases].append((perf_counter() - start) * 1000)
                spent[house.cases].append(house.processor() - before)
    small, large = (median(spent[house.cases]) for house in houses)
    is_met = (figure.goal is None or large <= figure.goal) and not (
        figure.flat and large > MOST_RATIO * small
    )
    goal = f"{figure.goal:>6.0f} {'ok' if is_met else 'MISSED'}" if figure.goal else ""
    took = median(elapsed[houses[-1].cases])
    print(
        f"{figure.name:48} {small:>10.1f} {large:>10.1f} {large / small:>6.2f} {took:>9.1f} {goal}",
        flush=True,
    )
    return is_met


if __name__ == "__main__":
    main()
