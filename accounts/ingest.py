"""How a payment is folded from its events: pure, and the same for every order of arrival.

Sums commute. Where a later word replaces an earlier one (what is due, the last attempt), `occurred_at` decides, then the
event id. Balances follow from the sums alone, and ledger entries from the difference of two states.
"""

from datetime import UTC, date, datetime
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import asdict, replace

from .event_shapes import (
    AnyEvent,
    CustomerFacts,
    PaymentCredited,
    PaymentDue,
    PaymentFailed,
    PaymentInFlight,
    PaymentPaid,
    PaymentRefunded,
    PaymentReversed,
    PaymentVoided,
)


class PaymentState(Struct, frozen=True):
    """What all events so far say of one payment. Amounts in minor units of `currency`."""

    reference: str
    currency: str
    due_on: date
    told_at: datetime
    told_by: str
    amount_minor: int
    description: str = ""
    product: str = ""
    credited_minor: int = 0
    paid_minor: int = 0
    reversed_minor: int = 0
    refunded_minor: int = 0
    returned_minor: int = 0
    conceded_minor: int = 0
    conceded_account: str = ""
    fees_minor: int = 0
    waived_minor: int = 0
    is_void: bool = False
    in_flight_until: datetime | None = None
    failure_reason: str = ""
    attempt_at: datetime | None = None
    attempt_by: str = ""


class Balances(NamedTuple):
    """`outstanding`: what is still asked. `credit`: over-paid, owed to the customer. `conceded`: given up, not come back.

    `fees` and `waived`: what counts of the fees charged and of what was released.
    """

    sale: int
    fees: int
    waived: int
    outstanding: int
    credit: int
    conceded: int


class Posting(NamedTuple):
    kind: str
    from_account: str
    to_account: str
    amount_minor: int


class Conflict(Exception):
    """The event contradicts the payment it names; `field` and `code` locate it."""

    def __init__(self, field: str, code: str, detail: str):
        super().__init__(detail)
        self.field, self.code, self.detail = field, code, detail


def opened_by(event: PaymentDue) -> PaymentState:
    """The state of a payment that this event tells of for the first time."""
    data = event.data
    return PaymentState(
        reference=data.payment,
        currency=data.currency,
        due_on=data.due_on,
        told_at=event.occurred_at,
        told_by=event.id,
        amount_minor=data.amount,
        description=data.description,
        product=data.product,
    )


def applied(state: PaymentState, event: AnyEvent) -> PaymentState:
    """The state after one more event. Raises Conflict when the event speaks of another currency."""
    data = event.data
    if getattr(data, "currency", None) not in (None, state.currency):
        raise Conflict("currency", "currency_mismatch", f"This payment is in {state.currency}.")
    match event:
        case PaymentDue():
            return _told_again(state, event)
        case PaymentPaid():
            return replace(state, paid_minor=state.paid_minor + data.amount)
        case PaymentReversed():
            return replace(state, reversed_minor=state.reversed_minor + data.amount)
        case PaymentRefunded() if data.reason == "overpayment":
            return replace(state, returned_minor=state.returned_minor + data.amount)
        case PaymentRefunded():
            return replace(state, refunded_minor=state.refunded_minor + data.amount)
        case PaymentCredited():
            return replace(state, credited_minor=state.credited_minor + data.amount)
        case PaymentVoided():
            return replace(state, is_void=True)
        case PaymentInFlight():
            return _attempted(state, event, in_flight_until=data.until, failure_reason="")
        case PaymentFailed():
            return _attempted(state, event, in_flight_until=None, failure_reason=data.reason)
    raise TypeError(f"{type(event).__name__} is not about a payment")


def _told_again(state: PaymentState, event: PaymentDue) -> PaymentState:
    if (event.occurred_at, event.id) < (state.told_at, state.told_by):
        return state
    told = opened_by(event)
    return replace(
        state,
        due_on=told.due_on,
        told_at=told.told_at,
        told_by=told.told_by,
        amount_minor=told.amount_minor,
        description=told.description,
        product=told.product,
    )


