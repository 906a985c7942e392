"""Cases as callers see them: what each claims, what comes next, and why."""

from datetime import UTC, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from msgspec import Meta, Struct
from rest_framework.response import Response

from accounts.api.base import ApiView
from accounts.models import Merchant
from common import clock
from common.calendar import zone_of
from common.openapi import PageOf, described
from common.problems import not_found
from common.reading import read_query
from defaults.api.cases import ORDERS, CaseQuery, NextStep, ShownCase, chosen, etag, shown, with_details
from defaults.models import DefaultCase
from defaults.models.case import id_of

from ..message_states import MessageState
from ..models import Message
from ..services.explain import why
from ..services.facts import load_cases
from ..services.plan import decide_case

TAG = "Cases"


class WhyQuery(Struct, forbid_unknown_fields=True, frozen=True):
    at: (
        Annotated[datetime, Meta(tz=True, description="The instant asked about; now, if left out.")] | None
    ) = None


class NoQuery(Struct, forbid_unknown_fields=True, frozen=True):
    pass


class AskedRule(Struct, frozen=True):
    id: str
    version: str
    verdict: str
    until: datetime | None
    title: str
    detail: str
    source: str


class Explanation(Struct, frozen=True):
    """Why the customer was, or was not, contacted. `next_lawful_at`: when they may be next, where that is known."""

    at: datetime
    is_live: bool
    sentence: str
    kind: str
    verdict: str
    step: str | None
    channel: str | None
    until: datetime | None
    next_lawful_at: datetime | None
    rules: list[AskedRule]


class CaseView(ApiView):
    """An address about one case."""

    def case(self, number: str) -> DefaultCase:
        """The case if the caller may see it. Raises Problem 404."""
        case_id = id_of(number)
        found = (
            with_details(self.principal.narrow(DefaultCase.objects.filter(pk=case_id))).first()
            if case_id
            else None
        )
        if found is None:
            raise not_found()
        return found


class CaseList(ApiView):
    @described(
        operation="list_cases",
        summary="List cases",
        tag=TAG,
        query=CaseQuery,
        answers={200: PageOf[ShownCase]},
    )
    def get(self, request: HttpRequest) -> Response:
        query, now = read_query(request, CaseQuery), clock.now()
        merchant_ids = self.principal.narrow(Merchant.objects.order_by(), "pk").values_list("pk", flat=True)
        rows = chosen(
            self.principal.narrow(DefaultCase.objects.all()), query, merchant_ids=merchant_ids, now=now
        )
        return self.page(
            with_details(rows),
            order=ORDERS[query.order],
            query=query,
            show=lambda cases: shown(cases, next_steps=next_steps(cases, now=now), now=now),
        )


class CaseDetail(CaseView):
    @described(operation="read_case", summary="Read one case; its ETag is its version", tag=TAG, query=NoQuery,
               path=("number",), answers={200: ShownCase})  # fmt: skip
    def get(self, request: HttpRequest, number: str) -> Response:
        read_query(request, NoQuery)
        case, now = self.case(number), clock.now()
        (answer,) = shown([case], next_steps=next_steps([case], now=now), now=now)
        return Response(answer, headers=etag(case))


class CaseWhy(CaseView):
    @described(operation="explain_case", summary="Why the customer was, or was not, contacted", tag=TAG,
               query=WhyQuery, path=("number",), answers={200: Explanation})  # fmt: skip
    def get(self, request: HttpRequest, number: str) -> Response:
        query, now = read_query(request, WhyQuery), clock.now()
        case = self.case(number)
        # Sentences name instants on the merchant's clock.
        with timezone.override(zone_of(case.merchant.time_zone)):
            return Response(explained(why(case, at=query.at or now, now=now)))


def next_steps(cases: list[DefaultCase], *, now: datetime) -> dict[int, NextStep]:
    """What comes next in each live case: the message on its way, else the step the decision would take.

    A constant number of queries.
    """
    live = [case.pk for case in cases if not case.is_closed]
    on_its_way = Message.objects.filter(
        case_id__in=live, answers=None, state__in=[MessageState.QUEUED, MessageState.SENDING]
    )
    steps = {}
    for case_id, loaded in load_cases(live, now=now).items():
        decision = decide_case(loaded, now=now)
        if decision.step_key:
            steps[case_id] = NextStep(
                decision.step_key, _utc(now if decision.kind == "send" else decision.until)
            )
    steps |= {
        message.case_id: NextStep(message.step_key, message.due_at)
        for message in on_its_way.order_by("-due_at")
    }
    return steps


def explained(found: dict[str, Any]) -> Explanation:
    rules = [
        AskedRule(
            id=rule["id"],
            version=str(rule["version"]),
            verdict=rule["verdict"],
            until=_utc(rule["until"]),
            title=rule["title"],
            detail=rule["detail"],
            source=rule["source"],
        )
        for rule in found["rules"]
    ]
    return Explanation(
        at=_utc(found["at"]),
        is_live=found["is_live"],
        sentence=found["sentence"],
        kind=found["kind"],
        verdict=found["verdict"],
        step=found["step"] or None,
        channel=found["channel"] or None,
        until=_utc(found["until"]),
        next_lawful_at=_utc(found["next_lawful_at"]),
        rules=rules,
    )


def _utc(instant: datetime | None) -> datetime | None:
    """Rules work out instants on the customer's clock; all leave in UTC."""
    return instant and instant.astimezone(UTC)
