"""Payments: what each one comes to by now, and the ledger entries behind it."""

from datetime import date, datetime
from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpRequest
from msgspec import UNSET, Meta, Struct, UnsetType, structs
from rest_framework.response import Response

from common.openapi import PageOf, described
from common.paging import Column, Order, PageQuery
from common.reading import read_query

from ..models import LedgerEntry, Payment
from .base import ApiView, MerchantQuery, Money, Person, known_reference, of_merchant

TAG = "Payments and customers"
BY_REFERENCE = Order("reference", (Column("merchant_id", int), Column("reference", str)))


class PaymentQuery(PageQuery, frozen=True, kw_only=True):
    merchant: Annotated[str, Meta(max_length=60, description="Slug.")] | None = None
    customer: Annotated[str, Meta(max_length=200, description="The customer's reference.")] | None = None
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] | None = None
    owed: Annotated[bool, Meta(description="Whether anything is still owed.")] | None = None
    due_from: date | None = None
    due_until: Annotated[date, Meta(description="Exclusive.")] | None = None


class Entry(Struct, frozen=True):
    """An amount that left one account and entered another. `rule`: how the money was allocated to this payment."""

    payment: str
    kind: str
    from_account: str
    to_account: str
    amount: Money
    occurred_at: datetime
    posted_at: datetime
    event: str | None
    rule: str | None


class ShownPayment(Struct, frozen=True):
    """`entries` stand in the answer about one payment only."""

    reference: str
    merchant: str
    customer: Person
    description: str
    product: str
    due_on: date
    amount: Money
    outstanding: Money
    paid: Money
    reversed: Money
    credited: Money
    refunded: Money
    conceded: Money
    fees: Money
    waived: Money
    overpaid: Money
    is_void: bool
    in_case: bool
    in_flight_until: datetime | None
    failure_reason: str | None
    entries: list[Entry] | UnsetType = UNSET


class PaymentList(ApiView):
    @described(operation="list_payments", summary="List payments by reference", tag=TAG, query=PaymentQuery,
               answers={200: PageOf[ShownPayment]})  # fmt: skip
    def get(self, request: HttpRequest) -> Response:
        query = read_query(request, PaymentQuery)
        rows = _chosen(self.principal.narrow(Payment.objects.with_parties()), query)
        return self.page(
            rows, order=BY_REFERENCE, query=query, show=lambda found: [_shown(one) for one in found]
        )


class PaymentDetail(ApiView):
    @described(operation="read_payment", summary="Read one payment with its ledger entries", tag=TAG,
               query=MerchantQuery, path=("reference",), answers={200: ShownPayment})  # fmt: skip
    def get(self, request: HttpRequest, reference: str) -> Response:
        query = read_query(request, MerchantQuery)
        rows = of_merchant(self.principal.narrow(Payment.objects.with_parties()), query.merchant)
        payment = self.only(rows.filter(reference=known_reference(reference)))
        entries = (
            LedgerEntry.objects.filter(payment=payment)
            .select_related("payment", "event")
            .order_by("occurred_at", "pk")
        )
        return Response(structs.replace(_shown(payment), entries=[shown_entry(entry) for entry in entries]))


def shown_entry(entry: LedgerEntry) -> Entry:
    """`entry` with its payment and event at hand."""
    return Entry(
        payment=entry.payment.reference,
        kind=entry.kind,
        from_account=entry.from_account,
        to_account=entry.to_account,
        amount=Money(entry.amount_minor, entry.currency),
        occurred_at=entry.occurred_at,
        posted_at=entry.posted_at,
        event=entry.event.event_id if entry.event_id else None,
        rule=entry.rule or None,
    )


def _chosen(rows: QuerySet, query: PaymentQuery) -> QuerySet:
    given = {
        "customer__reference": query.customer,
        "currency": query.currency,
        "due_on__gte": query.due_from,
        "due_on__lt": query.due_until,
    }
    rows = of_merchant(rows, query.merchant).filter(
        **{name: value for name, value in given.items() if value is not None}
    )
    if query.owed is None:
        return rows
    return rows.filter(outstanding_minor__gt=0) if query.owed else rows.filter(outstanding_minor=0)


def _shown(payment: Payment) -> ShownPayment:
    def money(minor: int) -> Money:
        return Money(minor, payment.currency)

    return ShownPayment(
        reference=payment.reference,
        merchant=payment.merchant.slug,
        customer=Person(payment.customer.reference, payment.customer.name),
        description=payment.description,
        product=payment.product,
        due_on=payment.due_on,
        amount=money(payment.amount_minor),
        outstanding=money(payment.outstanding_minor),
        paid=money(payment.paid_minor),
        reversed=money(payment.reversed_minor),
        credited=money(payment.credited_minor),
        refunded=money(payment.refunded_minor + payment.returned_minor),
        conceded=money(payment.conceded_minor),
        fees=money(payment.fees_minor),
        waived=money(payment.waived_minor),
        overpaid=money(payment.credit_minor),
        is_void=payment.is_void,
        in_case=payment.in_case,
        in_flight_until=payment.in_flight_until,
        failure_reason=payment.failure_reason or None,
    )
