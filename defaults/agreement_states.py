"""The states of what is agreed, asked or decided about a case, and the moves between them: the only place that lists them.

The database refuses any other move (trigger `only_drawn_moves`, made from these tables).
"""

from collections.abc import Mapping
from enum import StrEnum


class OfferState(StrEnum):
    DRAFT = "draft"
    LIVE = "live"
    ACCEPTED = "accepted"
    PAID = "paid"
    LAPSED = "lapsed"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class PlanState(StrEnum):
    LIVE = "live"
    COMPLETED = "completed"
    RESCINDED = "rescinded"
    VOID = "void"


class PlacementState(StrEnum):
    ANNOUNCED = "announced"
    PLACED = "placed"
    RECALLED = "recalled"
    RETURNED = "returned"


class AdjustmentState(StrEnum):
    """A request for debt adjustment. `offered`: granted by us, waiting for the customer."""

    REQUESTED = "requested"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LAPSED = "lapsed"
    VOID = "void"


class ApprovalState(StrEnum):
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"


Moves = Mapping[str, frozenset[str]]


def _moves(**arrows: str) -> Moves:
    return {state: frozenset(targets.split()) for state, targets in arrows.items()}


OFFER_MOVES = _moves(
    draft="live withdrawn",
    live="accepted declined expired withdrawn",
    accepted="paid lapsed withdrawn",
    paid="",
    lapsed="",
    declined="",
    expired="",
    withdrawn="",
)
PROMISE_MOVES = _moves(made="kept broken void", kept="", broken="", void="")
DISPUTE_MOVES = _moves(raised="upheld rejected void", upheld="", rejected="", void="")
PLAN_MOVES = _moves(live="completed rescinded void", completed="", rescinded="", void="")
PLACEMENT_MOVES = _moves(announced="placed recalled", placed="recalled returned", recalled="", returned="")
ADJUSTMENT_MOVES = _moves(
    requested="offered refused void",
    offered="accepted lapsed void",
    accepted="",
    refused="",
    lapsed="",
    void="",
)
APPROVAL_MOVES = _moves(asked="granted refused overtaken", granted="", refused="", overtaken="")

# By table of the database.
MOVES: Mapping[str, Moves] = {
    "defaults_settlementoffer": OFFER_MOVES,
    "defaults_promisetopay": PROMISE_MOVES,
    "defaults_dispute": DISPUTE_MOVES,
    "defaults_paymentplan": PLAN_MOVES,
    "defaults_placement": PLACEMENT_MOVES,
    "defaults_adjustmentrequest": ADJUSTMENT_MOVES,
    "defaults_approval": APPROVAL_MOVES,
}

# Where a row may begin: the first state of its table, and an offer may be made live at once.
FIRST: Mapping[str, frozenset[str]] = {
    table: frozenset([next(iter(moves))]) for table, moves in MOVES.items()
} | {"defaults_settlementoffer": frozenset([OfferState.DRAFT, OfferState.LIVE])}

# An agreement that covers the case: nothing is asked while it lives.
LIVE_OFFERS = frozenset({OfferState.LIVE, OfferState.ACCEPTED})


def can_move(moves: Moves, before: str, after: str) -> bool:
    return after in moves[before]
