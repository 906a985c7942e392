"""One batch of fresh events applied: read what they touch, fold in memory, write the differences."""

from collections.abc import Sequence
from datetime import datetime

from ..event_shapes import PaymentDue
from ..ingest import Conflict, applied, opened_by, postings
from ..locks import take_contact_locks
from . import inbox
from .bulk import reserve
from .customers import CustomerBook
from .incoming import Incoming
from .payments import PaymentBook, PaymentRow


class Batch:
    """Events of any merchants that are applied together; call inside a transaction.

    Locks in this order: payments, customers, contact locks; each ascending.
    """

    def __init__(self, items: Sequence[Incoming], *, now: datetime):
        self.items = list(items)
        self.now = now
        self.payments = PaymentBook()
        self.customers = CustomerBook()

    def apply(self) -> None:
        """Give every event its fate and write all effects. Raises OperationalError 55P03 if a customer is being written to."""
        if not self.items:
            return
        self.payments.load({(item.merchant_id, item.payment) for item in self.items if item.payment})
        self.customers.load({key for item in self.items if (key := _customer_key(item))})
        self._fold_all(self.items)
        self._fold_all(self._released())
        kept = [item for item in self.items if item.fate.status != "rejected"]
        self._reserve_ids([item for item in kept if not item.is_stored])
        take_contact_locks(self.payments.in_cases())
        self.customers.write()
        self.payments.write(self.customers.ids)
        inbox.store(kept, now=self.now)
        self.payments.post(now=self.now)
        self._tell_outstanding()

    def _reserve_ids(self, fresh: Sequence[Incoming]) -> None:
        """Ids of everything that is about to be written, so that ledger entries can name their payment and event."""
        places, customers, payments = reserve(
            {
                "accounts_paymentevent": len(fresh),
                "accounts_customer": self.customers.fresh_count,
                "accounts_payment": len(self.payments.fresh_keys),
            }
        )
        for item, row_id in zip(fresh, places, strict=True):
            item.row_id = row_id
        self.customers.place(customers)
        self.payments.place(payments)

    def _released(self) -> list[Incoming]:
        """Parked events whose payment this batch brings."""
        if not self.payments.fresh_keys:
            return []
        mine = {item.row_id for item in self.items if item.is_stored}
        released = [
            item for item in inbox.lock_parked_for(self.payments.fresh_keys) if item.row_id not in mine
        ]
        self.items += released
        return released

    def _fold_all(self, items: Sequence[Incoming]) -> None:
        """Due events first, so that what the batch itself brings need not park."""
        for item in items:
            if isinstance(item.event, PaymentDue):
                self._fold_due(item)
        for item in items:
            if not isinstance(item.event, PaymentDue):
                self._fold_other(item)

    def _fold_due(self, item: Incoming) -> None:
        key, customer = (item.merchant_id, item.payment), item.event.data.customer
        row = self.payments.rows.get(key)
        if row is not None and row.customer_key != (item.merchant_id, customer.reference):
            self._refuse(
                item, "/data/customer/reference", "customer_mismatch", "This payment is another customer's."
            )
        elif row is None:
            self.payments.open(key, opened_by(item.event), (item.merchant_id, customer.reference), item)
            self.customers.tell(item, customer)
        elif self._moves(row, item):
            self.customers.tell(item, customer)
        if item.fate.status == "parked":
            item.fate.status = "applied"

    def _fold_other(self, item: Incoming) -> None:
        if not item.payment:
            self.customers.hear(item)
            item.fate.status = "applied"
            return
        row = self.payments.rows.get((item.merchant_id, item.payment))
        if row is None:
            item.fate.status = "parked"
        elif self._moves(row, item):
            item.fate.status = "applied"

    def _moves(self, row: PaymentRow, item: Incoming) -> bool:
        try:
            after = applied(row.state, item.event)
        except Conflict as conflict:
            self._refuse(item, f"/data/{conflict.field}", conflict.code, conflict.detail)
            return False
        self.payments.move(row, after, postings(row.state, after), item)
        return True

    def _refuse(self, item: Incoming, pointer: str, code: str, detail: str) -> None:
        """What was answered `parked` cannot be refused any more: it stays visible in the inbox instead."""
        if item.is_stored:
            item.fate.status = "parked"
        else:
            item.reject(pointer, code, detail)

    def _tell_outstanding(self) -> None:
        for item in self.items:
            row = self.payments.rows.get((item.merchant_id, item.payment))
            if row is not None:
                item.fate.payment = item.payment
                item.fate.outstanding_minor = row.outstanding_minor


def _customer_key(item: Incoming) -> tuple[int, str] | None:
    customer = getattr(item.event.data, "customer", None)
    return (item.merchant_id, customer.reference) if customer else None
