"""The payments one batch touches, and the only place where the ledger is posted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from msgspec.structs import asdict

from ..ingest import PaymentState, Posting, balances, charge
from .bulk import insert_rows, parts, update_rows
from .incoming import Incoming

Key = tuple[int, str]

_STATE_COLUMNS = (
    ("reference", "text"),
    ("currency", "text"),
    ("due_on", "date"),
    ("told_at", "timestamptz"),
    ("told_by", "text"),
    ("amount_minor", "bigint"),
    ("description", "text"),
    ("product", "text"),
    ("credited_minor", "bigint"),
    ("paid_minor", "bigint"),
    ("reversed_minor", "bigint"),
    ("refunded_minor", "bigint"),
    ("returned_minor", "bigint"),
    ("conceded_minor", "bigint"),
    ("conceded_account", "text"),
    ("fees_minor", "bigint"),
    ("waived_minor", "bigint"),
    ("is_void", "boolean"),
    ("in_flight_until", "timestamptz"),
    ("failure_reason", "text"),
    ("attempt_at", "timestamptz"),
    ("attempt_by", "text"),
)
_BALANCE_COLUMNS = (("outstanding_minor", "bigint"), ("credit_minor", "bigint"))
_OWNER_COLUMNS = (("merchant_id", "bigint"), ("customer_id", "bigint"))
_ALL_COLUMNS = (("id", "bigint"), *_OWNER_COLUMNS, *_STATE_COLUMNS, *_BALANCE_COLUMNS)
_TOLD_COLUMNS = (("id", "bigint"), *_OWNER_COLUMNS, *_STATE_COLUMNS[:8], ("outstanding_minor", "bigint"))
_ENTRY_COLUMNS = (
    ("payment_id", "bigint"),
    ("kind", "text"),
    ("from_account", "text"),
    ("to_account", "text"),
    ("amount_minor", "bigint"),
    ("currency", "text"),
    ("event_id", "bigint"),
    ("act", "text"),
    ("rule", "text"),
    ("occurred_at", "timestamptz"),
    ("posted_at", "timestamptz"),
)
_STATE = ", ".join(f"p.{name}" for name, _ in _STATE_COLUMNS)
_OF_KEYS = "p.merchant_id = ANY(%s) AND p.reference = ANY(%s)"
_OF_IDS = "p.id = ANY(%s)"
_LOAD = """
    SELECT p.id, p.merchant_id, p.customer_id, c.reference, p.in_case, {state}
    FROM accounts_payment p JOIN accounts_customer c ON c.id = p.customer_id
    WHERE {which}
    ORDER BY p.id FOR NO KEY UPDATE OF p"""


@dataclass(slots=True, eq=False)
class PaymentRow:
    """A payment as it stands in this transaction; `entries` are the ledger entries still to post for it."""

    state: PaymentState
    customer_key: Key
    id: int | None = None
    customer_id: int | None = None
    in_case: bool = False
    is_changed: bool = False
    entries: list[tuple[Posting, Incoming]] = field(default_factory=list)

    @property
    def outstanding_minor(self) -> int:
        return balances(self.state).outstanding


class PaymentBook:
    def __init__(self) -> None:
        self.rows: dict[Key, PaymentRow] = {}
        self.fresh_keys: list[Key] = []

    def load(self, keys: Iterable[Key]) -> None:
        """Lock and read the payments of these (merchant, reference); what is not there stays unknown."""
        wanted = set(keys)
        for row in _load(_OF_KEYS, *parts(wanted)) if wanted else ():
            key = row.customer_key[0], row.state.reference
            if key in wanted:
                self.rows[key] = row

    def open(self, key: Key, state: PaymentState, customer_key: Key, item: Incoming) -> None:
        """A payment heard of for the first time."""
        row = self.rows[key] = PaymentRow(state, customer_key)
        row.entries = [(charge(state), item)]
        self.fresh_keys.append(key)

    def move(self, row: PaymentRow, after: PaymentState, moved: Sequence[Posting], item: Incoming) -> None:
        row.is_changed = row.is_changed or after is not row.state
        row.state = after
        row.entries += [(posting, item) for posting in moved]

    def place(self, ids: Sequence[int]) -> None:
        """Give the fresh payments their ids."""
        for key, row_id in zip(self.fresh_keys, ids, strict=True):
            self.rows[key].id = row_id

    def in_cases(self) -> set[int]:
        """Customers whose silence depends on this batch."""
        return {row.customer_id for row in self.rows.values() if row.is_changed and row.in_case}

    def write(self, customer_ids: dict[Key, int]) -> None:
        """Three statements: payments only just told of, fresh ones that moved already, and known ones that changed."""
        fresh = [self.rows[key] for key in self.fresh_keys]
        for row in fresh:
            row.customer_id = customer_ids[row.customer_key]
        told = [row for row in fresh if not row.is_changed]
        moved = [row for row in fresh if row.is_changed]
        insert_rows("accounts_payment", _TOLD_COLUMNS, [_told(row) for row in told])
        insert_rows("accounts_payment", _ALL_COLUMNS, [_written(row) for row in moved])
        known = set(self.fresh_keys)
        update_changed([row for key, row in self.rows.items() if row.is_changed and key not in known])

    def post(self, *, now: datetime) -> None:
        """The ledger entries of the whole batch, in one statement."""
        post(
            [
                _entry(
                    row,
                    posting,
                    posted_at=now,
                    event_id=item.row_id,
                    occurred_at=item.event.occurred_at,
                    rule=item.rule,
                )
                for row in self.rows.values()
                for posting, item in row.entries
            ]
        )


def lock_payments(payment_ids: Sequence[int]) -> list[PaymentRow]:
    """These payments, locked, ascending."""
    return _load(_OF_IDS, list(payment_ids))


def update_changed(rows: Sequence[PaymentRow]) -> None:
    """Write states and balances of known payments and mark them for the next stage."""
    columns = (("id", "bigint"), *_STATE_COLUMNS, *_BALANCE_COLUMNS)
    update_rows("accounts_payment", columns, [_written(row) for row in rows], also=", touched = true")


def post(entries: Sequence[dict]) -> None:
    """The one place where the ledger is written."""
    insert_rows("accounts_ledgerentry", _ENTRY_COLUMNS, entries)


def entry_of_act(row: PaymentRow, posting: Posting, *, act: str, now: datetime) -> dict:
    return _entry(row, posting, posted_at=now, event_id=None, occurred_at=now, act=act)


def _load(which: str, *parameters) -> list[PaymentRow]:
    with connection.cursor() as cursor:
        cursor.execute(_LOAD.format(state=_STATE, which=which), parameters)
        return [
            PaymentRow(PaymentState(*state), (merchant_id, customer), row_id, customer_id, in_case)
            for row_id, merchant_id, customer_id, customer, in_case, *state in cursor.fetchall()
        ]


def _written(row: PaymentRow) -> dict:
    state, balance = row.state, balances(row.state)
    return asdict(state) | {
        "id": row.id,
        "merchant_id": row.customer_key[0],
        "customer_id": row.customer_id,
        "outstanding_minor": balance.outstanding,
        "credit_minor": balance.credit,
    }


def _told(row: PaymentRow) -> dict:
    """A payment that nothing has happened to yet: everything is owed, the rest stands at its default."""
    state = row.state
    return {
        "id": row.id,
        "merchant_id": row.customer_key[0],
        "customer_id": row.customer_id,
        "reference": state.reference,
        "currency": state.currency,
        "due_on": state.due_on,
        "told_at": state.told_at,
        "told_by": state.told_by,
        "amount_minor": state.amount_minor,
        "description": state.description,
        "product": state.product,
        "outstanding_minor": state.amount_minor,
    }


def _entry(
    row: PaymentRow,
    posting: Posting,
    *,
    posted_at: datetime,
    event_id: int | None,
    occurred_at: datetime,
    act: str = "",
    rule: str = "",
) -> dict:
    return {
        "payment_id": row.id,
        "kind": posting.kind,
        "from_account": posting.from_account,
        "to_account": posting.to_account,
        "amount_minor": posting.amount_minor,
        "currency": row.state.currency,
        "event_id": event_id,
        "act": act,
        "rule": rule,
        "occurred_at": occurred_at,
        "posted_at": posted_at,
    }
