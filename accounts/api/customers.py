"""Customers, and the statement of what each owes. Addresses stay sealed: only whether there is a usable one is told."""

from datetime import date, datetime
from typing import Annotated

from django.db.models import Sum
from django.http import HttpRequest
from msgspec import UNSET, Meta, Struct, UnsetType, structs
from rest_framework.response import Response

from common.openapi import PageOf, described
from common.paging import PageQuery
from common.reading import read_query

from ..models import Customer, LedgerEntry
from .base import ApiView, MerchantQuery, Money, known_reference, of_merchant
from .payments import BY_REFERENCE, TAG, Entry, shown_entry

STATEMENT_ENTRIES = 200


class CustomerQuery(PageQuery, frozen=True, kw_only=True):
    merchant: Annotated[str, Meta(max_length=60, description="Slug.")] | None = None
    name: Annotated[str, Meta(min_length=2, max_length=200, description="Part of the name.")] | None = None


class Contact(Struct, frozen=True):
    channel: str
    health: str


class Balance(Struct, frozen=True):
    """One currency; currencies are never added up."""

    outstanding: Money
    overpaid: Money


class Statement(Struct, frozen=True):
    """The newest entries first; `entries_are_capped` when there are older ones."""

    balances: list[Balance]
    entries: list[Entry]
    entries_are_capped: bool


class ShownCustomer(Struct, frozen=True):
    """`contacts` and `statement` stand in the answer about one customer only."""

    reference: str
    merchant: str
    name: str
    locale: str | None
    time_zone: str | None
    jurisdiction: str | None
    birth_date: date | None
    created_at: datetime
    erased_at: datetime | None
    contacts: list[Contact] | UnsetType = UNSET
    statement: Statement | UnsetType = UNSET


class _Masking(ApiView):
    def _shown(self, customer: Customer) -> ShownCustomer:
        """The merchant told us the birth date; staff see it on the page, with a reason."""
        return _shown(customer, birth_date=customer.birth_date if self.principal.key else None)


class CustomerList(_Masking):
    @described(operation="list_customers", summary="List customers by reference", tag=TAG, query=CustomerQuery,
               answers={200: PageOf[ShownCustomer]})  # fmt: skip
    def get(self, request: HttpRequest) -> Response:
        query = read_query(request, CustomerQuery)
        rows = of_merchant(self.principal.narrow(Customer.objects.select_related("merchant")), query.merchant)
        if query.name is not None:
            rows = rows.filter(name__icontains=query.name)
        return self.page(
            rows, order=BY_REFERENCE, query=query, show=lambda found: [self._shown(one) for one in found]
        )


class CustomerDetail(_Masking):
    @described(operation="read_customer", summary="Read one customer with the statement", tag=TAG,
               query=MerchantQuery, path=("reference",), answers={200: ShownCustomer})  # fmt: skip
    def get(self, request: HttpRequest, reference: str) -> Response:
        query = read_query(request, MerchantQuery)
        rows = of_merchant(self.principal.narrow(Customer.objects.select_related("merchant")), query.merchant)
        customer = self.only(rows.filter(reference=known_reference(reference)))
        contacts = [
            Contact(point.channel, point.health) for point in customer.contact_points.order_by("channel")
        ]
        return Response(
            structs.replace(self._shown(customer), contacts=contacts, statement=_statement(customer))
        )


def _shown(customer: Customer, *, birth_date: date | None) -> ShownCustomer:
    return ShownCustomer(
        reference=customer.reference,
        merchant=customer.merchant.slug,
        name=customer.name,
        locale=customer.locale or None,
        time_zone=customer.time_zone or None,
        jurisdiction=customer.jurisdiction or None,
        birth_date=birth_date,
        created_at=customer.created_at,
        erased_at=customer.erased_at,
    )


def _statement(customer: Customer) -> Statement:
    sums = customer.payments.values_list("currency").annotate(Sum("outstanding_minor"), Sum("credit_minor"))
    entries = LedgerEntry.objects.filter(payment__customer=customer).select_related("payment", "event")
    newest = list(entries.order_by("-occurred_at", "-pk")[: STATEMENT_ENTRIES + 1])
    return Statement(
        balances=[
            Balance(Money(int(owed), currency), Money(int(over), currency))
            for currency, owed, over in sums.order_by("currency")
        ],
        entries=[shown_entry(entry) for entry in newest[:STATEMENT_ENTRIES]],
        entries_are_capped=len(newest) > STATEMENT_ENTRIES,
    )
