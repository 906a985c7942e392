"""Requests that arrive together share one transaction, from the look at their keys to the commit.

Each request's events wait in a line. Whoever finds nobody at work takes the whole line, records it and tells the others;
what arrives meanwhile forms the next line. Nobody waits for company: a lone request is recorded at once. The others of a
group never touch the database, which is what makes one event a request cheap.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import InterfaceError, OperationalError

from ..models import ApiKey
from .incoming import Fate, Incoming, arrive
from .keys import Presented, keys_in_force
from .record_events import record

LARGEST_GROUP = 1_000


class KeyRefused(Exception):
    """The key is unknown, expired or revoked, or lacks the scope; `missing_scope` tells which."""

    def __init__(self, *, missing_scope: bool) -> None:
        super().__init__("missing scope" if missing_scope else "not in force")
        self.missing_scope = missing_scope


@dataclass(slots=True, eq=False)
class _Share:
    """One request's part of a group. `turn` is set when it is done, or when its thread is to take over the line."""

    key: Presented
    scope: str
    incoming: Sequence[Incoming]
    turn: threading.Event = field(default_factory=threading.Event)
    is_done: bool = False
    problem: Exception | None = None


class Gatherer:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line: list[_Share] = []
        self._at_work = False

    def record_events(
        self, *, key: Presented, scope: str, events: Sequence[bytes], now: datetime
    ) -> list[Fate]:
        """As `record_events` for the merchant of `key`, together with whatever else is in line in this process.

        Raises KeyRefused when the key does not carry `scope` at `now`; then nothing was stored.
        """
        arrived = [
            arrive(0, item) for item in events
        ]  # whose they are is known when the group's keys are read
        share = _Share(key, scope, [item for item in arrived if isinstance(item, Incoming)])
        self._take_part(share, now=now)
        if share.problem is not None:
            raise share.problem
        return [item.fate if isinstance(item, Incoming) else item for item in arrived]

    def _take_part(self, share: _Share, *, now: datetime) -> None:
        with self._lock:
            self._line.append(share)
            leads = not self._at_work
            self._at_work = True
        if not leads:
            share.turn.wait()
        if not share.is_done:
            self._lead(now=now)

    def _lead(self, *, now: datetime) -> None:
        """Record what is in line by now, then wake its threads and the one that leads next."""
        group = self._next_group()
        try:
            _record_together(group, now=now)
        finally:
            for share in group:
                share.is_done = True
            with self._lock:
                heir = self._line[0] if self._line else None
                self._at_work = heir is not None
            for share in (*group, *([heir] if heir else [])):
                share.turn.set()

    def _next_group(self) -> list[_Share]:
        """From the head of the line, so that the thread that leads is always in its own group."""
        group, size = [], 0
        with self._lock:
            while self._line and (not group or size + len(self._line[0].incoming) <= LARGEST_GROUP):
                share = self._line.pop(0)
                group.append(share)
                size += len(share.incoming)
        return group


def _record_together(group: Sequence[_Share], *, now: datetime) -> None:
    """One transaction for all; where the group fails for another reason than the database's absence, one for each."""
    try:
        admitted = _admitted(group, now=now)
        record([item for share in admitted for item in share.incoming], now=now)
    except (OperationalError, InterfaceError) as problem:
        for share in group:
            share.problem = problem
    except Exception as problem:
        if len(group) == 1:
            group[0].problem = problem
            return
        for share in group:
            _record_together([share], now=now)


def _admitted(group: Sequence[_Share], *, now: datetime) -> list[_Share]:
    """The shares whose key may do this, their events now those of its merchant; the others learn their refusal."""
    found = keys_in_force({share.key for share in group}, now=now)
    for share in group:
        share.problem = _refusal(found.get(share.key), share.scope)
        for item in share.incoming if share.problem is None else ():
            item.merchant_id = found[share.key].merchant_id
    return [share for share in group if share.problem is None]


def _refusal(key: ApiKey | None, scope: str) -> KeyRefused | None:
    if key is None:
        return KeyRefused(missing_scope=False)
    return None if scope in key.scopes else KeyRefused(missing_scope=True)


gathered = Gatherer()
