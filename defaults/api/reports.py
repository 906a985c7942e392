"""Figures over everything a caller may see."""

from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from msgspec import Struct
from rest_framework.response import Response

from accounts.api.base import ApiView, MerchantQuery, Money
from common import clock
from common.openapi import described
from common.reading import read_query

from ..reports.aging import BUCKETS, aging


class AgedSum(Struct, frozen=True):
    currency: str
    bucket: Literal[tuple(BUCKETS)]
    payments: int
    outstanding: Money


class AgingReport(Struct, frozen=True):
    """One row for each currency and bucket in which something is owed."""

    as_of: datetime
    results: list[AgedSum]


class AgingView(ApiView):
    @described(operation="report_aging", summary="What is owed, by age and currency", tag="Reports",
               query=MerchantQuery, answers={200: AgingReport})  # fmt: skip
    def get(self, request: HttpRequest) -> Response:
        query, now = read_query(request, MerchantQuery), clock.now()
        found = aging(merchant_ids=self.principal.merchant_ids, merchant=query.merchant, now=now)
        rows = [
            AgedSum(row.currency, row.bucket, row.payments, Money(row.outstanding_minor, row.currency))
            for row in found
        ]
        return Response(AgingReport(now, rows))
