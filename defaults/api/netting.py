"""What a merchant may add to a customer's next purchase."""

from datetime import date, datetime
from itertools import groupby
from operator import attrgetter

from django.http import HttpRequest
from msgspec import Struct
from rest_framework.response import Response

from accounts.api.base import ApiView, MerchantQuery, Money, known_reference, of_merchant
from accounts.models import Customer
from common import clock
from common.openapi import described
from common.reading import read_query

from ..reports.netting import nettable


class NettablePayment(Struct, frozen=True):
    payment: str
    due_on: date
    outstanding: Money


class Netting(Struct, frozen=True):
    """One currency. `amount` is the sum of its payments."""

    amount: int
    currency: str
    payments: list[NettablePayment]


class NettingAnswer(Struct, frozen=True):
    """As of now. Tell what was settled as `payment.paid` with method `netting`, one event for each payment.

    Empty where the merchant has not opted in, and where nothing is free to be settled.
    """

    as_of: datetime
    customer: str
    netting: list[Netting]


class NettingView(ApiView):
    @described(operation="read_netting", summary="Read what may be added to a customer's next purchase",
               tag="Payments and customers", query=MerchantQuery, path=("reference",),
               answers={200: NettingAnswer})  # fmt: skip
    def get(self, request: HttpRequest, reference: str) -> Response:
        query, now = read_query(request, MerchantQuery), clock.now()
        rows = of_merchant(self.principal.narrow(Customer.objects.select_related("merchant")), query.merchant)
        customer = self.only(rows.filter(reference=known_reference(reference)))
        found = groupby(nettable(customer, now=now), key=attrgetter("currency"))
        netting = [
            Netting(
                amount=sum(row.outstanding_minor for row in group),
                currency=currency,
                payments=[
                    NettablePayment(row.reference, row.due_on, Money(row.outstanding_minor, currency))
                    for row in group
                ],
            )
            for currency, group in ((currency, list(rows)) for currency, rows in found)
        ]
        return Response(NettingAnswer(now, customer.reference, netting))