def _attempted(state: PaymentState, event: AnyEvent, **outcome) -> PaymentState:
    if state.attempt_at is not None and (event.occurred_at, event.id) < (state.attempt_at, state.attempt_by):
        return state
    return replace(state, attempt_at=event.occurred_at, attempt_by=event.id, **outcome)


def balances(state: PaymentState) -> Balances:
    """What follows from the sums, whatever order they came in.

    A refund of an undone sale takes the sale and the money back together, so it moves no balance between the two.
    Fees never exceed the sale they are for, and no more is waived than there was to ask. What was waived is released for
    good: money for it is over-paid. What was conceded comes back first when money arrives (a recovery).
    """
    sale = 0 if state.is_void else state.amount_minor - state.credited_minor
    fees = min(state.fees_minor, max(sale, 0))
    waived = min(state.waived_minor, max(sale + fees, 0))
    owed = sale + fees - waived - state.paid_minor + state.reversed_minor + state.returned_minor
    conceded = min(state.conceded_minor, max(owed, 0))
    return Balances(sale, fees, waived, max(owed, 0) - conceded, max(-owed, 0), conceded)


NOTHING = Balances(sale=0, fees=0, waived=0, outstanding=0, credit=0, conceded=0)


def postings(before: PaymentState | None, after: PaymentState) -> list[Posting]:
    """The ledger entries that lead from one state to the next; none when no balance moved."""
    was, now = balances(before) if before else NOTHING, balances(after)
    paid, reversed_, refunded, returned = (
        getattr(after, name) - (getattr(before, name) if before else 0)
        for name in ("paid_minor", "reversed_minor", "refunded_minor", "returned_minor")
    )
    moves = (
        _either(now.sale - was.sale, ("charge", "sales", "receivable"), ("credit", "receivable", "sales")),
        _either(now.fees - was.fees, ("fee", "fees", "receivable"), ("fee", "receivable", "fees")),
        _either(
            now.waived - was.waived, ("waiver", "receivable", "waived"), ("waiver", "waived", "receivable")
        ),
        Posting("payment", "receivable", "cash", paid),
        Posting("reversal", "cash", "receivable", reversed_),
        Posting("refund", "cash", "sales", refunded),
        Posting("refund", "cash", "customer_credit", returned),
        _either(
            now.credit - was.credit + returned,
            ("transfer", "customer_credit", "receivable"),
            ("transfer", "receivable", "customer_credit"),
        ),
        _conceded(
            now.conceded - was.conceded, after.conceded_account or (before.conceded_account if before else "")
        ),
    )
    return [move for move in moves if move.amount_minor]


def charge(state: PaymentState) -> Posting:
    """The one entry of a payment that nothing has happened to yet: what `postings` from nothing would answer."""
    return Posting("charge", "sales", "receivable", state.amount_minor)


def _either(amount: int, up: tuple[str, str, str], down: tuple[str, str, str]) -> Posting:
    return Posting(*up, amount) if amount >= 0 else Posting(*down, -amount)


def _conceded(amount: int, account: str) -> Posting:
    kind = "forgiveness" if account == "forgiven" else "write_off"
    return _either(amount, (kind, "receivable", account), ("recovery", account, "receivable"))


class CustomerState(Struct, frozen=True):
    """What is known of a person; `stamps` says of each told field when (ISO instant) and by which event it was told."""

    reference: str
    name: str = ""
    locale: str = ""
    time_zone: str = ""
    jurisdiction: str = ""
    birth_date: date | None = None
    email: str = ""
    phone: str = ""
    stamps: dict[str, tuple[str, str]] = {}
    is_erased: bool = False


def told(
    state: CustomerState, facts: CustomerFacts, *, occurred_at: datetime, event_id: str
) -> CustomerState:
    """The person after one more telling: each field keeps its latest word. An erased person stays erased."""
    if state.is_erased:
        return state
    stamp = (occurred_at.astimezone(UTC).isoformat(), event_id)
    changes = {
        name: value for name, value in asdict(facts).items() if value is not None and name != "reference"
    }
    if state.stamps:
        changes = {
            name: value for name, value in changes.items() if stamp >= tuple(state.stamps.get(name, ("", "")))
        }
    if not changes:
        return state
    return replace(state, **changes, stamps=state.stamps | dict.fromkeys(changes, stamp))
