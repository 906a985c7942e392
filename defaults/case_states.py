"""The states and outcomes of a case, and the moves between them: the only place where they are listed."""

from enum import StrEnum


class CaseState(StrEnum):
    POOLING = "pooling"
    OPEN = "open"
    PROMISED = "promised"
    IN_PLAN = "in_plan"
    PLACED = "placed"
    CLOSED = "closed"


class Outcome(StrEnum):
    CURED = "cured"
    SETTLED = "settled"
    FORGIVEN = "forgiven"
    WRITTEN_OFF = "written_off"
    WITHDRAWN = "withdrawn"
    BARRED = "barred"


LIVE = frozenset(CaseState) - {CaseState.CLOSED}

# A live state is derived from facts, so any live state may follow any other; closed is final
# (money that bounces after closing opens a linked case).
MOVES = {state: frozenset(CaseState) - {state} for state in LIVE} | {CaseState.CLOSED: frozenset()}


def can_move(before: CaseState, after: CaseState) -> bool:
    return after in MOVES[before]
