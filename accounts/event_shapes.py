"""The shapes of payment events as merchants send them. Fields not named here are refused, so that no typo is lost."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from common.money import LARGEST_POSITIVE_MINOR

Text200 = Annotated[str, Meta(max_length=200)]
Reference = Annotated[str, Meta(min_length=1, max_length=200)]
EventId = Annotated[str, Meta(min_length=1, max_length=255)]
Amount = Annotated[int, Meta(ge=1, le=LARGEST_POSITIVE_MINOR)]
Instant = Annotated[datetime, Meta(tz=True)]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]


class CustomerFacts(Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """What a merchant says of a person; a field left out leaves what was said before."""

    reference: Reference
    name: Text200 | None = None
    email: Annotated[str, Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = None
    phone: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None
    locale: Annotated[str, Meta(pattern=r"^[a-z]{2,3}([-_][A-Za-z]{2,4})?$")] | None = None
    time_zone: Annotated[str, Meta(max_length=60)] | None = None
    jurisdiction: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")] | None = None
    birth_date: date | None = None


class _Data(Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    pass


class Due(_Data):
    payment: Reference
    amount: Amount
    currency: Currency
    due_on: date
    customer: CustomerFacts
    description: Annotated[str, Meta(max_length=500)] = ""
    product: Text200 = ""


class Paid(_Data):
    payment: Reference
    amount: Amount
    method: Text200 = ""
    currency: Currency | None = None
    rule: Annotated[str, Meta(max_length=40)] = ""


class Failed(_Data):
    payment: Reference
    reason: Literal["insufficient_funds", "limit_exceeded", "blocked", "expired", "other"]


class InFlight(_Data):
    payment: Reference
    until: Instant


class Reversed(_Data):
    payment: Reference
    amount: Amount
    reason: Literal["chargeback", "returned", "error"]


class Refunded(_Data):
    payment: Reference
    amount: Amount
    reason: Literal["sale_undone", "overpayment"]


class Credited(_Data):
    payment: Reference
    amount: Amount


class Voided(_Data):
    payment: Reference


class CustomerUpdated(_Data):
    customer: CustomerFacts


class ErasedReference(_Data):
    reference: Reference


class CustomerErased(_Data):
    customer: ErasedReference


class Nothing(_Data):
    pass


class Event(Struct, forbid_unknown_fields=True, omit_defaults=True, tag_field="type", frozen=True):
    id: EventId
    occurred_at: Instant


class PaymentDue(Event, tag="payment.due"):
    data: Due


class PaymentPaid(Event, tag="payment.paid"):
    data: Paid


class PaymentFailed(Event, tag="payment.failed"):
    data: Failed


class PaymentInFlight(Event, tag="payment.in_flight"):
    data: InFlight


class PaymentReversed(Event, tag="payment.reversed"):
    data: Reversed


class PaymentRefunded(Event, tag="payment.refunded"):
    data: Refunded


class PaymentCredited(Event, tag="payment.credited"):
    data: Credited


class PaymentVoided(Event, tag="payment.voided"):
    data: Voided


class CustomerWasUpdated(Event, tag="customer.updated"):
    data: CustomerUpdated


class CustomerWasErased(Event, tag="customer.erased"):
    data: CustomerErased


class FeedHeartbeat(Event, tag="feed.heartbeat"):
    data: Nothing | None = None


AnyEvent = (
    PaymentDue
    | PaymentPaid
    | PaymentFailed
    | PaymentInFlight
    | PaymentReversed
    | PaymentRefunded
    | PaymentCredited
    | PaymentVoided
    | CustomerWasUpdated
    | CustomerWasErased
    | FeedHeartbeat
)
PaymentMoved = PaymentPaid | PaymentReversed | PaymentRefunded | PaymentCredited | PaymentVoided
